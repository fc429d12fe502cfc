"""What waits for an operator, as numbers: each alert's condition is forced once."""

import json
from collections.abc import AsyncIterator, Sequence
from math import isnan

import pytest
from prometheus_client import Gauge

from chassis.db.database import Database, open_database
from chassis.db.migrate import migrate
from chassis.errors import Unavailable
from chassis.http.health import Consumer
from chassis.messaging.outbox import Outbox, outbox_ddl
from chassis.messaging.ports import BatchHandler, Event
from chassis.runtime import measure_lag
from chassis.telemetry.metrics import LAG, OUTBOX, OUTBOX_AGE
from services.operations.metrics import FAULTS, LETTERS, count
from services.operations.service import service
from tests.journey.test_outbox import relaying
from tests.waiting import until


class NoLog:
    """A log that is away."""

    async def append(self, topic: str, events: Sequence[Event]) -> None:
        raise Unavailable("The log is away.")

    async def subscribe(self, topic: str, group: str, handle: BatchHandler, *, max_records: int = 100) -> None: ...

    async def lag(self, topic: str, group: str) -> int:
        raise Unavailable("The log is away.")

    def has_joined(self, topic: str, group: str) -> bool:
        return False

    async def check(self) -> None:
        raise Unavailable("The log is away.")


class Behind(NoLog):
    """A log with a group that is behind."""

    async def lag(self, topic: str, group: str) -> int:
        return 41


@pytest.fixture
async def opened(database: str) -> AsyncIterator[Database]:
    async with open_database(database) as opened:
        yield opened


def value(gauge: Gauge, **labels: str) -> float | None:
    (family,) = gauge.collect()
    return next((sample.value for sample in family.samples if sample.labels == labels), None)


async def test_the_outbox_tells_how_much_waits_and_since_when(opened: Database) -> None:
    """C26: also in a process that does not send itself."""
    await opened.pool.execute("CREATE SCHEMA ingest")
    await opened.pool.execute(outbox_ddl("ingest"))
    outbox = Outbox("ingest", opened, NoLog())
    async with opened.pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, "instance.received", [Event("a", b""), Event("b", b"")])
        await connection.execute("UPDATE ingest.outbox SET written_at = written_at - interval '10 minutes'")
    async with relaying(outbox):
        await until(lambda: value(OUTBOX, service="ingest") == 2, what="the outbox was measured")
    assert (value(OUTBOX_AGE, service="ingest") or 0) >= 600


async def test_lag_is_told_and_unknown_when_the_log_is_away() -> None:
    """C26, G2: the number that scaling and alerts read."""
    consumer, labels = Consumer("extract", "instance.received"), {"group": "extract", "topic": "instance.received"}
    await measure_lag(Behind(), consumer)
    assert value(LAG, **labels) == 41
    await measure_lag(NoLog(), consumer)
    assert isnan(value(LAG, **labels) or 0)


async def test_dead_letters_are_counted_by_group_and_kind_of_error_until_they_are_replayed(opened: Database) -> None:
    """C26"""
    await migrate(opened, [service])
    for number, reason in enumerate(("BlobMissing: There is no object x.", "BlobMissing: Nor y.", "ValueError")):
        await opened.pool.execute(
            "INSERT INTO operations.dead_letter (consumer_group, topic, key, value, headers, reason, attempts, place)"
            " VALUES ('extract', 'instance.received', '', '', '{}', $1, 3, $2)", reason, str(number),
        )  # fmt: skip
    await count(opened)
    assert value(LETTERS, group="extract", reason="BlobMissing") == 2
    assert value(LETTERS, group="extract", reason="ValueError") == 1
    await opened.pool.execute("UPDATE operations.dead_letter SET replayed_at = now()")
    await count(opened)
    assert value(LETTERS, group="extract", reason="BlobMissing") is None


async def test_the_faults_of_the_last_audit_are_counted(opened: Database) -> None:
    """C26, C15"""
    await migrate(opened, [service])
    await count(opened)
    assert value(FAULTS) == 0
    report = json.dumps({"faults": {"lost_object": 2, "orphan_picture": 1}})
    await opened.pool.execute("INSERT INTO operations.audit VALUES ('1', 'done', now(), now(), $1)", report)
    await count(opened)
    assert value(FAULTS) == 3
