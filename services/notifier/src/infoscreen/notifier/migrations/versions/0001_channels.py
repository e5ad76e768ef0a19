"""Channels, conditions and deliveries. The service's role may read and write rows, and change nothing of the schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infoscreen.notifier.database import ROLE, SCHEMA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and let the service's role use them."""
    op.create_table(
        "channels",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_attempt_at", _TIME),
        sa.Column("last_error", sa.String),
        schema=SCHEMA,
    )
    op.create_table(
        "conditions",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("told", sa.Text, comment="The state that people were told of; NULL: of none"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("channel_id", sa.Uuid, sa.ForeignKey(f"{SCHEMA}.channels.id", ondelete="CASCADE"), nullable=False),
        sa.Column("body", postgresql.JSONB, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ended_at", _TIME),
        sa.Column("error", sa.String),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["channel_id", "created_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.channels, {SCHEMA}.conditions TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.deliveries TO {ROLE}")


def downgrade() -> None:
    """Drop the tables, with the channels that people added."""
    for table in ("deliveries", "conditions", "channels"):
        op.drop_table(table, schema=SCHEMA)
