"""The fault table of docs/reliability.md, row by row: the tests that inject a row alone, beside the mix of ``FAULTS``.

``test_table.py`` sees that every row has a kind of fault and a test, and that these tests exist.
"""

_INGEST = "services/ingest/tests/integration"
_PIPELINE = "services/converter/tests/integration/pipeline"
_ENGINES = "services/converter/tests/integration/engines"
_CATALOG = "services/catalog/tests/integration"
_GATEWAY = "services/player-gateway/tests/integration"
_COMMON = "libs/common/tests/integration"

TESTS: dict[int, dict[str, tuple[str, ...]]] = {
    # ingest killed mid-body
    1: {
        f"{_INGEST}/test_killed_ingest.py": ("test_killed_mid_body_it_acknowledged_nothing_and_left_nothing",),
    },
    # ingest killed after PUT, before publish
    2: {
        f"{_INGEST}/test_killed_ingest.py": ("test_killed_before_the_event_the_original_is_collected",),
    },
    # NATS away during upload
    3: {
        f"{_INGEST}/test_outages.py": (
            "test_while_nats_is_away_an_upload_is_parked_and_published_once_on_return",
            "test_a_parked_upload_survives_the_death_of_ingest",
        ),
    },
    # PubAck lost
    4: {
        f"{_INGEST}/test_outages.py": ("test_a_confirmation_that_is_lost_ends_as_one_event",),
        f"{_COMMON}/test_publisher.py": ("test_a_confirmation_that_is_lost_does_not_double_the_event",),
    },
    # NATS kill -9 under load
    5: {
        f"{_COMMON}/test_publisher.py": ("test_no_acknowledged_event_is_lost_when_nats_is_killed_under_load",),
    },
    # NATS paused
    6: {
        f"{_COMMON}/test_publisher.py": ("test_a_publish_begun_while_nats_is_away_is_stored_once_when_it_is_back",),
    },
    # NATS disk full, stream full
    7: {
        "tests/chaos/test_full_disks.py": ("test_uploads_are_parked_while_nats_has_no_disk_and_flow_afterwards",),
        f"{_INGEST}/test_outages.py": ("test_a_full_stream_parks_uploads_until_there_is_room",),
    },
    # partition converter-NATS longer than ack wait
    8: {
        f"{_PIPELINE}/test_partitions.py": (
            "test_another_one_does_the_work_and_the_one_cut_off_abandons_it",
            "test_a_late_result_is_harmless",
        ),
    },
    # converter killed mid-conversion, after PUT, after publish before ack
    9: {
        f"{_PIPELINE}/test_killed_converters.py": (
            "test_killed_mid_conversion_it_leaves_no_process_and_another_one_makes_the_pdf",
            "test_killed_between_two_effects_it_leaves_one_winning_pdf",
        ),
    },
    # converter paused past ack wait
    10: {
        f"{_PIPELINE}/test_killed_converters.py": (
            "test_paused_past_the_ack_wait_the_work_is_done_twice_to_one_effect",
        ),
    },
    # SIGTERM mid-job
    11: {
        f"{_PIPELINE}/test_killed_converters.py": (
            "test_told_to_stop_it_finishes_what_it_has_in_hand",
            "test_told_to_stop_it_hands_back_at_once_what_does_not_finish_within_the_grace",
        ),
    },
    # durable deleted
    12: {
        f"{_PIPELINE}/test_replay.py": (
            "test_a_replay_from_the_beginning_changes_nothing",
            "test_what_was_uploaded_while_the_durable_was_gone_is_converted_once_it_is_back",
        ),
    },
    # engine down, reset mid-body, 429, 500, 503
    13: {
        f"{_PIPELINE}/test_gotenberg_trouble.py": (
            "test_trouble_that_is_not_the_documents_delays_it_uncounted",
            "test_a_gotenberg_that_is_away_is_waited_for",
            "test_what_may_be_the_documents_fault_is_tried_twice",
        ),
    },
    # soffice hangs, is killed, runs out of memory
    14: {
        f"{_PIPELINE}/test_harmful_documents.py": (
            "test_a_document_that_hangs_costs_its_own_slot_the_deadline_and_no_other_slot_anything",
            "test_a_document_whose_office_is_killed_every_time_fails_after_three_tries",
            "test_a_document_that_takes_all_memory_fails_after_its_tries_and_the_next_is_fine",
        ),
    },
    # files that are no sound documents
    15: {
        f"{_PIPELINE}/test_refused_documents.py": (
            "test_each_fails_with_its_reason_and_memory_stays_bounded",
            "test_protected_decks_fail_as_such",
        ),
    },
    # documents that call out
    16: {
        f"{_PIPELINE}/test_calling_out.py": (
            "test_no_request_leaves_and_no_local_content_gets_into_the_pdf",
            "test_a_linked_object_shows_nothing_of_this_machine",
        ),
        f"{_ENGINES}/test_outward_references.py": ("test_a_document_reads_and_calls_nothing_by_any_reference",),
    },
    # S3 away, 5xx, slow, cut mid-GET, full
    17: {
        f"{_INGEST}/test_outages.py": ("test_without_the_store_nothing_is_acknowledged",),
        f"{_PIPELINE}/test_conversion_tasks.py": ("test_an_original_that_is_cut_short_is_not_the_documents_fault",),
        "tests/chaos/test_full_disks.py": ("test_uploads_are_refused_while_s3_has_no_disk_and_taken_afterwards",),
    },
    # Postgres killed mid-projection
    18: {
        f"{_CATALOG}/test_projector.py": ("test_no_event_is_lost_when_postgres_is_killed_under_load",),
        f"{_GATEWAY}/test_outages.py": ("test_a_cached_medium_is_shown_while_postgres_is_away",),
    },
    # duplicated, reordered, unknown-version events
    19: {
        f"{_CATALOG}/test_projection_model.py": ("test_the_tables_match_the_model_and_a_rebuild_reproduces_them",),
        f"{_CATALOG}/test_admin_api.py": ("test_a_message_that_is_no_event_is_recorded_as_poison_and_skipped",),
    },
    # replacement during conversion
    20: {
        f"{_PIPELINE}/test_conversion_tasks.py": (
            "test_a_medium_replaced_or_deleted_during_conversion_leaves_nothing_visible",
        ),
    },
    # expired or tampered URL, wrong role, other player's media, revoked player
    21: {
        f"{_COMMON}/test_object_store.py": (
            "test_an_expired_url_is_refused",
            "test_a_tampered_url_is_refused",
        ),
        f"{_INGEST}/test_uploads.py": ("test_only_uploaders_and_operators_are_let_in",),
        f"{_GATEWAY}/test_players.py": (
            "test_a_player_sees_what_is_assigned_and_nothing_else",
            "test_a_revoked_player_is_told_so",
        ),
    },
    # slow clients, oversized and chunked bodies
    22: {
        f"{_INGEST}/test_bad_clients.py": (
            "test_a_length_beyond_the_limit_is_refused_before_the_body_is_read",
            "test_a_chunked_body_is_refused_as_soon_as_it_passes_the_limit",
            "test_a_client_that_stops_sending_is_told_and_closed",
            "test_slow_clients_do_not_hold_others_up",
        ),
    },
    # odd and hostile bytes beside work
    23: {
        f"{_INGEST}/test_hostile_files.py": ("test_a_hostile_file_is_refused_in_bounded_memory_beside_others",),
        f"{_COMMON}/test_recogniser.py": (
            "test_a_file_that_kills_every_process_is_refused_as_damaged_and_the_next_one_is_told",
            "test_a_file_that_hangs_its_process_is_refused_as_damaged_while_others_are_told",
        ),
        "tests/fuzz/test_fuzzed.py": (
            "test_what_once_went_wrong_is_told_within_the_limits_of_its_process",
            "test_what_once_went_wrong_is_inspected_within_the_limits_of_its_process",
        ),
    },
    # a key reused in and after its window, the same request before and after an outage
    24: {
        f"{_INGEST}/test_keys.py": (
            "test_the_same_request_before_during_and_after_an_outage_is_the_same_upload",
            "test_two_ingests_without_nats_give_a_key_to_one_upload",
            "test_after_its_window_a_key_is_free_for_another_upload",
        ),
        f"{_INGEST}/test_outbox.py": ("test_a_parked_upload_is_published_although_its_key_was_given_to_another",),
    },
    # clean-up at every moment, with files parked
    25: {
        f"{_CATALOG}/test_cleanup.py": (
            "test_clean_up_keeps_the_original_of_a_parked_replacement",
            "test_clean_up_keeps_an_original_that_is_relayed_while_it_runs",
            "test_clean_up_removes_nothing_while_the_projection_lags",
            "test_retention_keeps_an_upload_that_is_replaced_before_its_deletion",
        ),
        f"{_INGEST}/test_orphans.py": ("test_a_parked_original_stays_however_long_nats_is_away",),
    },
    # delete beside replace
    26: {
        f"{_INGEST}/test_races.py": (
            "test_a_deletion_beside_a_replacement_is_one_story_for_both_callers",
            "test_a_deletion_does_nothing_to_a_replacement_that_came_first",
            "test_a_replacement_of_a_medium_deleted_first_is_refused_and_leaves_nothing",
        ),
        f"{_INGEST}/test_outbox.py": ("test_a_parked_replacement_of_a_medium_deleted_since_is_on_record_as_obsolete",),
        "tests/chaos/test_nats_cluster.py": ("test_of_a_deletion_and_a_replacement_at_once_three_servers_store_one",),
    },
    # event streams opened and dropped, a token that is taken away
    27: {
        f"{_CATALOG}/test_event_streams.py": (
            "test_a_change_costs_the_same_queries_for_any_number_of_streams",
            "test_a_token_beyond_its_stream_limit_is_refused_with_advice_and_other_tokens_are_admitted",
            "test_removing_a_token_ends_its_open_stream",
        ),
        f"{_GATEWAY}/test_long_polls.py": (
            "test_a_person_whose_token_is_removed_loses_an_open_long_poll",
            "test_a_player_that_is_revoked_loses_an_open_display",
        ),
    },
    # a process that hangs in C code
    28: {
        f"{_COMMON}/test_watchdog.py": ("test_a_process_whose_loop_is_held_ends_and_says_where",),
        "libs/cli/tests/integration/test_supervisor.py": ("test_a_child_that_does_not_answer_is_killed_and_restarted",),
    },
    # SIGTERM at every step of a giant
    32: {
        f"{_PIPELINE}/test_stopped_giants.py": ("test_told_to_stop_it_hands_the_giant_back_and_leaves_nothing",),
    },
}
"""Row to test files and their tests."""
