"""The catalog's own metrics."""

from prometheus_client import Counter, Gauge

APPLIED = Counter("infoscreen_projection_events_total", "Events of the stream applied to the tables.")
POISONED = Counter("infoscreen_projection_poison_events_total", "Messages recorded as poison and passed.")
OFFSET = Gauge("infoscreen_projection_offset", "Stream sequence up to which the tables are.")
LAG = Gauge("infoscreen_projection_lag_events", "Events in the stream that are not applied yet.")
ACTIVE = Gauge("infoscreen_projection_active", "1 where this process projects, 0 where it stands by.")
OVERDUE = Counter(
    "infoscreen_conversions_overdue_total", "Conversions past their deadline, by what was done.", ["action"]
)
COLLECTED = Counter("infoscreen_objects_collected_total", "Objects removed because nothing refers to them.", ["kind"])
MISSING = Counter("infoscreen_objects_missing_total", "Referenced objects that were not stored, by kind.", ["kind"])
