"""Titles, tags and the trash."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infoscreen.catalog.projection.player_view import player_view

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_IN_TRASH = sa.text("trashed_at IS NOT NULL AND deleted_at IS NULL")


def upgrade() -> None:
    """Add the columns; no medium of the past has a title or tags, or is in the trash."""
    op.add_column("media_files", sa.Column("title", sa.String))
    op.add_column("media_files", sa.Column("tags", postgresql.JSONB, nullable=False, server_default="[]"))
    op.add_column("media_files", sa.Column("trashed_at", _TIME))
    op.add_column("media_files", sa.Column("trashed_by", sa.String))
    op.create_index("ix_media_files_tags", "media_files", ["tags"], postgresql_using="gin")
    op.create_index("ix_media_files_trashed_at_id", "media_files", ["trashed_at", "id"], postgresql_where=_IN_TRASH)
    op.execute(player_view(revision))


def downgrade() -> None:
    """Show what is in the trash again, for the previous revision knows none."""
    op.execute(player_view(down_revision))
    op.drop_index("ix_media_files_trashed_at_id", "media_files")
    op.drop_index("ix_media_files_tags", "media_files")
    for column in ("trashed_by", "trashed_at", "tags", "title"):
        op.drop_column("media_files", column)
