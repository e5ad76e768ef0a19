"""Tables as CSV files, sent a page at a time."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi.responses import StreamingResponse

_CSV = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Rows = list[tuple[Any, ...]]

DESCRIBED: dict[str, Any] = {"text/csv": {}}
"""The content of such an answer, for the API's document."""


async def csv_file(name: str, columns: Sequence[str], pages: AsyncIterator[Rows]) -> StreamingResponse:
    """Return an answer that is saved as a file of this name.

    Raises:
        UnavailableError: the first page cannot be read; an outage is answered as one, as long as nothing was sent.
    """
    first = await anext(pages)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines([tuple(columns), *first], pages), media_type=_CSV, headers=headers)


async def _lines(first: Rows, pages: AsyncIterator[Rows]) -> AsyncIterator[str]:
    yield _text(first)
    async for page in pages:
        yield _text(page)


def _text(rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_no_formula(value) for value in row] for row in rows)
    return text.getvalue()


def _no_formula(value: Any) -> Any:
    """A text as text: a spreadsheet would take some beginnings for a formula, and names are people's."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
