"""The output of `infoscreen up`: its own messages, and the children's log lines with the child's name in front.

All output uses one rich console, so that lines and progress bars do not overwrite each other. A closed pipe silences
the output and stops nothing.
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
    """Prints lines; with colours only on a terminal."""

    def __init__(self) -> None:
        self.console: Console = _PipeTolerantConsole(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def child_line(self, name: str, line: str) -> None:
        """Prints a line of a child's log without control characters, which a file name may contain."""
        colour = _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
        self._print(Text.assemble((f"{name:<15} ", colour), _CONTROL_CHARACTERS.sub("", line)))

    def say(self, message: str) -> None:
        """Prints a message of the supervisor."""
        self._print(Text.assemble(("infoscreen      ", "bold"), message))

    def result(self, label: str, value: str) -> None:
        """Prints `Label: value` on a line of its own, unwrapped, for people and for grep."""
        self._print(Text.assemble((f"{label}: ", "bold"), value))

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)
