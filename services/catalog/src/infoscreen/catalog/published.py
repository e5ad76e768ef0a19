"""What the catalog publishes to the player gateway inside Postgres: the view it reads, as it is now.

Its columns are a contract: they are only ever added, at the end, each time by a migration. It is defined here as well,
because a rebuild swaps the tables below it and defines it again.
"""

PLAYER_VIEW = """
CREATE OR REPLACE VIEW player_view AS
SELECT
    m.id AS media_id,
    m.generation,
    m.filename,
    m.media_type,
    m.convertible,
    m.sha256,
    m.size_bytes,
    m.object_key,
    m.uploaded_at,
    CASE WHEN m.convertible THEN c.status::text ELSE 'not_needed' END AS status,
    c.id AS conversion_id,
    c.priority,
    c.requested_sequence,
    c.requested_at,
    c.started_at,
    c.finished_at,
    c.attempts,
    c.reason,
    c.message,
    c.retryable,
    c.pdf_key,
    c.pdf_sha256,
    c.pdf_size_bytes,
    c.pages,
    c.thumbnail_key,
    c.duration_seconds,
    c.status AS conversion_status,
    c.profile
FROM media_files m
LEFT JOIN conversions c
    ON c.source_file_id = m.id AND c.target_format = 'pdf' AND c.file_hash = m.sha256 AND c.status <> 'obsolete'
WHERE m.deleted_at IS NULL
"""
