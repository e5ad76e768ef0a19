"""The functions that revision 0010 offers to the gateway, with the ones that they use.

What concerns one screen (`player_screen`) is read apart from what concerns a whole group (`player_programme`), so that
a change of a group with a thousand screens costs a gateway one read. Each runs as its owner.
"""

INTERNAL = {
    "programme_playlists(uuid[])": """
CREATE FUNCTION programme_playlists(wanted uuid[]) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(p.id, (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'item', i.id, 'media_id', i.media_id, 'seconds', i.seconds, 'deck_timings', i.deck_timings,
            'first_day', i.first_day, 'last_day', i.last_day) ORDER BY i.position), '[]')
        FROM playlist_items i WHERE i.playlist_id = p.id)), '{}')
    FROM playlists p WHERE p.id = ANY (wanted)
$$""",
    "programme_entry(schedule_entries)": """
CREATE FUNCTION programme_entry(e schedule_entries) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'id', e.id, 'playlist', e.playlist_id, 'priority', e.priority, 'position', e.position,
        'weekdays', e.weekdays, 'starts', e.starts, 'ends', e.ends, 'first_day', e.first_day, 'last_day', e.last_day,
        'except_days', e.except_days)
$$""",
}
"""Used by the others; the gateway's role may not call these."""

OWN_LIST = """
CREATE FUNCTION player_gets_own_list() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO playlists (id, name, owner_player_id, created_at)
    VALUES (gen_random_uuid(), NEW.name, NEW.id, NEW.created_at);
    RETURN NEW;
END
$$"""
OWN_LIST_TRIGGER = """
CREATE TRIGGER player_gets_own_list AFTER INSERT ON players FOR EACH ROW EXECUTE FUNCTION player_gets_own_list()
"""
"""Also the version before creates players with a list, while it still runs."""

FUNCTIONS = {
    "player_screen(text)": """
CREATE FUNCTION player_screen(token_digest text)
RETURNS TABLE (player_id uuid, name text, revoked boolean, group_id uuid, screen jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.name, p.revoked_at IS NOT NULL, m.group_id, jsonb_build_object(
        'own', own.id,
        'playlists', programme_playlists(array_append(
            ARRAY(SELECT e.playlist_id FROM schedule_entries e WHERE e.player_id = p.id AND e.enabled), own.id)),
        'entries', coalesce((
            SELECT jsonb_agg(programme_entry(e)) FROM schedule_entries e WHERE e.player_id = p.id AND e.enabled), '[]'),
        'commands', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'expires_at', c.expires_at)
                             ORDER BY c.created_at, c.id)
            FROM player_commands c WHERE c.player_id = p.id AND c.done_at IS NULL AND c.expires_at > now()), '[]'),
        'snapshot_until', s.wanted_until)
    FROM players p
    JOIN playlists own ON own.owner_player_id = p.id
    LEFT JOIN group_members m ON m.player_id = p.id
    LEFT JOIN player_snapshots s ON s.player_id = p.id
    WHERE p.token_sha256 = token_digest
$$""",
    "player_programme(uuid)": """
CREATE FUNCTION player_programme(wanted_group uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH entries AS (
        SELECT e AS entry, e.playlist_id FROM schedule_entries e
        WHERE e.enabled AND e.player_id IS NULL AND (e.group_id IS NULL OR e.group_id = wanted_group)
    )
    SELECT coalesce((
        SELECT jsonb_build_object('timezone', g.timezone, 'language', g.language, 'default', g.default_playlist_id,
                                  'hours', g.hours, 'orientation', g.orientation)
        FROM screen_groups g WHERE g.id = wanted_group), '{}')
    || jsonb_build_object(
        'entries', coalesce((SELECT jsonb_agg(programme_entry(x.entry)) FROM entries x), '[]'),
        'playlists', programme_playlists(ARRAY(
            SELECT x.playlist_id FROM entries x
            UNION SELECT g.default_playlist_id FROM screen_groups g WHERE g.id = wanted_group)),
        'overrides', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', o.id, 'media_id', o.media_id, 'text', o.text, 'until', o.until)
                             ORDER BY o.created_at DESC, o.id DESC)
            FROM overrides o WHERE o.ended_at IS NULL AND o.until > now()
                                   AND (o.group_id IS NULL OR o.group_id = wanted_group)), '[]'))
$$""",
    "player_report(uuid, jsonb)": """
CREATE OR REPLACE FUNCTION player_report(reporting_player uuid, new_report jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH reporting AS (
        UPDATE players SET report = new_report - 'played', reported_at = now(), last_seen_at = now()
        WHERE id = reporting_player AND revoked_at IS NULL RETURNING id
    ),
    done AS (
        UPDATE player_commands c SET done_at = now() FROM reporting r
        WHERE c.player_id = r.id AND c.done_at IS NULL AND new_report -> 'commands_done' ? c.id::text
        RETURNING c.player_id
    ),
    played AS (
        INSERT INTO played_items AS p (player_id, day, item_id, media_id, times, seconds)
        SELECT DISTINCT ON (n.day, n.item, n.media_id) r.id, n.day, n.item, n.media_id, n.times, n.seconds
        FROM reporting r, jsonb_to_recordset(coalesce(new_report -> 'played', '[]'))
             AS n (day date, item uuid, media_id uuid, times integer, seconds double precision)
        ON CONFLICT (player_id, day, item_id, media_id) DO UPDATE
        SET times = greatest(p.times, excluded.times), seconds = greatest(p.seconds, excluded.seconds)
    )
    SELECT pg_notify('programmes_changed', 'player:' || d.player_id) FROM (SELECT DISTINCT player_id FROM done) d
$$""",
    "player_snapshot_put(uuid, text, bytea)": """
CREATE FUNCTION player_snapshot_put(seen_player uuid, seen_type text, seen bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO player_snapshots AS s (player_id, taken_at, media_type, picture)
    SELECT p.id, now(), seen_type, seen FROM players p WHERE p.id = seen_player AND p.revoked_at IS NULL
    ON CONFLICT (player_id) DO UPDATE
    SET taken_at = excluded.taken_at, media_type = excluded.media_type, picture = excluded.picture
$$""",
    "player_snapshot_get(uuid)": """
CREATE FUNCTION player_snapshot_get(wanted_player uuid)
RETURNS TABLE (taken_at timestamptz, media_type text, picture bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.taken_at, s.media_type, s.picture
    FROM players p LEFT JOIN player_snapshots s ON s.player_id = p.id WHERE p.id = wanted_player
$$""",
    "player_snapshot_want(uuid, timestamptz)": """
CREATE FUNCTION player_snapshot_want(wanted_player uuid, new_until timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH wanted AS (
        INSERT INTO player_snapshots AS s (player_id, wanted_until)
        SELECT p.id, new_until FROM players p WHERE p.id = wanted_player AND p.revoked_at IS NULL
        ON CONFLICT (player_id) DO UPDATE SET wanted_until = excluded.wanted_until
        WHERE s.wanted_until IS NULL OR s.wanted_until < excluded.wanted_until - interval '30 seconds'
        RETURNING player_id
    )
    SELECT pg_notify('programmes_changed', 'player:' || w.player_id) FROM wanted w
$$""",
}
"""What the gateway's role may call."""

BEFORE = {
    "player_report(uuid, jsonb)": """
CREATE OR REPLACE FUNCTION player_report(reporting_player uuid, new_report jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE players SET report = new_report, reported_at = now(), last_seen_at = now()
    WHERE id = reporting_player AND revoked_at IS NULL
$$"""
}
"""What a downgrade puts back."""
