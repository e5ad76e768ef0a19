"""The records of a PowerPoint 97 file, and its slides in the order in which they are shown ([MS-PPT] 2.1.2, 2.3).

A save may append what changed and leave the old in the stream. Which objects count, and how slides follow each other,
is told by directories, of which the newest begins where "Current User" says.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_HEADER = struct.Struct("<HHI")
_CONTAINER, _MOST_RECORDS, _MOST_SLIDES = 0xF, 500_000, 10_000
_REFERENCE = struct.Struct("<I")
_NEWEST_EDIT = 16  # in CurrentUserAtom
_EDIT = struct.Struct("<8xIII")  # of UserEditAtom: the edit before, the directory, the document's id
_LIST, _PERSIST = 0x0FF0, 0x03F3
_SLIDES = 0  # the instance of the list that is of slides


class Record(NamedTuple):
    """Where a record's content is."""

    kind: int
    instance: int
    start: int
    end: int


def walk(content: bytes, start: int, end: int) -> Iterator[Record]:
    """Every record, containers before what is in them; none that goes beyond its container."""
    ends, at = [end], start
    for _ in range(_MOST_RECORDS):
        while ends and at >= ends[-1]:
            ends.pop()
        if not ends or at + _HEADER.size > ends[-1]:
            return
        version, kind, length = _HEADER.unpack_from(content, at)
        inside = at + _HEADER.size
        if inside + length > ends[-1]:
            return
        yield Record(kind, version >> 4, inside, inside + length)
        if version & 0xF == _CONTAINER:
            ends.append(inside + length)
            at = inside
        else:
            at = inside + length


def slides_in_order(content: bytes, current_user: bytes) -> list[Record]:
    """The records of the slides.

    Raises:
        struct.error, KeyError, ValueError: the directories lead nowhere.
    """
    (newest,) = _REFERENCE.unpack_from(current_user, _NEWEST_EDIT)
    _, _, document_id = _EDIT.unpack_from(content, _record_at(content, newest).start)
    places: dict[int, int] = {}
    for number, place in islice(_places(content, newest), _MOST_RECORDS):
        places.setdefault(number, place)
    document = _record_at(content, places[document_id])
    lists = (one for one in walk(content, document.start, document.end) if one.kind == _LIST)
    listed = next((one for one in lists if one.instance == _SLIDES), None)
    if listed is None:
        raise ValueError("the document lists no slides")
    atoms = (one for one in walk(content, listed.start, listed.end) if one.kind == _PERSIST)
    numbers = dict.fromkeys(_REFERENCE.unpack_from(content, atom.start)[0] for atom in islice(atoms, _MOST_SLIDES))
    return [_record_at(content, places[number]) for number in numbers]


def _places(content: bytes, edit: int) -> Iterator[tuple[int, int]]:
    """The ids of objects and where they are, those of the newest edit first."""
    while edit:
        before, directory, _ = _EDIT.unpack_from(content, _record_at(content, edit).start)
        _, _, at, end = _record_at(content, directory)
        while at < end:
            (packed,) = _REFERENCE.unpack_from(content, at)
            first, count = packed & 0xFFFFF, packed >> 20
            for number in range(count):
                at += _REFERENCE.size
                yield first + number, _REFERENCE.unpack_from(content, at)[0]
            at += _REFERENCE.size
        if before >= edit:
            raise ValueError(f"the edit at {edit} follows a later one")
        edit = before


def _record_at(content: bytes, at: int) -> Record:
    record = next(walk(content, at, len(content)), None)
    if record is None:
        raise ValueError(f"no record at {at}")
    return record
