"""The catalog's own metrics."""

from prometheus_client import Counter, Gauge

APPLIED = Counter("infoscreen_projection_events_total", "Events of the stream applied to the tables.")
POISONED = Counter("infoscreen_projection_poison_events_total", "Messages recorded as poison and passed.")
NEWER = Counter("infoscreen_projection_newer_events_total", "Tries at an event that only a newer release understands.")
OFFSET = Gauge("infoscreen_projection_offset", "Stream sequence up to which the tables have applied the stream.")
LAG = Gauge("infoscreen_projection_lag_events", "Events in the stream that are not applied yet.")
ACTIVE = Gauge("infoscreen_projection_active", "1 where this process projects, 0 where it stands by.")
CONVERSIONS = Gauge("infoscreen_conversions", "Conversions that are not obsolete, by status.", ["status"])
OLDEST_PENDING_SECONDS = Gauge(
    "infoscreen_conversions_oldest_pending_seconds", "How long the conversion that waits longest has waited."
)
PLAYERS = Gauge(
    "infoscreen_players", "Players that are not revoked: waiting to be set up, online, gone for a while.", ["state"]
)
DATABASE_BYTES = Gauge("infoscreen_database_bytes", "Size of the database.", ["database"])
STREAM_BYTES = Gauge("infoscreen_stream_bytes", "Size of a stream.", ["stream"])
STREAM_MAX_BYTES = Gauge("infoscreen_stream_max_bytes", "What a stream may take; it then refuses messages.", ["stream"])
WAITING_MESSAGES = Gauge("infoscreen_consumer_waiting_messages", "Not delivered yet, by durable consumer.", ["durable"])
UNACKNOWLEDGED_MESSAGES = Gauge(
    "infoscreen_consumer_unacknowledged_messages", "Delivered and not acknowledged, by durable consumer.", ["durable"]
)
OVERDUE = Counter(
    "infoscreen_conversions_overdue_total", "Conversions past their deadline, by what was done.", ["action"]
)
COLLECTED = Counter("infoscreen_objects_collected_total", "Objects removed because nothing refers to them.", ["kind"])
MISSING = Counter("infoscreen_objects_missing_total", "Referenced objects that were not stored, by kind.", ["kind"])
EVENT_STREAMS = Gauge("infoscreen_event_streams", "Event streams that are open.")

# Counters that are there as 0 before they first count.
for action in ("conversion.requested", "conversion.failed"):
    OVERDUE.labels(action)
MISSING.labels("converted")
