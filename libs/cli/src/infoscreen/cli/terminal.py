"""What `infoscreen up` says: the children's lines with their names before them, and its own.

Everything goes through one rich console, so that lines and progress bars do not overwrite each other. A terminal that
goes away (a closed pipe) silences it and stops nothing.
"""

import os
import re
import zlib

from rich.console import Console
from rich.text import Text

_CONTROL_CHARACTERS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOURS = ("cyan", "green", "magenta", "blue", "yellow", "bright_cyan", "bright_green", "bright_magenta")


class _PipeTolerantConsole(Console):
    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class Terminal:
    """Prints lines; colours only where a person looks at them."""

    def __init__(self) -> None:
        self.console: Console = _PipeTolerantConsole(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def child_line(self, name: str, line: str) -> None:
        """A line of a child's log, free of control characters: file names of strangers are in there."""
        colour = _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
        self._print(Text.assemble((f"{name:<15} ", colour), _CONTROL_CHARACTERS.sub("", line)))

    def say(self, message: str) -> None:
        """The supervisor's own word."""
        self._print(Text.assemble(("infoscreen      ", "bold"), message))

    def result(self, label: str, value: str) -> None:
        """`Label: value` on a line of its own, unwrapped, for people and for grep."""
        self._print(Text.assemble((f"{label}: ", "bold"), value))

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)
