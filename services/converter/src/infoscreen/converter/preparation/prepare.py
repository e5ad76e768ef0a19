"""The preparation of a document: whatever its format, one copy without what leads out of it, or none if nothing does.

Files within the document are documents of their own: packages in packages, pictures that are SVG, base64 in flat XML.
"""

import gzip
import mmap
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, BinaryIO, cast

import olefile

from infoscreen.common.formats.package import DamagedPackageError, Package
from infoscreen.converter.preparation import compound
from infoscreen.converter.preparation.archive import ArchiveWriter, Member, is_plain, members_of
from infoscreen.converter.preparation.edits import Edits
from infoscreen.converter.preparation.large_pictures import JPEG_MAGIC, PHOTO_BYTES, reduced, shows_parts_or_tiles
from infoscreen.converter.preparation.markup import MarkupScanner, as_utf8, is_markup
from infoscreen.converter.preparation.opendocument import OpenDocumentScanner
from infoscreen.converter.preparation.openxml import MASTERS, OpenXmlScanner, RelationshipsScanner
from infoscreen.converter.preparation.references import Members
from infoscreen.converter.preparation.rtf import RtfScanner

Content = Callable[[], Iterator[bytes]]
"""What a file contains, from its beginning, as often as it is called."""

_CHUNK_BYTES = 64 * 1024
_HEAD_BYTES = 4096
_MEMORY_BYTES = 1024 * 1024  # of a file within a file, before it goes to disk
_UNPACKED_PICTURE_BYTES = 64 * 1024 * 1024
_DEEPEST = 4  # documents within documents
# What the readers of formats meet hostile input with.
_DAMAGE = (DamagedPackageError, zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, NotImplementedError)
_CONTENT_TYPES, _OPEN_DOCUMENT_PARTS = "[Content_Types].xml", {"mimetype", "content.xml", "META-INF/manifest.xml"}
_RELATIONSHIPS = re.compile(r"(?:(?P<folder>.*)/)?_rels/(?P<part>[^/]*)\.rels", re.IGNORECASE)
_SVG = re.compile(rb"<svg[\s>/]|<!DOCTYPE\s+(?:[\w.-]+:)?svg", re.IGNORECASE)


class DamagedDocumentError(Exception):
    """The document is too broken to be prepared; the message says why."""


def prepare(source: Path, destination: Path) -> bool:
    """Write to `destination` what an engine may open in the place of `source`; False when that is `source` itself.

    Raises:
        DamagedDocumentError: no engine should try either.
        TooManyEditsError: it is nothing but references.
    """
    destination.unlink(missing_ok=True)
    try:
        with source.open("rb") as file, _Preparation(destination) as preparation:
            content = preparation.changed(file)
            if content is not None and not destination.exists():
                with destination.open("wb") as copy:
                    copy.writelines(content())
            return content is not None
    except _DAMAGE as error:
        raise DamagedDocumentError(str(error)) from error


def _nothing() -> Iterator[bytes]:
    return iter(())


def _reader(file: IO[bytes]) -> Content:
    def content() -> Iterator[bytes]:
        at = 0
        while True:
            file.seek(at)
            chunk = file.read(_CHUNK_BYTES)
            if not chunk:
                return
            at += len(chunk)
            yield chunk

    return content


