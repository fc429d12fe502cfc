"""Numbers an operator asks for, and the log: docs/operations.md says what each is good for.

Labels are few and known beforehand: services, topics, routes, stages, reasons; never a UID, a path or a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import Counter, Gauge, Histogram

from chassis.telemetry.tracing import span

_SECONDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10, 30, 120, 600)
_STAGE_SECONDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600)

INFO = Gauge("rcdm_info", "1; the label says which version runs.", ["version"])
DEPENDENCY = Gauge("rcdm_dependency_up", "1 when what we stand on answers.", ["dependency"])
JOINED = Gauge("rcdm_consumer_joined", "1 when this process is a member of the group.", ["group", "topic"])
LAG = Gauge("rcdm_consumer_lag", "Records a group has not committed; NaN when nobody can say.", ["group", "topic"])
RECORDS = Counter("rcdm_records_total", "Records by what became of them.", ["service", "topic", "outcome"])
HANDLING = Histogram("rcdm_handling_seconds", "Seconds to handle a batch.", ["service", "topic"], buckets=_SECONDS)
OUTBOX = Gauge("rcdm_outbox_events", "Events written and not yet in the log.", ["service"])
OUTBOX_AGE = Gauge("rcdm_outbox_age_seconds", "Age of the oldest event that is not yet in the log.", ["service"])
FILES = Counter("rcdm_files_total", "Files received.", ["outcome", "reason"])
BYTES = Counter("rcdm_received_bytes_total", "Bytes of files received.")
PICTURES = Counter("rcdm_pictures_total", "Frames drawn.")
STAGES = Histogram("rcdm_stage_seconds", "Seconds of one stage.", ["service", "stage"], buckets=_STAGE_SECONDS)
BLOB_BYTES = Counter("rcdm_blob_bytes_total", "Bytes read from and written to the blob store.", ["direction"])
BLOB_SECONDS = Histogram("rcdm_blob_seconds", "Seconds of a call to the blob store.", ["operation"], buckets=_SECONDS)
BLOB_FAILURES = Counter("rcdm_blob_failures_total", "Calls the blob store could not answer.", ["operation"])
DISK_FREE = Gauge("rcdm_disk_free_bytes", "Free bytes where RCDM_DATA is.")
DISK_SIZE = Gauge("rcdm_disk_size_bytes", "All bytes where RCDM_DATA is.")
REFUSALS = Counter("rcdm_refused_callers_total", "Requests of callers nobody knows, or who may not.", ["outcome"])
REQUESTS = Histogram(
    "rcdm_request_seconds", "Seconds until an HTTP answer began.", ["method", "route", "status"], buckets=_SECONDS
)

log = structlog.stdlib.get_logger("rcdm")


@contextmanager
def stage(service: str, name: str) -> Iterator[None]:
    """The seconds of a stage, and its span in the trace of the moment."""
    with STAGES.labels(service, name).time(), span(f"{service} {name}"):
        yield
