"""The state machine of media and conversions, fact by fact."""

import json
from dataclasses import fields

import pytest

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile, table_of
from infoscreen.catalog.projection.rows import ConversionRow, Fact, LoggedFact, MediaRow
from infoscreen.catalog.projection.rules import Projection
from infoscreen.common.errors import FailureReason
from infoscreen.common.events import Event, MediaUploaded, Priority, RequestReason, decode

PENDING, PROCESSING, FAILED, READY, OBSOLETE = ConversionStatus


class Story:
    """A projection that applies one fact after the other."""

    def __init__(self, log):
        self.log = log
        self.projection = Projection()

    def apply(self, event: Event, event_id: str | None = None) -> int:
        sequence = self.log.append(event, event_id)
        message = self.log.messages[-1]
        fact = Fact(sequence, message.headers["ce-id"], message.stored_at, event)
        self.projection.apply(fact)
        return sequence

    def conversion(self, upload: MediaUploaded, target_format: str = "pdf") -> ConversionRow:
        return self.projection.conversions[upload.media_id][target_format, upload.sha256]

    def status(self, upload: MediaUploaded) -> ConversionStatus:
        return self.conversion(upload).status

    def logged_statuses(self) -> list[str | None]:
        return [fact.status for fact in self.projection.log]


@pytest.fixture
def story(log) -> Story:
    return Story(log)


@pytest.mark.parametrize(
    ("row", "model"), [(MediaRow, MediaFile), (ConversionRow, Conversion), (LoggedFact, MediaEvent)]
)
def test_rows_have_the_columns_of_their_tables(row, model):
    assert [field.name for field in fields(row)] == [column.name for column in table_of(model).columns]


def test_an_upload_waits_for_its_conversion(story, events):
    deck = events.uploaded(priority=Priority.BULK)
    generation = story.apply(deck)
    conversion = story.conversion(deck)
    assert (conversion.status, conversion.generation, conversion.priority) == (PENDING, generation, "bulk")


def test_a_medium_that_is_shown_as_it_is_has_no_conversion(story, events):
    picture = events.uploaded(convertible=False, media_type="image/png")
    story.apply(picture)
    assert not story.projection.conversions[picture.media_id]
    assert story.logged_statuses() == ["not_needed"]


def test_an_original_that_is_shown_as_it_is_waits_until_it_was_looked_at(story, events):
    film = events.uploaded(convertible=False, preview=True, media_type="video/mp4", priority=Priority.BULK)
    generation = story.apply(film)
    assert story.conversion(film, "preview").priority == "urgent"
    story.apply(events.started(film, generation, target_format="preview"))
    story.apply(events.succeeded(film, generation, target_format="preview", length_seconds=12.5))
    assert story.logged_statuses() == ["pending", "processing", "not_needed"]
    assert story.conversion(film, "preview").length_seconds == 12.5


def test_the_timings_of_a_deck_are_those_of_its_newest_conversion(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.succeeded(deck, generation, page_seconds=[None, 7.5, 12.25]))
    assert story.conversion(deck).page_seconds == "[null, 7.5, 12.25]"
    story.apply(events.requested(deck, generation, profile="p1"))
    assert story.conversion(deck).page_seconds == "[null, 7.5, 12.25]"  # those of what screens still show
    story.apply(events.succeeded(deck, generation, profile="p1", page_seconds=None))
    assert story.conversion(deck).page_seconds is None


def test_an_original_that_is_not_sound_fails_and_may_be_looked_at_again(story, events):
    pdf = events.uploaded(convertible=False, preview=True, media_type="application/pdf")
    generation = story.apply(pdf)
    story.apply(events.failed(pdf, generation, FailureReason.TIMEOUT, target_format="preview"))
    again = events.requested(pdf, generation, RequestReason.RETRY).model_copy(update={"target_format": "preview"})
    story.apply(again)
    story.apply(events.requested(pdf, generation))  # a PDF of it, which there is none of
    assert story.logged_statuses() == ["pending", "failed", "pending", None]


