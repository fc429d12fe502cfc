"""Traces: one upload is one trace through all services, its context carried in the headers of events.

Without RCDM_TRACES every function here does nothing, and the SDK of OpenTelemetry need not be there.
A span never holds patient data: its facts are routes, topics, stages, counts and names of error types.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import SettingsError

if TYPE_CHECKING:
    from chassis.telemetry.otlp import OtlpTraces

TRACE_HEADER = "traceparent"  # W3C Trace Context, level 1
_UNTRACED = ("/livez", "/readyz", "/metrics")
Headers = Mapping[str, str]

_traces: "OtlpTraces | None" = None


@contextmanager
def tracing(address: str, services: Sequence[str]) -> Iterator[None]:
    """Spans of this process go to the collector at the address; none: no traces. Raises SettingsError."""
    global _traces
    if not address:
        yield
        return
    try:
        from chassis.telemetry.otlp import otlp_traces
    except ImportError:
        raise SettingsError("RCDM_TRACES: install rcdm[traces] to send traces, or leave it empty.") from None
    with otlp_traces(address, services) as _traces:
        try:
            yield
        finally:
            _traces = None


def is_tracing() -> bool:
    return _traces is not None


def span(name: str, **facts: str | float) -> AbstractContextManager[object]:
    """A step of what is traced at the moment; nothing when nothing is."""
    return _traces.step(name, facts) if _traces else nullcontext()


def note(**facts: str | float) -> None:
    """Facts for the step of the moment."""
    if _traces:
        _traces.note(facts)


def carried() -> dict[str, str]:
    """The header by which another process goes on with the trace of the moment."""
    return _traces.carried() if _traces else {}


def current_trace() -> str:
    """The id of the trace of the moment, or nothing."""
    return _traces.trace_id() if _traces else ""


def handling(name: str, headers: Sequence[Headers], **facts: str | float) -> AbstractContextManager[object]:
    """What is done together about records of several traces: a span in each of them. `within` tells them apart."""
    return _traces.handling(name, headers, facts) if _traces else nullcontext()


def within(headers: Headers) -> AbstractContextManager[object]:
    """What is done about one of the records that are being handled."""
    return _traces.within(headers) if _traces else nullcontext()


class Traced:
    """Around an application: each request is a span, named by its route's template, never by its path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _traces is None or scope["type"] != "http" or scope["path"] in _UNTRACED:
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(TRACE_HEADER.encode(), b"").decode("latin-1")
        facts: dict[str, Any] = {"http.request.method": scope["method"]}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                facts["http.response.status_code"] = message["status"]
            await send(message)

        with _traces.request({TRACE_HEADER: given}) as described:
            try:
                await self._app(scope, receive, answer)
            finally:
                facts["http.route"] = getattr(scope.get("route"), "path", "none")
                described(f"{scope['method']} {facts['http.route']}", facts)
