"""Previews of originals that are shown as they are, in the view, and the length of films."""

import sqlalchemy as sa
from alembic import op

from infoscreen.catalog.projection.player_view import player_view

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty, and show with an original what was found when it was looked at."""
    op.add_column("conversions", sa.Column("length_seconds", sa.Float))
    op.execute(player_view(revision))


def downgrade() -> None:
    """Drop it; originals are then shown whatever was found."""
    op.execute(player_view(down_revision))
    op.drop_column("conversions", "length_seconds")
