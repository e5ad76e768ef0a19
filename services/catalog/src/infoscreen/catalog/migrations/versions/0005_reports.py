"""The deck report of a conversion: where it is, and how many findings it has."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: what was converted before has no report."""
    op.add_column("conversions", sa.Column("report_key", sa.String))
    op.add_column("conversions", sa.Column("findings", sa.Integer))


def downgrade() -> None:
    """Drop them; a rebuild brings them back from the stream."""
    op.drop_column("conversions", "findings")
    op.drop_column("conversions", "report_key")
