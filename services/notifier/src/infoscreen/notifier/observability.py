"""The notifier's own metrics."""

from prometheus_client import Counter

DELIVERIES = Counter(
    "infoscreen_notifier_deliveries_total",
    "Attempts at deliveries, by kind of channel and outcome.",
    ["kind", "outcome"],
)
