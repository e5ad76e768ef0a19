"""Which media the programme of any screen names."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TextualSelect, Uuid, bindparam, column, text

_ON_SCREENS = """
WITH live AS (
    SELECT p.id, own.id AS own_id, m.group_id,
           EXISTS (SELECT FROM playlist_items i WHERE i.playlist_id = own.id) AS has_own
    FROM players p
    JOIN playlists own ON own.owner_player_id = p.id
    LEFT JOIN group_members m ON m.player_id = p.id
    WHERE p.revoked_at IS NULL
), lists AS (
    SELECT own_id AS id FROM live
    UNION SELECT g.default_playlist_id FROM live l JOIN screen_groups g ON g.id = l.group_id WHERE NOT l.has_own
    UNION SELECT e.playlist_id FROM schedule_entries e WHERE e.enabled AND EXISTS (
        SELECT FROM live l WHERE e.player_id = l.id OR e.group_id = l.group_id
                                 OR (e.player_id IS NULL AND e.group_id IS NULL))
)
SELECT i.media_id FROM playlist_items i JOIN lists ON lists.id = i.playlist_id
UNION SELECT o.media_id FROM overrides o
WHERE o.media_id IS NOT NULL AND o.ended_at IS NULL AND o.until > :now
  AND EXISTS (SELECT FROM live l WHERE o.group_id IS NULL OR o.group_id = l.group_id)
"""


def media_on_screens(now: datetime) -> TextualSelect:
    """Select the ids of the media that screens are to show, at whatever hour, as the receipt of each counts them."""
    return text(_ON_SCREENS).bindparams(bindparam("now", now)).columns(column("media_id", Uuid[UUID]()))
