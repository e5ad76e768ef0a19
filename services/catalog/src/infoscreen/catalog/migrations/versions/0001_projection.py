"""The projected tables, and the view that the gateway may read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infoscreen.catalog.projection.player_view import player_view
from infoscreen.common.read_model import GATEWAY_ROLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATUS = postgresql.ENUM("pending", "processing", "failed", "ready", "obsolete", name="conversion_status")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, empty: the projector fills them from the stream's beginning."""
    _STATUS.create(op.get_bind())
    _create_media_files()
    _create_conversions()
    _create_media_events()
    offset = op.create_table(
        "projection_offset",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projection_offset"),
        sa.CheckConstraint("id = 1", name=op.f("ck_projection_offset_one_row")),
    )
    op.bulk_insert(offset, [{"id": 1, "sequence": 0}])
    op.create_table(
        "poison_events",
        sa.Column("sequence", sa.BigInteger, autoincrement=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("headers", postgresql.JSONB, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("stored_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_poison_events"),
    )
    op.execute(player_view(revision))
    op.execute(f"GRANT SELECT ON player_view TO {GATEWAY_ROLE}")


def downgrade() -> None:
    """Drop everything; the stream still has it all."""
    op.execute("DROP VIEW player_view")
    for table in ("poison_events", "projection_offset", "media_events", "conversions", "media_files"):
        op.drop_table(table)
    _STATUS.drop(op.get_bind())


def _create_media_files() -> None:
    op.create_table(
        "media_files",
        sa.Column("id", sa.Uuid),
        sa.Column("filename", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("extension", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("object_key", sa.String, nullable=False),
        sa.Column("uploaded_by", sa.String, nullable=False),
        sa.Column("priority", sa.String, nullable=False),
        sa.Column("convertible", sa.Boolean, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("uploaded_at", _TIME, nullable=False),
        sa.Column("deleted_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_media_files"),
    )


def _create_conversions() -> None:
    op.create_table(
        "conversions",
        sa.Column("id", sa.Uuid),
        sa.Column("source_file_id", sa.Uuid, nullable=False),
        sa.Column("target_format", sa.String, nullable=False),
        sa.Column("file_hash", sa.String, nullable=False),
        sa.Column("status", postgresql.ENUM(name="conversion_status", create_type=False), nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("priority", sa.String, nullable=False),
        sa.Column("requested_sequence", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("overdue_requests", sa.Integer, nullable=False),
        sa.Column("worker", sa.String),
        sa.Column("engine", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("message", sa.String),
        sa.Column("retryable", sa.Boolean),
        sa.Column("pdf_key", sa.String),
        sa.Column("pdf_sha256", sa.String),
        sa.Column("pdf_size_bytes", sa.BigInteger),
        sa.Column("pages", sa.Integer),
        sa.Column("thumbnail_key", sa.String),
        sa.Column("duration_seconds", sa.Float),
        sa.Column("cached", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="pk_conversions"),
        sa.ForeignKeyConstraint(
            ["source_file_id"],
            ["media_files.id"],
            name="fk_conversions_source_file_id_media_files",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "source_file_id",
            "target_format",
            "file_hash",
            name="uq_conversions_source_file_id_target_format_file_hash",
        ),
        sa.CheckConstraint("status <> 'ready' OR pdf_key IS NOT NULL", name=op.f("ck_conversions_ready_has_pdf")),
        sa.CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name=op.f("ck_conversions_failed_has_reason")),
    )
    op.create_index("ix_conversions_source_file_id_target_format", "conversions", ["source_file_id", "target_format"])
    op.create_index("ix_conversions_status_finished_at", "conversions", ["status", "finished_at"])
    op.create_index(
        "ix_conversions_unfinished",
        "conversions",
        ["status", "requested_sequence"],
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    for key in ("pdf_key", "thumbnail_key"):
        op.create_index(f"ix_conversions_{key}", "conversions", [key], postgresql_where=sa.text(f"{key} IS NOT NULL"))


def _create_media_events() -> None:
    op.create_table(
        "media_events",
        sa.Column("sequence", sa.BigInteger, autoincrement=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("event_type", sa.String, nullable=False),
        sa.Column("media_id", sa.Uuid, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String),
        sa.Column("occurred_at", _TIME, nullable=False),
        sa.Column("attempt", sa.Integer),
        sa.Column("worker", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("message", sa.String),
        sa.PrimaryKeyConstraint("sequence", name="pk_media_events"),
        sa.UniqueConstraint("event_id", name="uq_media_events_event_id"),
    )
    op.create_index("ix_media_events_media_id_sequence", "media_events", ["media_id", "sequence"])
