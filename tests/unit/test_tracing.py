"""Traces are an extra: off they cost nothing and need nothing; on without their packages the start says so."""

import subprocess
import sys

from chassis.messaging.topics import EXPORT_REQUESTED, TYPE_HEADER
from chassis.telemetry.tracing import carried, current_trace, handling, is_tracing, note, span, within
from proto.rcdm.v1 import events_pb2 as pb

_WITHOUT = """
import sys
sys.modules["opentelemetry.sdk"] = sys.modules["opentelemetry.exporter"] = None  # as if they were not installed
import chassis.runtime, services.extract.service, services.ingest.service
from chassis.telemetry.tracing import tracing
with tracing("", ["ingest"]):
    print("off")
try:
    with tracing("http://collector:4318", ["ingest"]):
        pass
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_packages_only_asking_for_traces_stops_the_start() -> None:
    """G4"""
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "off",
        "SettingsError RCDM_TRACES: install rcdm[traces] to send traces, or leave it empty.",
    ]


def test_off_everything_is_nothing_and_events_are_as_ever() -> None:
    with span("step", count=1), handling("group topic", [{"traceparent": "x"}]), within({"traceparent": "x"}):
        note(more=2)
        event = EXPORT_REQUESTED.event("a", pb.ExportRequested())
    assert (is_tracing(), carried(), current_trace()) == (False, {}, "")
    assert list(event.headers) == [TYPE_HEADER]
