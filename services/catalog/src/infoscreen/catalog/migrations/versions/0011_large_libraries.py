"""Indexes for large libraries, and how long a conversion takes, which a gateway cannot ask the view for soon enough."""

import sqlalchemy as sa
from alembic import op

from infoscreen.common.read_model import GATEWAY_ROLE, PLAYER_TYPICAL

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAME_KEY = sa.text('lower(normalize(filename, NFKD) COLLATE "C")')
_IS_THERE = "deleted_at IS NULL AND trashed_at IS NULL"
_TYPICAL = f"""
CREATE FUNCTION {PLAYER_TYPICAL}() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY newest.duration_seconds) FROM (
        SELECT c.duration_seconds FROM conversions c
        WHERE c.status = 'ready' AND c.target_format = 'pdf' ORDER BY c.finished_at DESC LIMIT 200
    ) AS newest
$$"""  # noqa: S608 - a name of ours


def upgrade() -> None:
    """Add the indexes; each takes seconds on half a million media, in which nothing is projected."""
    op.execute(_TYPICAL)
    op.execute(f"REVOKE ALL ON FUNCTION {PLAYER_TYPICAL}() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {PLAYER_TYPICAL}() TO {GATEWAY_ROLE}")
    op.create_index("ix_media_files_name", "media_files", [_NAME_KEY, "id"], postgresql_where=sa.text(_IS_THERE))
    op.create_index(
        "ix_media_events_occurred_at",
        "media_events",
        ["occurred_at"],
        postgresql_where=sa.text("worker IS NOT NULL"),
    )
    op.create_index("ix_conversions_file_hash", "conversions", ["file_hash"])
    op.create_index(
        "ix_media_files_sha256",
        "media_files",
        ["sha256"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_media_files_deleted", "media_files", ["id"], postgresql_where=sa.text("deleted_at IS NOT NULL"))


def downgrade() -> None:
    """Drop them; a gateway of this version then has no estimates."""
    op.execute(f"DROP FUNCTION {PLAYER_TYPICAL}()")
    op.drop_index("ix_media_events_occurred_at", "media_events")
    op.drop_index("ix_media_files_name", "media_files")
    op.drop_index("ix_media_files_deleted", "media_files")
    op.drop_index("ix_media_files_sha256", "media_files")
    op.drop_index("ix_conversions_file_hash", "conversions")
