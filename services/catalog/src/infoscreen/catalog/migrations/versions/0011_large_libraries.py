"""Indexes for large libraries: the clean-up asks for some hashes at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes; each takes seconds on half a million media, in which nothing is projected."""
    op.create_index("ix_conversions_file_hash", "conversions", ["file_hash"])
    op.create_index(
        "ix_media_files_sha256",
        "media_files",
        ["sha256"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_media_files_deleted", "media_files", ["id"], postgresql_where=sa.text("deleted_at IS NOT NULL"))


def downgrade() -> None:
    """Drop the indexes."""
    op.drop_index("ix_media_files_deleted", "media_files")
    op.drop_index("ix_media_files_sha256", "media_files")
    op.drop_index("ix_conversions_file_hash", "conversions")
