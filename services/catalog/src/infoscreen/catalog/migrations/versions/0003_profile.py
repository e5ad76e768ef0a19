"""With which options a conversion's PDF is made, also for the gateway, which may ask for it again."""

import sqlalchemy as sa
from alembic import op

from infoscreen.catalog.published import player_view
from infoscreen.common.read_model import GATEWAY_ROLE

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, with a default: a projector of the revision before goes on inserting."""
    op.add_column("conversions", sa.Column("profile", sa.String, nullable=False, server_default="default"))
    op.execute(player_view(revision))


def downgrade() -> None:
    """Drop it; what was made with options is then taken for made without."""
    op.execute("DROP VIEW player_view")  # columns can only be added in place
    op.execute(player_view(down_revision))
    op.execute(f"GRANT SELECT ON player_view TO {GATEWAY_ROLE}")
    op.drop_column("conversions", "profile")
