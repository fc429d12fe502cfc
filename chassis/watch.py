"""Numbers nobody's work brings forth: how much waits, who answers, how full the disk is; taken every few seconds."""

import asyncio
import shutil
from math import nan
from pathlib import Path

from chassis.health import Consumer, Health
from chassis.ports import EventLog
from chassis.telemetry import DISK_FREE, DISK_SIZE, LAG, log
from chassis.worker import may_pass

_PAUSE_SECONDS = 5.0


async def watch(health: Health) -> None:
    """Until cancelled."""
    was_missing: list[str] = []
    while True:
        missing = await health.missing()
        if missing and missing != was_missing:
            log.warning("not ready", missing=missing, **health.troubles)
        elif was_missing and not missing:
            log.info("ready")
        was_missing = missing
        if health.home:
            await _measure_disk(health.home.settings.data)
            for consumer in health.consumers:
                await measure_lag(health.home.events, consumer)
        await asyncio.sleep(_PAUSE_SECONDS)


async def measure_lag(events: EventLog, consumer: Consumer) -> None:
    """A log that is away makes the number unknown: the last one known would look like a group that stands still."""
    try:
        lag: float = await events.lag(consumer.topic, consumer.group)
    except Exception as error:
        if not may_pass(error):
            raise
        lag = nan
    LAG.labels(consumer.group, consumer.topic).set(lag)


async def _measure_disk(folder: Path) -> None:
    try:
        usage = await asyncio.to_thread(shutil.disk_usage, folder)
    except FileNotFoundError:  # nothing was ever kept here
        return
    DISK_FREE.set(usage.free)
    DISK_SIZE.set(usage.total)
