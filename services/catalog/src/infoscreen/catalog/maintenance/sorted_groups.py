"""Merges two sorted streams, so that neither is ever in memory as a whole."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import TypeVar

Left = TypeVar("Left")
Right = TypeVar("Right")
_Item = TypeVar("_Item")


async def side_by_side(
    left: AsyncIterable[Left],
    left_key: Callable[[Left], str],
    right: AsyncIterable[Right],
    right_key: Callable[[Right], str],
) -> AsyncIterator[tuple[str, list[Left], list[Right]]]:
    """Yield each key once, in order, with what both streams have under it; both must be sorted by the key's bytes.

    Of a stream that is out of order, a key may come again with the rest of its items.
    """
    lefts, rights = _groups(left, left_key), _groups(right, right_key)
    one, two = await anext(lefts, None), await anext(rights, None)
    while one or two:
        key = min(group[0] for group in (one, two) if group)
        found: tuple[list[Left], list[Right]] = ([], [])
        if one and one[0] == key:
            found[0].extend(one[1])
            one = await anext(lefts, None)
        if two and two[0] == key:
            found[1].extend(two[1])
            two = await anext(rights, None)
        yield key, *found


async def _groups(
    items: AsyncIterable[_Item], key_of: Callable[[_Item], str]
) -> AsyncIterator[tuple[str, list[_Item]]]:
    """Neighbours with the same key together."""
    group: list[_Item] = []
    key = ""
    async for item in items:
        if group and key_of(item) != key:
            yield key, group
            group = []
        key = key_of(item)
        group.append(item)
    if group:
        yield key, group