def test_a_conversion_goes_from_pending_over_processing_to_ready(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.started(deck, generation))
    story.apply(events.succeeded(deck, generation, pages=7))
    assert story.logged_statuses() == ["pending", "processing", "ready"]
    assert story.conversion(deck).pages == 7


def test_the_progress_of_a_conversion_is_known_while_it_lasts_and_has_no_place_in_the_history(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.progressed(deck, generation, pages=9, pages_done=1))
    assert story.conversion(deck).pages_expected is None
    story.apply(events.started(deck, generation))
    story.apply(events.progressed(deck, generation, pages=800, pages_done=20, remaining_seconds=70.5))
    conversion = story.conversion(deck)
    assert (conversion.pages_expected, conversion.pages_done, conversion.remaining_seconds) == (800, 20, 70.5)
    story.apply(events.succeeded(deck, generation))
    assert story.conversion(deck).progressed_at is story.conversion(deck).pages_expected is None
    assert story.logged_statuses() == ["pending", "processing", "ready"]


def test_a_failure_keeps_its_reason_and_its_attempts(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.failed(deck, generation, FailureReason.TIMEOUT, attempt=3, attempts=3))
    conversion = story.conversion(deck)
    assert (conversion.status, conversion.reason, conversion.attempts) == (FAILED, "timeout", 3)
    assert conversion.retryable


def test_a_start_that_arrives_after_the_result_changes_nothing(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.succeeded(deck, generation))
    story.apply(events.started(deck, generation))
    assert story.status(deck) is READY


def test_a_pdf_replaces_a_failure_and_a_failure_never_replaces_a_pdf(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.failed(deck, generation))
    story.apply(events.succeeded(deck, generation))
    story.apply(events.failed(deck, generation))
    assert story.status(deck) is READY
    assert story.conversion(deck).reason is None


