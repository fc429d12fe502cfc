"""A collector of traces as OpenTelemetry's own: OTLP over HTTP, protobuf, on a free port."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Told:
    """One span that came."""

    trace: str
    span: str
    parent: str
    name: str
    facts: dict[str, Any]


@dataclass
class Collector:
    """Everything that came, as spans and as bytes."""

    address: str
    spans: list[Told] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += [_told(span) for span in scope.spans]

    def trace_of(self, name: str) -> list[Told]:
        """All spans of the first trace that has a span of that name."""
        trace = next((span.trace for span in self.spans if span.name == name), None)
        return [span for span in self.spans if span.trace == trace]


@contextmanager
def collector() -> Iterator[Collector]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.collector = Collector(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.collector  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        found = self.path == "/v1/traces"
        if found:
            self.server.collector.take(body)  # type: ignore[attr-defined]
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: a test's own output is what fails it."""


def _told(span: Any) -> Told:
    facts = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}
    return Told(span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name, facts)
