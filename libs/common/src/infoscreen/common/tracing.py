"""One trace from the upload to the screen: W3C trace context in over HTTP and NATS headers, and out again.

It stands on the OpenTelemetry API, which records nothing by itself. With an SDK configured these are its spans;
without one, the ids still travel and are in every log line.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.typing import EventDict

_HEADER = "traceparent"
_tracer = trace.get_tracer("infoscreen")
_propagator = TraceContextTextMapPropagator()


@contextmanager
def traced(name: str, headers: Mapping[str, str] | None = None) -> Iterator[None]:
    """Within the block, a span: of the trace in the headers, else of the current one, else of a new one.

    Args:
        name: of the span; static, so that spans can be grouped.
        headers: of the request or message that asks for the work, with names in lower case.
    """
    parent = _propagator.extract(headers or {}, context.get_current())
    span = _tracer.start_span(name, parent)
    with trace.use_span(span if span.get_span_context().is_valid else _new_trace(), end_on_exit=True):
        yield


def add_trace_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: a line that is logged within a span has its trace's id."""
    current = trace.get_current_span().get_span_context()
    if current.is_valid:
        event["trace_id"] = f"{current.trace_id:032x}"
    return event


def current_traceparent() -> str | None:
    """The trace context for a message that is sent now; None outside of any trace."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(_HEADER)


def _new_trace() -> trace.Span:
    """A new trace that is not recorded: only its ids."""
    ids = trace.SpanContext(
        trace_id=secrets.randbits(128) or 1,
        span_id=secrets.randbits(64) or 1,
        is_remote=False,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.NonRecordingSpan(ids)
