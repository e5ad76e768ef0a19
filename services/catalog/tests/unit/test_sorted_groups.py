"""Two sorted streams side by side: each key once, with everything that either stream has under it."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from infoscreen.catalog.maintenance.sorted_groups import side_by_side

ITEMS = st.lists(st.tuples(st.text("ab-/0é", max_size=2), st.integers(0, 9))).map(sorted)


async def stream(items):
    for item in items:
        yield item


def key(item):
    return item[0]


async def walked(left, right):
    return [found async for found in side_by_side(stream(left), key, stream(right), key)]


@given(left=ITEMS, right=ITEMS)
async def test_each_key_comes_once_in_order_with_the_items_of_both(left, right):
    expected = defaultdict(lambda: ([], []))
    for side, items in enumerate((left, right)):
        for item in items:
            expected[item[0]][side].append(item)
    assert await walked(left, right) == [(name, *expected[name]) for name in sorted(expected)]


@given(left=ITEMS.flatmap(st.permutations), right=ITEMS)
async def test_a_stream_that_is_out_of_order_loses_no_item(left, right):
    found = await walked(left, right)
    assert sorted(item for _, items, _ in found for item in items) == sorted(left)
    assert [item for _, _, items in found for item in items] == right
