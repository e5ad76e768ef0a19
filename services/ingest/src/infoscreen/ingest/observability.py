"""Ingest's own metrics."""

from prometheus_client import Counter, Gauge

UPLOADS = Counter("infoscreen_uploads_total", "Uploads acknowledged, by what became of their event.", ["outcome"])
UPLOADED_BYTES = Counter("infoscreen_uploaded_bytes_total", "Bytes of acknowledged uploads.")
PARKED = Gauge("infoscreen_outbox_events", "Events that wait in the bucket for NATS.")
ORPHANS = Counter("infoscreen_ingest_orphans_removed_total", "What uploads that came to nothing had left.", ["kind"])
