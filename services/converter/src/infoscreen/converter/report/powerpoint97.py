"""What a PowerPoint 97 to 2003 file says of itself, as far as its records tell ([MS-PPT]), and macros of its kin."""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import olefile

from infoscreen.common.deck_report import FindingKind
from infoscreen.converter.outline import Outline
from infoscreen.converter.report.facts import SourceFacts

_STREAM = "PowerPoint Document"
_LARGEST_BYTES = 64 * 1024**2
_MACRO_STORAGES = frozenset({"macros", "_vba_project_cur", "_vba_project"})
_HEADER = struct.Struct("<HHI")
_CONTAINER, _MOST_RECORDS = 0xF, 500_000
# [MS-PPT] 2.13.24
_SLIDE, _SLIDE_INFO, _FONT, _VBA = 0x03EE, 0x03F9, 0x0FB7, 0x0400
_VIDEO, _SOUND = frozenset({0x1005, 0x1006, 0x1007}), frozenset({0x100D, 0x100E, 0x100F, 0x1010})
_HIDDEN, _EFFECT_TYPE, _EFFECT_DIRECTION, _FLAGS = 0x0004, 9, 8, 10  # [MS-PPT] 2.4.13, SlideShowSlideInfoAtom
_FACE_BYTES = 64


def read_compound(file: BinaryIO, facts: SourceFacts) -> None:
    """Collect the facts of a compound file; what is damaged tells less."""
    try:
        with olefile.OleFileIO(file) as container:
            if any(path[0].lower() in _MACRO_STORAGES for path in container.listdir(streams=False, storages=True)):
                facts.note(FindingKind.MACRO)
            if container.exists(_STREAM) and container.get_size(_STREAM) <= _LARGEST_BYTES:
                _presentation(_content(container), facts)
    # olefile meets damaged files with whatever its parsing ran into
    except (OSError, ValueError, IndexError, KeyError, TypeError, AssertionError, struct.error, RecursionError):
        return


def _content(container: "olefile.OleFileIO[Any]") -> bytes:
    content: bytes = container.openstream(_STREAM).read()
    return content


def _presentation(content: bytes, facts: SourceFacts) -> None:
    shown: list[bool] = []
    for kind, start, end in _records(content):
        if kind == _SLIDE:
            shown.append(True)
        elif kind == _SLIDE_INFO and shown and end - start >= 16:  # noqa: PLR2004 - the size of the atom
            (flags,) = struct.unpack_from("<H", content, start + _FLAGS)
            shown[-1] = not flags & _HIDDEN
            if content[start + _EFFECT_TYPE] or content[start + _EFFECT_DIRECTION]:
                facts.note(FindingKind.TRANSITION, len(shown))
        elif kind == _FONT and end - start >= _FACE_BYTES:
            facts.declare(content[start : start + _FACE_BYTES].decode("utf-16-le", "replace").partition("\0")[0])
        elif kind == _VBA and any(content[start + 4 : start + 8]):  # after the reference to the project: fHasMacros
            facts.note(FindingKind.MACRO)
        elif kind in _VIDEO:
            facts.note(FindingKind.VIDEO)
        elif kind in _SOUND:
            facts.note(FindingKind.SOUND)
    facts.outline = Outline(tuple(shown)) if shown else None


def _records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, start and end of every record, containers before what is in them; none that goes beyond its container."""
    ends, at = [len(content)], 0
    for _ in range(_MOST_RECORDS):
        while ends and at >= ends[-1]:
            ends.pop()
        if not ends or at + _HEADER.size > ends[-1]:
            return
        version, kind, length = _HEADER.unpack_from(content, at)
        start = at + _HEADER.size
        end = start + length
        if end > ends[-1]:
            return
        yield kind, start, end
        if version & 0xF == _CONTAINER:
            ends.append(end)
            at = start
        else:
            at = end
