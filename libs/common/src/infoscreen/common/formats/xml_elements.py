"""Reads the first elements of an XML document with expat, in one pass and constant memory."""

from collections.abc import Callable
from typing import Any
from xml.parsers import expat


class MalformedXmlError(Exception):
    """The text is no XML, or declares entities, as no office program does; the message says what the reader found."""


class _EnoughError(Exception):
    """The search is over."""


def read_elements(head: bytes, each: Callable[[str, dict[str, str]], bool]) -> None:
    """Call `each` with the name and the attributes of every element, until it returns True or the head ends.

    Names are ``NAMESPACE NAME``, or just the name where there is no namespace.

    Raises:
        MalformedXmlError: before it came to that.
    """
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        if each(name, attributes):
            raise _EnoughError

    def declare(*_: Any) -> None:
        raise MalformedXmlError("it declares entities")

    parser.StartElementHandler, parser.EntityDeclHandler = start, declare
    try:
        # In one piece: of several pieces, expat parses an unfinished tag anew with each.
        parser.Parse(head, False)  # noqa: FBT003 - expat has no keyword arguments
    except _EnoughError:
        return
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two of encodings that do not exist
        raise MalformedXmlError(str(error)) from error
