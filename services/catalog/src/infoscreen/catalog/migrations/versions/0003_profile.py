"""With which options a conversion's PDF is made, also for the gateway, which may ask for it again."""

import sqlalchemy as sa
from alembic import op

from infoscreen.catalog.migrate import GATEWAY_ROLE

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_VIEW_BEFORE = """
SELECT
    m.id AS media_id,
    m.generation,
    m.filename,
    m.media_type,
    m.convertible,
    m.sha256,
    m.size_bytes,
    m.object_key,
    m.uploaded_at,
    CASE WHEN m.convertible THEN c.status::text ELSE 'not_needed' END AS status,
    c.id AS conversion_id,
    c.priority,
    c.requested_sequence,
    c.requested_at,
    c.started_at,
    c.finished_at,
    c.attempts,
    c.reason,
    c.message,
    c.retryable,
    c.pdf_key,
    c.pdf_sha256,
    c.pdf_size_bytes,
    c.pages,
    c.thumbnail_key,
    c.duration_seconds,
    c.status AS conversion_status
FROM media_files m
LEFT JOIN conversions c
    ON c.source_file_id = m.id AND c.target_format = 'pdf' AND c.file_hash = m.sha256 AND c.status <> 'obsolete'
WHERE m.deleted_at IS NULL
"""
_VIEW = _VIEW_BEFORE.replace("conversion_status\n", "conversion_status, c.profile\n")


def upgrade() -> None:
    """Add the column, with a default: a projector of the revision before goes on inserting."""
    op.add_column("conversions", sa.Column("profile", sa.String, nullable=False, server_default="default"))
    op.execute(f"CREATE OR REPLACE VIEW player_view AS {_VIEW}")


def downgrade() -> None:
    """Drop it; what was made with options is then taken for made without."""
    op.execute("DROP VIEW player_view")  # columns can only be added in place
    op.execute(f"CREATE VIEW player_view AS {_VIEW_BEFORE}")
    op.execute(f"GRANT SELECT ON player_view TO {GATEWAY_ROLE}")
    op.drop_column("conversions", "profile")
