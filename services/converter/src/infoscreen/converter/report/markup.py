"""Reads XML with a subclass's methods, by local names; what is not well-formed is read as far as it is."""

from collections.abc import Iterable
from contextlib import suppress
from xml.parsers import expat


class MarkupReader:
    """One pass over one XML stream. Names come without their prefixes, attributes too."""

    def __init__(self) -> None:
        self._locals: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between tags, perhaps in pieces."""

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read all of it."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda name: self.end(self._local(name))
        parser.CharacterDataHandler = self.text
        with suppress(expat.ExpatError):
            for chunk in chunks:
                parser.Parse(chunk, False)  # noqa: FBT003 - expat has no keyword arguments

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.start(self._local(name), {self._local(key): value for key, value in attributes.items()})

    def _local(self, name: str) -> str:
        known = self._locals.get(name)
        if known is None:
            known = name.rpartition(":")[2]
            if len(self._locals) < 1000:  # noqa: PLR2004 - no vocabulary has as many
                self._locals[name] = known
        return known
