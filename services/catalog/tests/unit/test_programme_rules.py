"""The rules of the programme: zones, etags of lists, and items that keep their ids."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoscreen.catalog.programme.rules import check_etag, etag_of, kept_ids, time_zones
from infoscreen.common.errors import PreconditionError


def test_zones_name_a_place_or_an_offset():
    assert {"Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"} <= time_zones()
    assert not {"localtime", "Factory", "posixrules", "Europe", ""} & time_zones()


def test_an_etag_changes_with_the_content_and_the_order():
    first, second = {"media_id": "a", "seconds": None}, {"media_id": "b", "seconds": 1}
    assert etag_of([first, second]) == etag_of([dict(reversed(first.items())), second])
    assert len({etag_of(items) for items in ([], [first], [first, second], [second, first])}) == 4


def test_a_change_of_a_list_that_changed_since_is_refused():
    for known in (None, ["*"], ["current"], ["another", "current"]):
        check_etag(known, "current")
    for known in ([], ["older"]):
        with pytest.raises(PreconditionError):
            check_etag(known, "current")


lists = st.lists(st.integers(0, 3).map(lambda number: UUID(int=number)), max_size=8)


@given(before=lists, after=lists)
def test_as_many_items_keep_their_ids_as_the_same_media_come_again(before, after):
    items = [(UUID(int=100 + number), media_id) for number, media_id in enumerate(before)]
    ids = kept_ids(items, after)
    kept = [item_id for item_id in ids if item_id]
    assert len(set(kept)) == len(kept)
    assert all(dict(items)[item_id] == media_id for item_id, media_id in zip(ids, after, strict=True) if item_id)
    assert len(kept) == sum(min(before.count(media_id), after.count(media_id)) for media_id in set(after))


@given(before=lists)
def test_a_list_that_is_saved_as_it_was_keeps_every_id(before):
    items = [(UUID(int=100 + number), media_id) for number, media_id in enumerate(before)]
    assert kept_ids(items, before) == [item_id for item_id, _ in items]
