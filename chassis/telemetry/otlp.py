"""Spans on OpenTelemetry's SDK, sent by OTLP over HTTP in the background; a lost span holds nobody up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from threading import Thread
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_HEADER = "traceparent"
_SEND_SECONDS = 5
_LAST_SECONDS = 3.0  # what is left goes out when the process ends, but does not keep it
_W3C = TraceContextTextMapPropagator()
# Of the records being handled: the span of each trace they belong to.
_handled: ContextVar[Mapping[str, Span]] = ContextVar("handled", default={})  # noqa: B039 - nobody changes it

Facts = Mapping[str, str | float]


@contextmanager
def otlp_traces(address: str, services: Sequence[str]) -> Iterator["OtlpTraces"]:
    """`address` is a collector's, such as http://collector:4318, or that of its traces, path included."""
    endpoint = address if urlsplit(address).path.strip("/") else f"{address.rstrip('/')}/v1/traces"
    resource = Resource({"service.namespace": "rcdm", "service.name": " ".join(services)})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=_SEND_SECONDS)))
    try:
        yield OtlpTraces(provider.get_tracer("rcdm"))
    finally:
        last = Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(_LAST_SECONDS)


class OtlpTraces:
    """What chassis/telemetry/tracing.py asks for."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def step(self, name: str, facts: Facts) -> Iterator[None]:
        # Only requests begin a trace: a step on its own would be one of thousands nobody looks for.
        if trace.get_current_span().get_span_context().is_valid:
            with self._current(self._tracer.start_span(name, attributes=facts)):
                yield
        else:
            yield

    def note(self, facts: Facts) -> None:
        trace.get_current_span().set_attributes(facts)

    def carried(self) -> dict[str, str]:
        found: dict[str, str] = {}
        _W3C.inject(found)
        # A caller's tracestate may hold anything: it goes no further.
        return {_HEADER: found[_HEADER]} if _HEADER in found else {}

    def trace_id(self) -> str:
        context = trace.get_current_span().get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else ""

    @contextmanager
    def request(self, headers: Mapping[str, str]) -> Iterator[Callable[[str, Facts], None]]:
        """Yields what gives the span its name and facts."""
        span = self._tracer.start_span("request", context=_context(headers), kind=SpanKind.SERVER)

        def describe(name: str, facts: Facts) -> None:
            span.update_name(name)
            span.set_attributes(facts)

        with self._current(span):
            yield describe

    @contextmanager
    def handling(self, name: str, headers: Sequence[Mapping[str, str]], facts: Facts) -> Iterator[None]:
        said = [one.get(_HEADER, "") for one in headers]
        spans = {
            parent: self._tracer.start_span(
                name, context=_context({_HEADER: parent}), kind=SpanKind.CONSUMER, attributes=facts
            )
            for parent in dict.fromkeys(said)
            if parent
        }
        with ExitStack() as stack:
            for span in spans.values():
                stack.enter_context(_ended(span))
            if len(set(said)) == 1 and spans:  # all of it is about one trace
                stack.enter_context(_use(spans[said[0]]))
            token = _handled.set(spans)
            try:
                yield
            finally:
                _handled.reset(token)

    def within(self, headers: Mapping[str, str]) -> AbstractContextManager[object]:
        span = _handled.get().get(headers.get(_HEADER, ""))
        return _use(span) if span else nullcontext()

    @contextmanager
    def _current(self, span: Span) -> Iterator[None]:
        with _ended(span), _use(span):
            yield


@contextmanager
def _ended(span: Span) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # Never the error's text, which the SDK would keep: it may quote a name.
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        span.end()


def _use(span: Span) -> AbstractContextManager[object]:
    return trace.use_span(span, record_exception=False, set_status_on_exception=False)


def _context(headers: Mapping[str, str]) -> Context:
    return _W3C.extract(headers, Context())
