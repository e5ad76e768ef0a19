"""Hints of digests, by which a gateway refuses unknown tokens from memory, and a limit of guesses at a code.

A hint is the beginning of a digest: enough to refuse a token that is certainly unknown, too little for any other use. A
wrong code counts against every code whose digest begins alike; a code withstands 50 of them over all gateways.
"""

import sqlalchemy as sa
from alembic import op

from infoscreen.common.read_model import GATEWAY_ROLE

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_HINTS = """
CREATE FUNCTION player_hints() RETURNS TABLE (token_hint text, code_hint text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT left(p.token_sha256, 16),
           CASE WHEN p.code_expires_at > now() AND p.revoked_at IS NULL AND p.code_guesses < 50
                THEN left(p.code_sha256, 5) END
    FROM players p
$$"""
_ENROL = """
CREATE OR REPLACE FUNCTION player_enrol(code_digest text, token_digest text)
RETURNS TABLE (player_id uuid, name text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH guessed AS (
        UPDATE players p SET code_guesses = p.code_guesses + 1
        WHERE left(p.code_sha256, 5) = left(code_digest, 5) AND p.code_sha256 <> code_digest
    ),
    enrolled AS (
        UPDATE players p
        SET token_sha256 = token_digest, enrolled_at = now(), last_seen_at = now(),
            code_sha256 = NULL, code_expires_at = NULL
        WHERE p.code_sha256 = code_digest AND p.code_expires_at > now() AND p.revoked_at IS NULL
              AND p.code_guesses < 50
        RETURNING p.id, p.name
    )
    SELECT e.id, e.name FROM enrolled e CROSS JOIN LATERAL pg_notify('players_changed', e.id::text)
$$"""
_ENROL_BEFORE = """
CREATE OR REPLACE FUNCTION player_enrol(code_digest text, token_digest text)
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
$$"""


def upgrade() -> None:
    """Add the count of guesses and the hints; only the gateway's role may call for them."""
    op.add_column("players", sa.Column("code_guesses", sa.Integer, nullable=False, server_default="0"))
    op.execute(_ENROL)
    op.execute(_HINTS)
    op.execute("REVOKE ALL ON FUNCTION player_hints() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION player_hints() TO {GATEWAY_ROLE}")


def downgrade() -> None:
    """Count no guesses."""
    op.execute("DROP FUNCTION player_hints()")
    op.execute(_ENROL_BEFORE)
    op.drop_column("players", "code_guesses")
