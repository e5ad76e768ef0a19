"""Links by which an account gets another password: invites that are for an account that there is."""

import sqlalchemy as sa
from alembic import op

from infoscreen.accounts.database import SCHEMA

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the account; invites of the past have none, since they make one."""
    op.add_column("invite", sa.Column("account_id", sa.Uuid), schema=SCHEMA)
    op.create_foreign_key(
        "fk_invite_account_id_account",
        "invite",
        "account",
        ["account_id"],
        ["id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Forget the links for accounts: the previous revision would make new accounts of them."""
    op.execute(f"DELETE FROM {SCHEMA}.invite WHERE account_id IS NOT NULL")  # noqa: S608 - a constant
    op.drop_column("invite", "account_id", schema=SCHEMA)
