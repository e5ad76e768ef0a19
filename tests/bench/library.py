"""A library of any size, written straight into the catalog's tables: every medium is a deck that was converted."""

import asyncpg

_MEDIA = """
    INSERT INTO media_files (id, filename, media_type, extension, size_bytes, sha256, object_key, uploaded_by, priority,
                             convertible, generation, created_at, uploaded_at)
    SELECT id, format('%s %s of %s.pptx', (ARRAY['Menu', 'Offer', 'Notice', 'Welcome'])[1 + n % 4], n, n % 97),
           'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'pptx', 100000 + n,
           encode(sha256(n::text::bytea), 'hex'), format('originals/%s/%s.pptx', id, md5(n::text)::uuid), 'bench',
           'normal', true, 3 * n - 2, at, at
    FROM (SELECT n, format('01900000-%s-7000-8000-%s', lpad(to_hex(n / 65536), 4, '0'), lpad(to_hex(n), 12, '0'))::uuid
                 AS id, timestamptz '2026-01-01' + n * interval '1 second' AS at
          FROM generate_series(1, $1::int) n) numbered
"""
_CONVERSIONS = """
    INSERT INTO conversions (id, source_file_id, target_format, file_hash, status, generation, priority,
                             requested_sequence, created_at, requested_at, started_at, finished_at, attempts,
                             overdue_requests, worker, engine, pdf_key, pdf_sha256, pdf_size_bytes, pages,
                             thumbnail_key, report_key, findings, duration_seconds, cached, shown_profile)
    SELECT md5(id::text)::uuid, id, 'pdf', sha256, 'ready', generation, 'normal', generation, created_at, created_at,
           created_at, created_at + interval '2 seconds', 1, 0, format('converter-%s', generation % 8), 'libreoffice',
           format('converted/%s/%s.pdf', sha256, id), sha256, 50000, 12, format('converted/%s/%s.webp', sha256, id),
           format('converted/%s/%s.report.json', sha256, id), 0, 2 + generation % 7, false, 'default'
    FROM media_files
"""
_EVENTS = """
    INSERT INTO media_events (sequence, event_id, event_type, media_id, generation, status, occurred_at, attempt,
                              worker)
    SELECT generation + step, format('%s-%s', id, step),
           (ARRAY['media.uploaded', 'conversion.started', 'conversion.succeeded'])[step + 1], id, generation,
           (ARRAY['pending', 'processing', 'ready'])[step + 1], created_at + step * interval '1 second',
           nullif(sign(step), 0)::int, CASE WHEN step > 0 THEN format('converter-%s', generation % 8) END
    FROM media_files CROSS JOIN generate_series(0, 2) step
"""


async def fill(database_url: str, amount: int) -> None:
    """Write so many media with their conversions and events into empty tables; the stream knows nothing of them."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET synchronous_commit = off")
        for statement, values in ((_MEDIA, (amount,)), (_CONVERSIONS, ()), (_EVENTS, ())):
            await connection.execute(statement, *values, timeout=None)
        await connection.execute("VACUUM ANALYZE", timeout=None)
    finally:
        await connection.close()
