"""The audit: who changed what, a page at a time or as CSV."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from infoscreen.catalog.api.csv_file import DESCRIBED, Rows, csv_file
from infoscreen.catalog.api.dependencies import NO_NUL, Dependencies, Limit, guard
from infoscreen.catalog.api.schemas.audit import AuditItem, AuditPage
from infoscreen.catalog.programme.audit import AuditFilter, ListedEntry, every_entry, list_entries
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import Role

Cursor = Annotated[UUID | None, Query(description="`next_cursor` of the page before")]
Subject = Annotated[UUID | None, Query(description="Only changes of what has this id")]
Actor = Annotated[str | None, Query(max_length=255, pattern=NO_NUL, description="Only changes by this person")]

_COLUMNS = ("at", "actor", "what", "subject", "subject_name", "before", "after")


def router(deps: Dependencies) -> APIRouter:
    """The routes of the audit."""
    routes = api_router(guard(deps, Role.OPERATOR))

    @routes.get("/audit", responses=problems(422))
    async def list_audit(
        cursor: Cursor = None, limit: Limit = 50, subject: Subject = None, actor: Actor = None
    ) -> AuditPage:
        """Who changed which screen, playlist, group, entry of the schedule, override or medium, newest first."""
        async with deps.database.read() as session:
            found = await list_entries(session, AuditFilter(cursor, subject, actor), limit + 1)
        page = found[:limit]
        more = str(page[-1].entry.id) if len(found) > limit else None
        return AuditPage(items=[AuditItem.of(listed) for listed in page], next_cursor=more)

    @routes.get(
        "/audit.csv",
        response_class=StreamingResponse,
        responses={200: {"description": "A row for each change, newest first", "content": DESCRIBED}, **problems(422)},
    )
    async def export_audit(subject: Subject = None, actor: Actor = None) -> StreamingResponse:
        """The same as CSV, every page of it; `before` and `after` are JSON."""
        return await csv_file(
            "audit.csv", _COLUMNS, _rows(every_entry(deps.database, AuditFilter(None, subject, actor)))
        )

    return routes


async def _rows(pages: AsyncIterator[list[ListedEntry]]) -> AsyncIterator[Rows]:
    async for page in pages:
        yield [_row(listed) for listed in page]


def _row(listed: ListedEntry) -> tuple[Any, ...]:
    entry = listed.entry
    documents = (json.dumps(content, ensure_ascii=False) if content else "" for content in (entry.before, entry.after))
    return (entry.at.isoformat(), entry.actor, entry.what, entry.subject, listed.subject_name or "", *documents)
