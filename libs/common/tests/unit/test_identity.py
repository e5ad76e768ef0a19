"""Ids are derived from facts: the same fact gives the same id, another fact another one."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from infoscreen.common.events import conversion_id, event_id, new_media_id

MEDIA = UUID("01930000-0000-7000-8000-000000000001")
facts = st.lists(st.text(), max_size=4)


def test_media_ids_sort_by_the_time_they_were_made():
    ids = [new_media_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {media_id.version for media_id in ids} == {7}


@given(one=facts, other=facts)
def test_two_facts_share_an_id_only_when_they_are_the_same(one, other):
    same = event_id("media.uploaded", MEDIA, *one) == event_id("media.uploaded", MEDIA, *other)
    assert same == (one == other)


def test_the_type_and_the_medium_are_part_of_the_fact():
    assert event_id("media.uploaded", MEDIA, 1) != event_id("media.deleted", MEDIA, 1)
    assert event_id("media.uploaded", MEDIA, 1) != event_id("media.uploaded", new_media_id(), 1)


def test_a_conversion_is_the_same_for_the_same_bytes_of_the_same_medium():
    assert conversion_id(MEDIA, "pdf", "a" * 64) == conversion_id(MEDIA, "pdf", "a" * 64)
    assert conversion_id(MEDIA, "pdf", "a" * 64) != conversion_id(MEDIA, "pdf", "b" * 64)
    assert conversion_id(MEDIA, "pdf", "a" * 64) != conversion_id(new_media_id(), "pdf", "a" * 64)