def test_the_same_event_counts_once_also_after_a_new_request(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    failure = events.failed(deck, generation)
    story.apply(failure, "the-failure")
    story.apply(events.requested(deck, generation))
    story.apply(failure, "the-failure")
    assert story.status(deck) is PENDING


def test_a_replacement_makes_earlier_conversions_obsolete(story, events):
    old = events.uploaded(content="old")
    old_generation = story.apply(old)
    story.apply(events.succeeded(old, old_generation))
    new = events.uploaded(old.media_id, content="new")
    new_generation = story.apply(new)
    assert (story.status(old), story.status(new)) == (OBSOLETE, PENDING)
    assert story.projection.media[old.media_id].generation == new_generation


def test_a_late_result_of_an_earlier_generation_changes_nothing(story, events):
    old = events.uploaded(content="old")
    old_generation = story.apply(old)
    new = events.uploaded(old.media_id, content="new")
    story.apply(new)
    story.apply(events.succeeded(old, old_generation))
    assert (story.status(old), story.status(new)) == (OBSOLETE, PENDING)


def test_the_same_bytes_again_are_pending_under_the_new_generation_until_a_converter_answers(story, events):
    deck = events.uploaded()
    first = story.apply(deck)
    story.apply(events.succeeded(deck, first))
    again = events.uploaded(deck.media_id)
    second = story.apply(again)
    assert (story.status(again), story.conversion(again).pdf_key) == (PENDING, None)
    story.apply(events.succeeded(deck, first))
    assert story.status(again) is PENDING
    story.apply(events.succeeded(again, second, cached=True))
    assert story.status(again) is READY


def test_going_back_to_earlier_bytes_revives_their_conversion(story, events):
    first, second = events.uploaded(content="a"), None
    story.apply(first)
    second = events.uploaded(first.media_id, content="b")
    story.apply(second)
    third = events.uploaded(first.media_id, content="a")
    generation = story.apply(third)
    assert (story.status(third), story.status(second)) == (PENDING, OBSOLETE)
    assert story.conversion(third).generation == generation


def test_an_upload_that_is_stored_twice_keeps_its_state_under_the_later_number(story, events):
    deck = events.uploaded()
    generation = story.apply(deck, "the-upload")
    story.apply(events.succeeded(deck, generation))
    later = story.apply(deck, "the-upload")
    assert (story.status(deck), story.conversion(deck).generation) == (READY, later)


def test_an_earlier_upload_that_is_stored_again_does_not_replace_the_newer_one(story, events):
    old = events.uploaded(content="old")
    story.apply(old, "old")
    new = events.uploaded(old.media_id, content="new")
    generation = story.apply(new, "new")
    story.apply(old, "old")
    assert story.projection.media[old.media_id].generation == generation
    assert story.projection.media[old.media_id].sha256 == new.sha256


def test_a_deletion_of_another_generation_changes_nothing(story, events):
    old = events.uploaded()
    generation = story.apply(old)
    new = events.uploaded(old.media_id, "new")
    newest = story.apply(new)
    story.apply(events.deleted(old, generation))
    assert story.projection.media[old.media_id].deleted_at is None
    assert story.status(new) is PENDING
    story.apply(events.deleted(old, newest))
    assert story.projection.media[old.media_id].deleted_at is not None
    assert story.status(new) is OBSOLETE


def test_a_deletion_without_a_generation_ends_the_current_one(story, events):
    deck = events.uploaded()
    story.apply(deck)
    story.apply(events.deleted(deck))
    assert story.projection.media[deck.media_id].deleted_at is not None


def test_an_obsolete_upload_is_recorded_and_restores_nothing(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.deleted(deck, generation))
    late = events.uploaded(deck.media_id, "late", obsolete=True)
    story.apply(late)
    media = story.projection.media[deck.media_id]
    assert (media.object_key, media.generation) == (deck.object_key, generation)
    assert media.deleted_at is not None
    assert (story.status(deck), story.status(late)) == (OBSOLETE, OBSOLETE)
    assert story.logged_statuses() == ["pending", "deleted", "deleted"]


def test_an_obsolete_upload_of_an_unknown_medium_is_recorded(story, events):
    late = events.uploaded(obsolete=True)
    story.apply(late)
    assert story.projection.media[late.media_id].deleted_at is not None
    assert story.status(late) is OBSOLETE


def test_uploads_under_one_key_are_two_uploads_when_their_ids_differ(story, events):
    """The stream forgets a key after its window; the projection must tell the two uploads apart."""
    one, other = events.uploaded(), events.uploaded()
    for upload in (one, other):
        story.log.append(upload, message_id="key")
        message = story.log.messages[-1]
        envelope = decode(message.headers, message.data)
        story.projection.apply(Fact(message.sequence, envelope.id, message.stored_at, envelope.event))
    assert (story.status(one), story.status(other)) == (PENDING, PENDING)


def test_late_facts_do_not_undo_a_deletion(story, events):
    deck = events.uploaded()
    generation = story.apply(deck, "the-upload")
    story.apply(events.deleted(deck))
    story.apply(events.succeeded(deck, generation))
    story.apply(events.requested(deck, generation))
    story.apply(deck, "the-upload")
    assert story.status(deck) is OBSOLETE
    assert story.projection.media[deck.media_id].deleted_at is not None


@pytest.mark.parametrize("reason", list(RequestReason))
def test_any_request_restarts_a_failed_conversion(story, events, reason):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.failed(deck, generation, attempt=3, attempts=3))
    story.apply(events.requested(deck, generation, reason))
    conversion = story.conversion(deck)
    assert (conversion.status, conversion.attempts, conversion.reason) == (PENDING, 0, None)


@pytest.mark.parametrize(
    ("status", "reason", "becomes"),
    [
        (PROCESSING, RequestReason.ENSURE, PROCESSING),
        (PROCESSING, RequestReason.OVERDUE, PENDING),
        (PROCESSING, RequestReason.HANDED_BACK, PENDING),
        (READY, RequestReason.ENSURE, READY),
        (READY, RequestReason.OVERDUE, READY),
        (READY, RequestReason.RENDITION_MISSING, PENDING),
    ],
)
def test_a_request_restarts_a_conversion_only_for_its_reasons(story, events, status, reason, becomes):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.started(deck, generation) if status is PROCESSING else events.succeeded(deck, generation))
    story.apply(events.requested(deck, generation, reason))
    assert story.status(deck) is becomes


