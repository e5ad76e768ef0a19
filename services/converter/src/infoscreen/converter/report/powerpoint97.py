"""What a PowerPoint 97 to 2003 file says of itself, as far as its records tell ([MS-PPT]), and macros of its kin."""

import struct
from contextlib import suppress
from typing import Any, BinaryIO

import olefile

from infoscreen.common.deck_report import FindingKind
from infoscreen.converter.outline import Outline
from infoscreen.converter.report.facts import SourceFacts
from infoscreen.converter.report.powerpoint97_records import slides_in_order, walk

_STREAM, _USER_STREAM = "PowerPoint Document", "Current User"
_LARGEST_BYTES = 64 * 1024**2
_MACRO_STORAGES = frozenset({"macros", "_vba_project_cur", "_vba_project"})
# [MS-PPT] 2.13.24
_SHOW_INFO, _SLIDE_INFO, _FONT, _VBA = 0x0401, 0x03F9, 0x0FB7, 0x0400
_VIDEO, _SOUND = frozenset({0x1005, 0x1006, 0x1007}), frozenset({0x100D, 0x100E, 0x100F, 0x1010})
_SLIDE_INFO_ATOM = struct.Struct("<I4xBBH")  # 2.6.6: milliseconds, direction and type of the effect, flags
_HIDDEN, _TIMED = 0x0004, 0x0400
_SHOW_FLAGS, _USES_TIMES = struct.Struct("<76xH"), 0x0001  # 2.6.1
_FACE_BYTES = 64
# olefile meets damaged files with whatever its parsing ran into
_DAMAGED = (OSError, ValueError, IndexError, KeyError, TypeError, AssertionError, struct.error, RecursionError)


def read_compound(file: BinaryIO, facts: SourceFacts) -> None:
    """Collect the facts of a compound file; what is damaged tells less."""
    with suppress(*_DAMAGED), olefile.OleFileIO(file) as container:
        if any(path[0].lower() in _MACRO_STORAGES for path in container.listdir(streams=False, storages=True)):
            facts.note(FindingKind.MACRO)
        if container.exists(_STREAM) and container.get_size(_STREAM) <= _LARGEST_BYTES:
            content = _content(container, _STREAM)
            _presentation(content, facts)
            _slides(content, _content(container, _USER_STREAM), facts)


def _content(container: "olefile.OleFileIO[Any]", stream: str) -> bytes:
    content: bytes = container.openstream(stream).read()
    return content


def _presentation(content: bytes, facts: SourceFacts) -> None:
    for kind, _, start, end in walk(content, 0, len(content)):
        if kind == _FONT and end - start >= _FACE_BYTES:
            facts.declare(content[start : start + _FACE_BYTES].decode("utf-16-le", "replace").partition("\0")[0])
        elif kind == _VBA and any(content[start + 4 : start + 8]):  # after the reference to the project: fHasMacros
            facts.note(FindingKind.MACRO)
        elif kind in _VIDEO:
            facts.note(FindingKind.VIDEO)
        elif kind in _SOUND:
            facts.note(FindingKind.SOUND)
        elif kind == _SHOW_INFO and end - start >= _SHOW_FLAGS.size:
            facts.turned_by_hand = not _SHOW_FLAGS.unpack_from(content, start)[0] & _USES_TIMES


def _slides(content: bytes, current_user: bytes, facts: SourceFacts) -> None:
    shown: list[bool] = []
    for number, slide in enumerate(slides_in_order(content, current_user), 1):
        atoms = (one for one in walk(content, slide.start, slide.end) if one.kind == _SLIDE_INFO)
        atom = next(atoms, None)
        milliseconds, direction, effect, flags = _SLIDE_INFO_ATOM.unpack_from(content, atom.start) if atom else (0,) * 4
        shown.append(not flags & _HIDDEN)
        if direction or effect:
            facts.note(FindingKind.TRANSITION, number)
        if flags & _TIMED:
            facts.stay(number, milliseconds / 1000)
    facts.outline = Outline(tuple(shown)) if shown else None
