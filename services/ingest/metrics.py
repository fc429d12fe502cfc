"""What an operator asks about files on their way in."""

from prometheus_client import Gauge

SPOOLED = Gauge("rcdm_spool_bytes", "Received bytes that are not yet in the blob store.", ["place"])
IN_MEMORY, ON_DISK = SPOOLED.labels("memory"), SPOOLED.labels("disk")
