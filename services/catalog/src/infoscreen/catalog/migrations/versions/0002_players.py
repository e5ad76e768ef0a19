"""The tables of players, the functions through which the gateway reads them, and the column it estimates by.

The functions run as their owner, and the gateway's role may only call them: it cannot list players, read a digest, or
change any other row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infoscreen.catalog.projection.player_view import player_view
from infoscreen.common.read_model import GATEWAY_ROLE

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


_FUNCTIONS = {
    "player_find(text)": """
CREATE FUNCTION player_find(token_digest text)
RETURNS TABLE (player_id uuid, name text, revoked boolean, media_ids uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.name, p.revoked_at IS NOT NULL,
           ARRAY(SELECT a.media_id FROM player_media a WHERE a.player_id = p.id ORDER BY a.position)
    FROM players p WHERE p.token_sha256 = token_digest
$$""",
    "player_enrol(text, text)": """
CREATE FUNCTION player_enrol(code_digest text, token_digest text)
RETURNS TABLE (player_id uuid, name text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH enrolled AS (
        UPDATE players p
        SET token_sha256 = token_digest, enrolled_at = now(), last_seen_at = now(),
            code_sha256 = NULL, code_expires_at = NULL
        WHERE p.code_sha256 = code_digest AND p.code_expires_at > now() AND p.revoked_at IS NULL
        RETURNING p.id, p.name
    )
    SELECT e.id, e.name FROM enrolled e CROSS JOIN LATERAL pg_notify('players_changed', e.id::text)
$$""",
    "player_report(uuid, jsonb)": """
CREATE FUNCTION player_report(reporting_player uuid, new_report jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE players SET report = new_report, reported_at = now(), last_seen_at = now()
    WHERE id = reporting_player AND revoked_at IS NULL
$$""",
    "player_seen(uuid[])": """
CREATE FUNCTION player_seen(player_ids uuid[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE players SET last_seen_at = now() WHERE id = ANY (player_ids) AND revoked_at IS NULL
$$""",
}


def upgrade() -> None:
    """Create the tables and the functions; only the gateway's role may call them."""
    op.create_table(
        "players",
        sa.Column("id", sa.Uuid),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("token_sha256", sa.String, nullable=False),
        sa.Column("code_sha256", sa.String),
        sa.Column("code_expires_at", _TIME),
        sa.Column("enrolled_at", _TIME),
        sa.Column("revoked_at", _TIME),
        sa.Column("last_seen_at", _TIME),
        sa.Column("report", postgresql.JSONB),
        sa.Column("reported_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_players"),
        sa.UniqueConstraint("token_sha256", name="uq_players_token_sha256"),
        sa.UniqueConstraint("code_sha256", name="uq_players_code_sha256"),
    )
    op.create_table(
        "player_media",
        sa.Column("player_id", sa.Uuid),
        sa.Column("media_id", sa.Uuid),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("player_id", "media_id", name="pk_player_media"),
        sa.ForeignKeyConstraint(
            ["player_id"], ["players.id"], name="fk_player_media_player_id_players", ondelete="CASCADE"
        ),
    )
    op.execute(player_view(revision))
    for signature, definition in _FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {GATEWAY_ROLE}")


def downgrade() -> None:
    """Drop the players; they have to be enrolled anew."""
    for signature in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.drop_table("player_media")
    op.drop_table("players")
    op.execute("DROP VIEW player_view")  # columns can only be added in place
    op.execute(player_view(down_revision))
    op.execute(f"GRANT SELECT ON player_view TO {GATEWAY_ROLE}")
