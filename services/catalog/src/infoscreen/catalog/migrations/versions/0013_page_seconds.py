"""The timings of a deck: the column, and the view's."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infoscreen.catalog.projection.player_view import player_view

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a projector of the previous revision leaves it empty."""
    op.add_column("conversions", sa.Column("page_seconds", JSONB))
    op.execute(player_view(revision))


def downgrade() -> None:
    """Take the column away, and with it that of the view, whose readers have to be of the previous revision."""
    op.execute("DROP VIEW player_view")
    op.execute(player_view(down_revision))
    op.drop_column("conversions", "page_seconds")
