"""A rendition stays shown until the one of another profile is ready: which profile it has, and the view's status."""

import sqlalchemy as sa
from alembic import op

from infoscreen.catalog.projection.player_view import player_view

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a projector of the previous revision leaves it empty and forgets renditions as before."""
    op.add_column("conversions", sa.Column("shown_profile", sa.String))
    op.execute("UPDATE conversions SET shown_profile = profile WHERE pdf_key IS NOT NULL")
    op.execute(player_view(revision))


def downgrade() -> None:
    """Take a medium for what its last request became; its rendition is made again."""
    op.execute(player_view(down_revision))
    op.drop_column("conversions", "shown_profile")