@pytest.mark.parametrize("before", [PENDING, PROCESSING, READY])
def test_new_options_restart_a_conversion_and_only_their_results_count(story, events, before):
    deck = events.uploaded()
    generation = story.apply(deck)
    if before is not PENDING:
        story.apply(events.started(deck, generation) if before is PROCESSING else events.succeeded(deck, generation))
    story.apply(events.requested(deck, generation, RequestReason.ENSURE, profile="pdfa"))
    assert (story.status(deck), story.conversion(deck).profile) == (PENDING, "pdfa")
    story.apply(events.succeeded(deck, generation))
    assert story.status(deck) is PENDING
    story.apply(events.succeeded(deck, generation, profile="pdfa"))
    assert story.status(deck) is READY


def test_a_rendition_stays_until_the_one_of_another_profile_is_ready(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.succeeded(deck, generation, pdf_key="converted/whole.pdf", pages=10))
    for fact in (
        events.requested(deck, generation, RequestReason.ENSURE, profile="p2"),
        events.started(deck, generation, profile="p2"),
        events.failed(deck, generation, profile="p2"),
        events.requested(deck, generation, RequestReason.RETRY, profile="p2"),
        events.requested(deck, generation, RequestReason.OVERDUE, profile="p2"),
    ):
        story.apply(fact)
        shown = story.conversion(deck)
        assert (shown.pdf_key, shown.pages, shown.shown_profile) == ("converted/whole.pdf", 10, "default")
    story.apply(events.succeeded(deck, generation, profile="p2", pdf_key="converted/second.pdf", pages=1))
    shown = story.conversion(deck)
    assert (shown.pdf_key, shown.pages, shown.shown_profile) == ("converted/second.pdf", 1, "p2")


def test_a_rendition_whose_object_is_gone_is_not_shown(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.succeeded(deck, generation))
    story.apply(events.requested(deck, generation, RequestReason.RENDITION_MISSING))
    assert (story.conversion(deck).pdf_key, story.conversion(deck).shown_profile) == (None, None)


def test_a_request_with_replaced_options_changes_nothing(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.requested(deck, generation, RequestReason.ENSURE, profile="q50"))
    story.apply(events.failed(deck, generation, profile="q50"))
    story.apply(events.requested(deck, generation, RequestReason.RETRY))
    assert story.status(deck) is ConversionStatus.FAILED
    story.apply(events.requested(deck, generation, RequestReason.RETRY, profile="q50"))
    assert (story.status(deck), story.conversion(deck).profile) == (PENDING, "q50")


def test_a_new_upload_is_converted_with_the_default_options(story, events):
    deck = events.uploaded(content="old")
    generation = story.apply(deck)
    story.apply(events.requested(deck, generation, RequestReason.ENSURE, profile="p1"))
    again = events.uploaded(deck.media_id, content="old")
    story.apply(again)
    assert story.conversion(again).profile == "default"


def test_overdue_requests_are_counted_until_a_new_round(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.requested(deck, generation, RequestReason.OVERDUE))
    story.apply(events.started(deck, generation))
    story.apply(events.requested(deck, generation, RequestReason.OVERDUE))
    assert story.conversion(deck).overdue_requests == 2
    story.apply(events.failed(deck, generation))
    story.apply(events.requested(deck, generation, RequestReason.RETRY))
    assert story.conversion(deck).overdue_requests == 0


