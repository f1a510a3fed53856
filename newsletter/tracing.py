"""Spans of OpenTelemetry, for those who want them: a plan, a batch, a chunk on the wire, a notice, a request.

Nothing of it is imported unless NEWSLETTER_TRACING asks for it; the variables of its SDK (`OTEL_...`) say where spans go. Spans hold
ids and routes, never addresses, paths or what an exception says (law 8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from newsletter.errors import InputError

Facts = Mapping[str, str | int]
Add = Callable[[Facts], None]


def _add_nothing(_facts: Facts) -> None:
    """Nobody is told."""


_NOTHING: AbstractContextManager[Add] = nullcontext(_add_nothing)
_tracer: Any = None


def span(name: str, facts: Facts) -> AbstractContextManager[Add]:
    """Time what happens inside; what is yielded adds facts that are known later. Costs a comparison where nobody traces."""
    return _NOTHING if _tracer is None else _traced(_tracer, name, facts)


def begin() -> None:
    """Make spans in this process from now on, and send them where `OTEL_EXPORTER_OTLP_ENDPOINT` says. Raises InputError."""
    if _tracer is not None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise InputError(
            f"tracing needs a package that is not installed: {error.name}",
            where="NEWSLETTER_TRACING",
            remedy='pip install "newsletter[tracing]"',
        ) from None
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource

    name = Resource({SERVICE_NAME: "newsletter"}).merge(
        OTELResourceDetector().detect()
    )  # OTEL_SERVICE_NAME goes before
    provider = TracerProvider(resource=name)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)


def use(provider: Any) -> None:
    """Make spans by this provider; none of them when it is None."""
    global _tracer  # noqa: PLW0603 - one of a process, as the SDK has it
    _tracer = provider and provider.get_tracer("newsletter")


@contextmanager
def _traced(tracer: Any, name: str, facts: Facts) -> Iterator[Add]:
    from opentelemetry.trace import StatusCode

    # Neither the words of an exception nor its trace: they may hold an address.
    quietly = {"record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, attributes=dict(facts), **quietly) as each:
        try:
            yield each.set_attributes
        except BaseException as error:
            each.set_attribute("error.type", type(error).__name__)
            each.set_status(StatusCode.ERROR)
            raise
