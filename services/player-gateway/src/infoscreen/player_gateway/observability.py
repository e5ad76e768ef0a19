"""The gateway's own metrics."""

from prometheus_client import Counter, Gauge

LONG_POLLS = Gauge("infoscreen_gateway_long_polls", "Requests that wait for a medium or a manifest to change.")
STALE_SERVED = Counter("infoscreen_gateway_held_served_total", "Answers from memory because the database was away.")
RETRIES_REQUESTED = Counter("infoscreen_gateway_retries_requested_total", "Failed conversions asked for again.")
LISTENING = Gauge("infoscreen_gateway_listening", "1 while the catalog's notifications arrive.")
QUERIES = Counter("infoscreen_gateway_queries_total", "Queries to the catalog's published view and functions.")
