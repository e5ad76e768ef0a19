"""The tables of the programme, and the functions through which the gateway reads and reports what concerns a screen.

Every player gets a playlist of its own, with what was assigned to it so far. `player_media` stays, and the catalog goes
on writing it, so that the version before runs on this schema.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infoscreen.catalog.migrations.programme_functions import (
    BEFORE,
    FUNCTIONS,
    INTERNAL,
    OWN_LIST,
    OWN_LIST_TRIGGER,
)
from infoscreen.common.read_model import GATEWAY_ROLE

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_TABLES = (
    "audit",
    "played_items",
    "player_snapshots",
    "player_commands",
    "overrides",
    "schedule_entries",
    "group_members",
    "screen_groups",
    "playlist_items",
    "playlists",
)
_OWN_LISTS = """
INSERT INTO playlists (id, name, owner_player_id, created_at)
SELECT gen_random_uuid(), name, id, created_at FROM players
"""
_OWN_ITEMS = """
INSERT INTO playlist_items (id, playlist_id, position, media_id, deck_timings)
SELECT gen_random_uuid(), l.id, m.position, m.media_id, true
FROM player_media m JOIN playlists l ON l.owner_player_id = m.player_id
"""


def upgrade() -> None:
    """Create the tables, give each player its own list, and let only the gateway's role call the functions."""
    _create_playlists()
    _create_groups()
    _create_schedule()
    _create_what_players_tell()
    op.execute(_OWN_LISTS)
    op.execute(_OWN_ITEMS)
    op.execute(OWN_LIST)
    op.execute(OWN_LIST_TRIGGER)
    for signature, definition in (INTERNAL | FUNCTIONS).items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    for signature in FUNCTIONS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {GATEWAY_ROLE}")


def downgrade() -> None:
    """Drop the programme; each player shows its own list."""
    for signature, definition in BEFORE.items():
        op.execute(definition)
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {GATEWAY_ROLE}")
    for signature in [name for name in (*FUNCTIONS, *reversed(INTERNAL)) if name not in BEFORE]:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TRIGGER player_gets_own_list ON players")
    op.execute("DROP FUNCTION player_gets_own_list()")
    for table in _TABLES:
        op.drop_table(table)


def _create(
    name: str, *columns: sa.Column[object], key: tuple[str, ...] = ("id",), **references: tuple[str, bool]
) -> None:
    """Create a table; each reference is a column's target and whether rows go with it. Names follow the convention."""
    foreign = [
        sa.ForeignKeyConstraint(
            [column],
            [f"{target}.id"],
            name=f"fk_{name}_{column}_{target}",
            ondelete="CASCADE" if goes_with_it else None,
        )
        for column, (target, goes_with_it) in references.items()
    ]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), *foreign)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _create_playlists() -> None:
    _create(
        "playlists",
        sa.Column("id", sa.Uuid),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner_player_id", sa.Uuid),
        sa.Column("created_at", _TIME, nullable=False),
        owner_player_id=("players", True),
    )
    op.create_unique_constraint("uq_playlists_owner_player_id", "playlists", ["owner_player_id"])
    _create(
        "playlist_items",
        sa.Column("id", sa.Uuid),
        sa.Column("playlist_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("media_id", sa.Uuid, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("deck_timings", sa.Boolean, nullable=False),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        playlist_id=("playlists", True),
    )
    _index("playlist_items", "playlist_id", "position")
    _index("playlist_items", "media_id")


def _create_groups() -> None:
    _create(
        "screen_groups",
        sa.Column("id", sa.Uuid),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("timezone", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("default_playlist_id", sa.Uuid),
        sa.Column("hours", postgresql.JSONB, nullable=False),
        sa.Column("orientation", sa.String, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        default_playlist_id=("playlists", False),
    )
    _index("screen_groups", "default_playlist_id")
    _create(
        "group_members",
        sa.Column("player_id", sa.Uuid),
        sa.Column("group_id", sa.Uuid, nullable=False),
        key=("player_id",),
        player_id=("players", True),
        group_id=("screen_groups", False),
    )
    _index("group_members", "group_id")


def _create_schedule() -> None:
    _create(
        "schedule_entries",
        sa.Column("id", sa.Uuid),
        sa.Column("group_id", sa.Uuid),
        sa.Column("player_id", sa.Uuid),
        sa.Column("playlist_id", sa.Uuid, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("starts", sa.String, nullable=False),
        sa.Column("ends", sa.String),
        sa.Column("except_days", postgresql.ARRAY(sa.Date), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        group_id=("screen_groups", False),
        player_id=("players", True),
        playlist_id=("playlists", False),
    )
    op.create_check_constraint(
        "ck_schedule_entries_one_target", "schedule_entries", "group_id IS NULL OR player_id IS NULL"
    )
    for column in ("group_id", "player_id", "playlist_id"):
        _index("schedule_entries", column)
    _create(
        "overrides",
        sa.Column("id", sa.Uuid),
        sa.Column("group_id", sa.Uuid),
        sa.Column("media_id", sa.Uuid),
        sa.Column("text", sa.String),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("ended_at", _TIME),
        group_id=("screen_groups", False),
    )
    op.create_check_constraint("ck_overrides_shows_something", "overrides", "media_id IS NOT NULL OR text IS NOT NULL")
    _index("overrides", "until")
    _index("overrides", "group_id")
    _create(
        "audit",
        sa.Column("id", sa.Uuid),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("subject", sa.Uuid, nullable=False),
        sa.Column("before", postgresql.JSONB),
        sa.Column("after", postgresql.JSONB),
    )
    _index("audit", "at")


def _create_what_players_tell() -> None:
    _create(
        "player_commands",
        sa.Column("id", sa.Uuid),
        sa.Column("player_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME),
        player_id=("players", True),
    )
    _index("player_commands", "player_id", "expires_at")
    _create(
        "player_snapshots",
        sa.Column("player_id", sa.Uuid),
        sa.Column("wanted_until", _TIME),
        sa.Column("taken_at", _TIME),
        sa.Column("media_type", sa.String),
        sa.Column("picture", sa.LargeBinary),
        key=("player_id",),
        player_id=("players", True),
    )
    _create(
        "played_items",
        sa.Column("player_id", sa.Uuid),
        sa.Column("day", sa.Date),
        sa.Column("item_id", sa.Uuid),
        sa.Column("media_id", sa.Uuid),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        key=("player_id", "day", "item_id", "media_id"),
        player_id=("players", True),
    )
    _index("played_items", "day")
    _index("played_items", "media_id")
