"""Who owns a medium."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was uploaded before has no owner, so that only editors change it."""
    op.add_column("media_files", sa.Column("owner", sa.String))


def downgrade() -> None:
    """Forget who owns what in the table; the stream still says so."""
    op.drop_column("media_files", "owner")
