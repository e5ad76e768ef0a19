"""The view that the catalog publishes to the player gateway inside Postgres.

Its columns are a contract: a migration may add columns at the end, and no other change is allowed. A rebuild swaps the
tables below the view and defines it again.
"""

from infoscreen.common.read_model import PLAYER_VIEW

_STATUS = "CASE WHEN m.convertible THEN c.status::text ELSE 'not_needed' END AS status"
_COLUMNS = {
    "0001": (
        "m.id AS media_id",
        "m.generation",
        "m.filename",
        "m.media_type",
        "m.convertible",
        "m.sha256",
        "m.size_bytes",
        "m.object_key",
        "m.uploaded_at",
        _STATUS,
        "c.id AS conversion_id",
        "c.priority",
        "c.requested_sequence",
        "c.requested_at",
        "c.started_at",
        "c.finished_at",
        "c.attempts",
        "c.reason",
        "c.message",
        "c.retryable",
        "c.pdf_key",
        "c.pdf_sha256",
        "c.pdf_size_bytes",
        "c.pages",
        "c.thumbnail_key",
        "c.duration_seconds",
    ),
    "0002": ("c.status AS conversion_status",),
    "0003": ("c.profile",),
    "0010": ("c.progressed_at", "c.pages_expected", "c.pages_done", "c.remaining_seconds"),
    "0013": ("c.page_seconds",),
}
"""The columns that each revision of the schema added."""

_PREVIEWS_SINCE = "0007"
_DEFINED_ANEW = {
    _PREVIEWS_SINCE: {
        _STATUS: "CASE WHEN m.convertible OR c.status <> 'ready' THEN c.status::text ELSE 'not_needed' END AS status",
        **{
            f"c.{column}": f"CASE WHEN m.convertible THEN c.{column} END AS {column}"
            for column in ("pdf_key", "pdf_sha256", "pdf_size_bytes")
        },
    },
    "0008": {
        _STATUS: (
            "CASE WHEN m.convertible AND c.pdf_key IS NOT NULL THEN 'ready'"
            " WHEN m.convertible OR c.status <> 'ready' THEN c.status::text ELSE 'not_needed' END AS status"
        ),
        **{
            f"c.{column}": f"CASE WHEN c.pdf_key IS NULL THEN c.{column} END AS {column}"
            for column in ("reason", "message", "retryable")
        },
    },
}
"""What columns of the first revision show from a later one on.

0007: of an original that is shown as it is, what was found when it was looked at. 0008: a medium with a rendition is
ready, also while another profile of it is made, or has failed.
"""


_TRASH_SINCE = "0009"


def player_view(revision: str = max(*_COLUMNS, *_DEFINED_ANEW, _TRASH_SINCE)) -> str:
    """Return the statement that defines the view as of a revision of the schema, by default the last one."""
    anew = {old: new for since, changed in _DEFINED_ANEW.items() if since <= revision for old, new in changed.items()}
    columns = [anew.get(column, column) for since, added in _COLUMNS.items() if since <= revision for column in added]
    target = "CASE WHEN m.convertible THEN 'pdf' ELSE 'preview' END" if revision >= _PREVIEWS_SINCE else "'pdf'"
    is_shown = "m.deleted_at IS NULL"
    if revision >= _TRASH_SINCE:
        is_shown += " AND m.trashed_at IS NULL"
    return f"""
        CREATE OR REPLACE VIEW {PLAYER_VIEW} AS SELECT {", ".join(columns)}
        FROM media_files m LEFT JOIN conversions c
            ON c.source_file_id = m.id AND c.target_format = {target} AND c.file_hash = m.sha256
            AND c.status <> 'obsolete'
        WHERE {is_shown}
    """  # noqa: S608 - columns of ours