class _Preparation(ExitStack):
    """One document with all that is in it; its temporary files go with it."""

    def __init__(self, destination: Path) -> None:
        super().__init__()
        self._destination = destination

    def changed(self, file: IO[bytes], depth: int = 0) -> Content | None:
        """The content that `file` should have instead, or None."""
        file.seek(0)
        head = file.read(_HEAD_BYTES)
        for magic, changed in (
            (b"PK\x03\x04", self._package),
            (olefile.MAGIC, self._compound),
            (b"{\\rtf", self._rtf),
            (b"\x1f\x8b", self._gzip),
        ):
            if head.startswith(magic):
                return changed(file, depth) if depth <= _DEEPEST else _nothing
        if is_markup(head):
            scanner = OpenDocumentScanner(Members(), embedded=lambda: _Embedded(self, depth + 1))
            return _rewritten(_reader(file), scanner)
        return None

    def temporary(self) -> IO[bytes]:
        """A file that is gone with the preparation."""
        return cast(
            "IO[bytes]",
            self.enter_context(tempfile.SpooledTemporaryFile(_MEMORY_BYTES, dir=str(self._destination.parent))),
        )

    def _copy(self, depth: int) -> IO[bytes]:
        """A seekable file for the copy of a document: the outermost one's is where it is wanted."""
        return self.temporary() if depth else self.enter_context(self._destination.open("w+b"))

    def _package(self, stream: IO[bytes], depth: int) -> Content | None:
        file = cast("BinaryIO", stream)
        members = members_of(file, Package(file).entries)
        plain = is_plain(members)
        names = {member.name for member in members}
        if depth and _CONTENT_TYPES in names and names & _OPEN_DOCUMENT_PARTS:
            return _nothing  # whether it is the one or the other is the engine's choice
        changes = self._changes(members, open_xml=_CONTENT_TYPES in names, depth=depth)
        if plain and not changes:
            return None
        copy = self._copy(depth)
        writer = ArchiveWriter(cast("BinaryIO", copy))
        for number, member in enumerate(members):
            if number in changes:
                writer.replace(member, changes[number]())
            else:
                writer.copy(member)
        writer.close()
        return _reader(copy)

    def _changes(self, members: list[Member], *, open_xml: bool, depth: int) -> dict[int, Content]:
        known = Members(member.name for member in members)
        hyperlinks: dict[str, set[str]] = {}
        layouts: set[str] = set()
        changes: dict[int, Content] = {}
        order = sorted(enumerate(members), key=lambda item: _turn(item[1].name))
        for number, member in order:
            head = member.head()[:_HEAD_BYTES]
            if is_markup(head):
                if not open_xml:
                    scanners: list[MarkupScanner] = [OpenDocumentScanner(known, _folder(member.name))]
                elif relationships := _RELATIONSHIPS.fullmatch(member.name):
                    folder, part = relationships["folder"] or "", relationships["part"]
                    scanner = RelationshipsScanner(folder, layouts)
                    hyperlinks[f"{folder}/{part}".lower().lstrip("/")] = scanner.hyperlinks
                    scanners = [scanner]
                else:
                    scanners = [OpenXmlScanner(hyperlinks.get(member.name.lower().lstrip("/"), set()))]
                    if _SVG.search(next(as_utf8(iter([head]))[0], b"")):
                        scanners.append(OpenDocumentScanner(Members()))
                change = _rewritten(member.content, *scanners)
            else:
                change = self._nested(member, head, depth)
            if change is not None:
                changes[number] = change
        return self._smaller_pictures(members) | changes

    def _smaller_pictures(self, members: list[Member]) -> dict[int, Content]:
        """Photos that are larger than any screen; none where markup shows parts of pictures, or tiles."""
        photos = {
            number: member
            for number, member in enumerate(members)
            if member.entry.file_size in PHOTO_BYTES and member.head().startswith(JPEG_MAGIC)
        }
        markup = (member for member in members if is_markup(member.head()[:_HEAD_BYTES]))
        if not photos or any(shows_parts_or_tiles(as_utf8(part.content())[0]) for part in markup):
            return {}
        changes: dict[int, Content] = {}
        for number, photo in photos.items():
            picture = reduced(b"".join(photo.content()))
            if picture is not None:
                file = self.temporary()
                file.write(picture)
                changes[number] = _reader(file)
        return changes

    def _nested(self, member: Member, head: bytes, depth: int) -> Content | None:
        if not head.startswith((b"PK\x03\x04", olefile.MAGIC, b"{\\rtf", b"\x1f\x8b")):
            return None
        file = self.temporary()
        file.writelines(member.content())
        try:
            change = self.changed(file, depth + 1)
        except _DAMAGE:
            change = _nothing  # no reader agrees on what is in there
        if change is None and file.seek(0, 2) != member.entry.file_size:
            change = _reader(file)
        return change

    def _rtf(self, file: IO[bytes], _depth: int) -> Content | None:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            edits = RtfScanner().scan(content)
        return (lambda: edits.applied(_reader(file)())) if edits else None

    def _gzip(self, file: IO[bytes], depth: int) -> Content | None:
        """A compressed picture: as it is, or nothing."""
        unpacked = self.temporary()
        file.seek(0)
        try:
            with gzip.open(file) as stream:
                while unpacked.tell() <= _UNPACKED_PICTURE_BYTES and (chunk := stream.read(_CHUNK_BYTES)):
                    unpacked.write(chunk)
        except (OSError, EOFError, zlib.error):
            pass
        if unpacked.tell() > _UNPACKED_PICTURE_BYTES:
            return _nothing
        return None if self.changed(unpacked, depth + 1) is None else _nothing

    def _compound(self, file: IO[bytes], depth: int) -> Content | None:
        def leads_out_itself(content: bytes) -> bool:
            embedded = _Embedded(self, depth + 1)
            embedded.write(content)
            return not embedded.may_stay()

        found = compound.find_outward(file, leads_out_itself)
        if not found:
            return None
        copy = self._copy(depth)
        copy.writelines(_reader(file)())
        compound.overwrite(copy, found)
        return _reader(copy)


class _Embedded:
    """A file within flat XML: it stays as it is, or goes."""

    def __init__(self, preparation: _Preparation, depth: int) -> None:
        self._preparation = preparation
        self._depth = depth
        self._file = preparation.temporary()

    def write(self, content: bytes) -> None:
        self._file.write(content)

    def may_stay(self) -> bool:
        try:
            return self._preparation.changed(self._file, self._depth) is None
        except _DAMAGE:
            return False
        finally:
            self._file.close()


def _rewritten(content: Content, *scanners: MarkupScanner) -> Content | None:
    edits, changed = Edits(), False
    for scanner in scanners:
        chunks, transcoded = as_utf8(content())
        edits.extend(scanner.scan(chunks))
        changed = changed or transcoded
    if not edits and not changed:
        return None
    return lambda: edits.applied(as_utf8(content())[0])


def _turn(name: str) -> int:
    """Relationships first, because they tell what to look for in the parts; those of masters after those of slides."""
    if not (relationships := _RELATIONSHIPS.fullmatch(name)):
        return 2
    return 1 if relationships["folder"] == MASTERS else 0


def _folder(name: str) -> str:
    return name[: name.rfind("/") + 1]
