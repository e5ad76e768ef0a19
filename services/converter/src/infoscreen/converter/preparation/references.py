"""Which text names something outside the document."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

_OUTWARD = re.compile(
    r"""
      :(?:[/\\]|%2f|%5c)                                # any scheme that goes on to a path
    | (?:^|['"(\[,;=])(?:file|private|macro|service|slot|script|javascript|data|\w?dbc|mysql|ldap|vnd\.[a-z.]+):
    | (?:^|['"(\[,;=\#])(?:[/\\]|%2f|%5c){2}            # //host and \\host
    | (?:^|['"])[/\\][a-z.]                             # /path
    | (?:^|['"/\\])\.\.(?:[/\\]|%2f|%5c)                # ../path
    | '\#                                               # 'document'#$Sheet1.A1
    | '[^'\[\]]*[/\\][^'\[\]]*\[                        # 'path[document]Sheet1'!A1
    | \[[^\[\]]*[^\[\]\d][^\[\]]*\][\w.]*'?!            # [document]Sheet1!A1, but [1] is a part of the package
    | \b(?:webservice|dde|rtd|call|register(?:\.id)?|sql\.request)\(
    """,
    re.IGNORECASE | re.VERBOSE,
)
WEB_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
"""How an address begins that a person can follow from a PDF."""
_PICTURE_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
_ODD_NAME = re.compile(r"[:\\%\x00-\x1f]")
_LONGEST = 64 * 1024
_HEAD = 4096


def head_of(value: str) -> str:
    """As much of a value as can be a path: points of a drawing may be megabytes."""
    return value if len(value) <= _LONGEST else value.lstrip()[:_HEAD]


def leads_out(value: str) -> bool:
    """True when a value, which is neither a hyperlink nor text for people, names something outside.

    That is a URL, a path, a UNC name, or a formula that takes any of these.
    """
    return _OUTWARD.search("".join(head_of(value).split())) is not None


def formula_leads_out(formula: str) -> bool:
    """As `leads_out`, but what a formula merely shows or links, such as HYPERLINK("https://…"), stays."""
    return len(formula) > _LONGEST or leads_out(WEB_ADDRESS.sub("", formula))


def is_web_address(reference: str) -> bool:
    """True for what a person can follow from a PDF."""
    return WEB_ADDRESS.match(reference) is not None


def is_picture_data(reference: str) -> bool:
    """True for a data URL of a picture that is nothing but points."""
    return _PICTURE_DATA.fullmatch("".join(reference.split())) is not None


class Members:
    """The files and folders of a package, by which a relative reference is known to stay inside."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._paths: set[str] = set()
        for name in names:
            steps = name.rstrip("/").split("/")
            if not _ODD_NAME.search(name) and not {"", ".", ".."} & set(steps):
                self._paths.update("/".join(steps[:depth]) for depth in range(1, len(steps) + 1))

    def contain(self, reference: str, folder: str = "") -> bool:
        """True when a reference from a file in `folder` names one of them, plainly or percent-encoded."""
        path = reference.removeprefix("./")
        return any(f"{folder}{name}".rstrip("/") in self._paths for name in (path, unquote(path)))
