"""Outboxes of two processes and one Kafka that is stopped under them: C4."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from chassis.db.database import Database, open_database
from chassis.messaging.kafka.log import kafka_log
from chassis.messaging.outbox import Outbox, outbox_ddl
from chassis.messaging.ports import Event
from deploy.laptop.server import Server
from tests.contract.conftest import PARTITIONS
from tests.contract.groups import member_of
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

KEYS = 13
EVENTS = 1_500


@pytest.fixture
async def opened(database: str) -> AsyncIterator[Database]:
    async with open_database(database) as opened:
        await opened.pool.execute("CREATE SCHEMA ingest")
        await opened.pool.execute(outbox_ddl("ingest"))
        yield opened


async def write(opened: Database, outbox: Outbox, topic: str, numbers: range) -> None:
    """As a door does: in one transaction with its rows, never waiting for Kafka."""
    async with opened.pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, topic, [Event(f"key {number % KEYS}", b"%d" % number) for number in numbers])
    outbox.wake()


async def waiting(opened: Database) -> int:
    return int(await opened.pool.fetchval("SELECT count(*) FROM ingest.outbox"))


async def test_what_waits_while_kafka_is_away_leaves_in_order_afterwards(
    broker: Server, opened: Database, topic: str
) -> None:
    """C4: writing goes on, the outbox grows; then everything is there, a key's events in their order."""
    async with AsyncExitStack() as stack:
        logs = [
            await stack.enter_async_context(kafka_log(f"kafka://{broker.address}", PARTITIONS, "")) for _ in range(2)
        ]
        outboxes = [Outbox("ingest", opened, log) for log in logs]
        for outbox in outboxes:
            relay = asyncio.create_task(outbox.relay())
            stack.push_async_callback(asyncio.wait, [relay])
            stack.callback(relay.cancel)
        await asyncio.to_thread(broker.start)
        for start in range(0, EVENTS, 10):
            await write(opened, outboxes[start // 10 % 2], topic, range(start, start + 10))
            if start == EVENTS // 3:
                await asyncio.to_thread(broker.kill)
        assert await waiting(opened) > 0
        await asyncio.to_thread(broker.start)

        async def is_empty() -> bool:
            return await waiting(opened) == 0

        await until(is_empty, 90, "everything sent")
        async with member_of(logs[0], topic, "g") as member:
            await until(lambda: len(set(member.values)) >= EVENTS, 30, "everything there")
    firsts: dict[str, list[int]] = defaultdict(list)
    for record in member.records:
        if int(record.value) not in firsts[record.key]:
            firsts[record.key].append(int(record.value))
    assert all(found == sorted(found) for found in firsts.values())
    print(f"\n{len(member.records) - EVENTS} of {EVENTS} events came twice")
