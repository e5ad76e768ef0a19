"""Accounts, passwords, invites and credentials. The service's role may change their rows, and nothing else."""

import sqlalchemy as sa
from alembic import op

from infoscreen.accounts.database import ROLE, SCHEMA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _id_of(table: str, column: str = "account_id", *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(column, sa.Uuid, nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{SCHEMA}.account.id"], f"fk_{table}_{column}_account", ondelete="CASCADE"),
    ]


def upgrade() -> None:
    """Create the tables. Secrets are stored as digests, passwords as Argon2 hashes."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("disabled_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
        schema=SCHEMA,
    )
    op.create_table(
        "password",
        *_id_of("password"),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("account_id", name="pk_password"),
        schema=SCHEMA,
    )
    op.create_table(
        "invite",
        sa.Column("id", sa.Uuid),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.UniqueConstraint("digest", name="uq_invite_digest"),
        schema=SCHEMA,
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid),
        *_id_of("credential"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("last_seen_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sa.UniqueConstraint("digest", name="uq_credential_digest"),
        sa.CheckConstraint("kind IN ('session', 'token')", name=op.f("ck_credential_kind")),
        schema=SCHEMA,
    )
    op.create_index("ix_credential_account_id", "credential", ["account_id"], schema=SCHEMA)
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}")
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.account, {SCHEMA}.password, {SCHEMA}.invite,"
        f" {SCHEMA}.credential TO {ROLE}"
    )


def downgrade() -> None:
    """Drop the tables, with every account."""
    for table in ("credential", "invite", "password", "account"):
        op.drop_table(table, schema=SCHEMA)
