"""Logs as events with facts, and the metrics every service has."""

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

from infoscreen.common.settings import LogSettings
from infoscreen.common.tracing import add_trace_id
from infoscreen.common.version import VERSION

MESSAGES = Counter(
    "infoscreen_messages_total", "Messages handled, by durable consumer and outcome.", ["durable", "outcome"]
)
MESSAGE_SECONDS = Histogram(
    "infoscreen_message_duration_seconds",
    "Time from receiving a message to acknowledging it.",
    ["durable"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
)
CONSUMPTION_PAUSED = Gauge(
    "infoscreen_consumption_paused", "1 from when most messages became dead letters until one is acknowledged again."
)
PUBLISHED = Counter("infoscreen_events_published_total", "Events published and confirmed, by type.", ["type"])
PUBLISH_RETRIES = Counter("infoscreen_publish_retries_total", "Publishes that were not confirmed at once.")
HTTP_SECONDS = Histogram(
    "infoscreen_http_request_duration_seconds",
    "Time from the head of a request to the end of its answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
NATS_ERRORS = Counter("infoscreen_nats_errors_total", "Asynchronous errors of the NATS connection.")
NATS_REFUSALS = Counter("infoscreen_nats_refusals_total", "Subjects that NATS did not let this service use.")
CHECK_OK = Gauge("infoscreen_check_ok", "1 where the last check of a dependency went well, by its name.", ["check"])
BUILD = Gauge("infoscreen_build_info", "1, with the version that runs.", ["version"])
BUILD.labels(VERSION).set(1)
_PLAIN = structlog.dev.plain_traceback
"""Never with local variables, as the default has them where rich is installed: they hold tokens, rows and bodies."""


def configure_logging(service: str, settings: LogSettings) -> None:
    """Send structlog and the standard library's loggers to stdout in one format, bound to the service's name.

    structlog writes there itself: the way through the standard library costs a request more than its routing.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_trace_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.format == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=30, exception_formatter=_PLAIN)]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level, force=True)
    for noisy in ("httpx", "httpcore", "uvicorn", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of malformed forms: clients are told
    structlog.contextvars.bind_contextvars(service=service)
