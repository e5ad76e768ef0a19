"""The options of a conversion's PDF, also in the view: the gateway may request the PDF again."""

import sqlalchemy as sa
from alembic import op

from infoscreen.catalog.projection.player_view import player_view
from infoscreen.common.read_model import GATEWAY_ROLE

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column with a default, so that a projector of the previous revision can still insert."""
    op.add_column("conversions", sa.Column("profile", sa.String, nullable=False, server_default="default"))
    op.execute(player_view(revision))


def downgrade() -> None:
    """Drop it; what was made with options is then taken for made without."""
    op.execute("DROP VIEW player_view")  # columns can only be added in place
    op.execute(player_view(down_revision))
    op.execute(f"GRANT SELECT ON player_view TO {GATEWAY_ROLE}")
    op.drop_column("conversions", "profile")