def test_a_pending_conversion_moves_to_a_faster_lane_and_never_to_a_slower_one(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    urgent = story.apply(events.requested(deck, generation, RequestReason.PRIORITY, Priority.URGENT))
    story.apply(events.requested(deck, generation, RequestReason.PRIORITY, Priority.BULK))
    assert (story.conversion(deck).priority, story.conversion(deck).requested_sequence) == ("urgent", urgent)


def test_a_pending_conversion_waits_by_the_request_with_which_its_converter_handed_it_on(story, events):
    deck = events.uploaded(priority="bulk")
    generation = story.apply(deck)
    handed_on = story.apply(events.requested(deck, generation, RequestReason.PRIORITY, Priority.BULK))
    assert story.conversion(deck).requested_sequence == handed_on
    again = story.apply(events.requested(deck, generation, RequestReason.HANDED_BACK, Priority.BULK))
    assert story.conversion(deck).requested_sequence == again
    story.apply(events.requested(deck, generation, RequestReason.DISPLAY, Priority.BULK))
    assert story.conversion(deck).requested_sequence == again


def test_a_request_for_another_format_makes_a_conversion_of_its_own(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.requested(deck, generation).model_copy(update={"target_format": "png"}))
    assert story.conversion(deck, "png").status is PENDING


def test_facts_about_unknown_media_change_nothing(story, events):
    stranger = events.uploaded()
    story.apply(events.started(stranger, 1))
    story.apply(events.deleted(stranger))
    story.apply(events.requested(stranger, 1))
    assert (story.projection.media, story.projection.log, story.projection.changed) == ({}, [], set())


def test_the_history_includes_facts_that_changed_nothing(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.succeeded(deck, generation))
    story.apply(events.started(deck, generation, worker="late"))
    assert story.logged_statuses() == ["pending", "ready", None]
    assert story.projection.log[-1].worker == "late"


def test_a_medium_that_is_trashed_while_it_is_pending_is_ready_when_it_is_restored(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.trashed(deck, generation))
    story.apply(events.started(deck, generation))
    story.apply(events.succeeded(deck, generation))
    story.apply(events.restored(deck, generation))
    assert story.logged_statuses() == ["pending", "deleted", "deleted", "deleted", "ready"]
    assert story.projection.media[deck.media_id].trashed_at is None


def test_the_trash_begins_when_a_medium_got_there_first(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    for _ in range(2):
        story.apply(events.trashed(deck, generation))
    medium = story.projection.media[deck.media_id]
    assert (medium.trashed_at, medium.trashed_by) == (story.log.messages[1].stored_at, "someone")


def test_the_trash_does_nothing_to_a_newer_generation(story, events):
    deck = events.uploaded()
    old = story.apply(deck)
    story.apply(events.uploaded(deck.media_id, "new"))
    story.apply(events.trashed(deck, old))
    assert story.projection.media[deck.media_id].trashed_at is None


def test_what_is_deleted_is_not_restored(story, events):
    deck = events.uploaded()
    generation = story.apply(deck)
    story.apply(events.trashed(deck, generation))
    story.apply(events.deleted(deck, generation))
    story.apply(events.restored(deck, generation))
    assert story.logged_statuses()[-1] is None
    assert story.status(deck) is OBSOLETE


def test_title_and_tags_outlive_a_replacement_and_no_deletion(story, events):
    deck = events.uploaded()
    story.apply(deck)
    story.apply(events.renamed(deck, "Menu"))
    story.apply(events.tagged(deck, ["käse", "brot"]))
    story.apply(events.tagged(deck, ["wein"], ["brot"]))
    story.apply(events.uploaded(deck.media_id, "new"))
    medium = story.projection.media[deck.media_id]
    assert (medium.title, json.loads(medium.tags)) == ("Menu", ["käse", "wein"])
    story.apply(events.deleted(deck))
    story.apply(events.uploaded(deck.media_id, "again"))
    medium = story.projection.media[deck.media_id]
    assert (medium.title, medium.tags) == (None, "[]")


def test_a_medium_belongs_to_its_uploader_until_it_is_handed_over_and_no_replacement_changes_that(story, events):
    deck = events.uploaded(owner="ann")
    story.apply(deck)
    medium = story.projection.media
    assert medium[deck.media_id].owner == "ann"
    story.apply(events.uploaded(deck.media_id, "by an older ingest"))
    assert medium[deck.media_id].owner == "ann"
    story.apply(events.owned(deck, "bob"))
    story.apply(events.uploaded(deck.media_id, "new", owner="bob", uploaded_by="eve"))
    assert medium[deck.media_id].owner == "bob"


def test_handing_over_is_in_the_audit_with_both_owners(story, events):
    deck = events.uploaded(owner="ann")
    story.apply(deck)
    story.apply(events.owned(deck, "bob"))
    entry = story.projection.audit[-1]
    assert (entry.what, entry.actor) == ("media.owned", "someone")
    assert [json.loads(content)["owner"] for content in (entry.before, entry.after)] == ["ann", "bob"]
