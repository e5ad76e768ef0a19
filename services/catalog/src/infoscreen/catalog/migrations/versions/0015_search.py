"""Indexes for a search in large libraries, and for the order by name, which titles changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_IS_THERE = "deleted_at IS NULL AND trashed_at IS NULL"
_GRAMS = """
CREATE FUNCTION text_grams(value text, size int) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(lower(value), i, size)), '{}')
    FROM generate_series(1, length(lower(value)) - size + 1) AS i
$$"""
_MEDIA_GRAMS = """
CREATE FUNCTION media_grams(title text, filename text, tags jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
    SELECT public.text_grams(words.value, 2) || public.text_grams(words.value, 3)
    FROM (
        SELECT concat_ws(E'\\n', title, filename, string_agg(tag, E'\\n')) FROM jsonb_array_elements_text(tags) AS tag
    ) AS words (value)
$$"""


def upgrade() -> None:
    """Add the index of n-grams (pg_trgm is not with every Postgres)."""
    op.execute(_GRAMS)
    op.execute(_MEDIA_GRAMS)
    op.create_index(
        "ix_media_files_grams",
        "media_files",
        [sa.text("media_grams(title, filename, tags)")],
        postgresql_using="gin",
        postgresql_where=sa.text(_IS_THERE),
    )
    _index_names("coalesce(title, filename)")


def downgrade() -> None:
    """Remove them; a search of the version before reads every medium."""
    _index_names("filename")
    op.drop_index("ix_media_files_grams", "media_files")
    op.execute("DROP FUNCTION media_grams(text, text, jsonb)")
    op.execute("DROP FUNCTION text_grams(text, int)")


def _index_names(name: str) -> None:
    op.drop_index("ix_media_files_name", "media_files")
    key = sa.text(f'lower(normalize({name}, NFKD) COLLATE "C")')
    op.create_index("ix_media_files_name", "media_files", [key, "id"], postgresql_where=sa.text(_IS_THERE))
