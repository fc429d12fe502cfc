"""Log lines and numbers: one line per thing handled, never a name, never a pixel."""

import logging
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("rcdm_records_total", "Records handled.", ["service", "topic", "outcome"])
HANDLING = Histogram("rcdm_handling_seconds", "Seconds to handle a batch.", ["service", "topic"])
LAG = Gauge("rcdm_consumer_lag", "Records a group has not committed.", ["group", "topic"])
OUTBOX = Gauge("rcdm_outbox_events", "Events written and not yet in the log.", ["service"])
OUTBOX_AGE = Gauge("rcdm_outbox_age_seconds", "Age of the oldest event that is not yet in the log.", ["service"])
FILES = Counter("rcdm_files_total", "Files received.", ["outcome", "reason"])
BYTES = Counter("rcdm_received_bytes_total", "Bytes of files received.")
PICTURES = Counter("rcdm_pictures_total", "Frames drawn.")
REQUESTS = Histogram("rcdm_request_seconds", "Seconds until an HTTP answer began.", ["method", "route", "status"])


def configure_logging(form: str) -> None:
    """`form` is "text" for people or "json" for machines; both go to standard error."""
    last: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s", force=True
    )


log = structlog.stdlib.get_logger("rcdm")
