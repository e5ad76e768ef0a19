"""How far a conversion is: the columns, and the view's."""

import sqlalchemy as sa
from alembic import op

from infoscreen.catalog.projection.player_view import player_view

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a projector of the previous revision leaves them empty."""
    op.add_column("conversions", sa.Column("progressed_at", sa.DateTime(timezone=True)))
    op.add_column("conversions", sa.Column("pages_expected", sa.Integer))
    op.add_column("conversions", sa.Column("pages_done", sa.Integer))
    op.add_column("conversions", sa.Column("remaining_seconds", sa.Float))
    op.execute(player_view(revision))


def downgrade() -> None:
    """Take the columns away, and with them those of the view, whose readers have to be of the previous revision."""
    op.execute("DROP VIEW player_view")
    op.execute(player_view(down_revision))
    for name in ("progressed_at", "pages_expected", "pages_done", "remaining_seconds"):
        op.drop_column("conversions", name)
