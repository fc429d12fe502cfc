"""Members of consumer groups for the contract tests: one in this process, one in a process of its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from chassis.messaging.ports import Event, EventLog, Record
from tests.waiting import until


class Member:
    """Remembers what it was handed over, in order; `gate` closed makes it slow."""

    def __init__(self) -> None:
        self.batches: list[list[Record]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def records(self) -> list[Record]:
        return [record for batch in self.batches for record in batch]

    @property
    def values(self) -> list[bytes]:
        return [record.value for record in self.records]

    @property
    def partitions(self) -> set[int]:
        return {record.partition for record in self.records}

    async def handle(self, records: Sequence[Record]) -> None:
        self.batches.append(list(records))
        await self.gate.wait()


@asynccontextmanager
async def member_of(log: EventLog, topic: str, group: str, max_records: int = 100) -> AsyncIterator[Member]:
    """Subscribed until the block ends; what ended the subscription before is raised there."""
    member = Member()
    task = asyncio.create_task(log.subscribe(topic, group, member.handle, max_records=max_records))
    try:
        yield member
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def numbered(count: int, key: str | None = None) -> list[Event]:
    return [Event(key or f"key {number}", b"%d" % number) for number in range(count)]


async def has_caught_up(log: EventLog, topic: str, group: str) -> None:
    async def caught_up() -> bool:
        return await log.lag(topic, group) == 0

    await until(caught_up, what="the end of the topic")


_OTHER_PROCESS = """
import asyncio, sys
from tests.contract.conftest import LOGS
home, address, topic, group = sys.argv[1:]
async def handle(records):
    for record in records:
        print(record.partition, record.value.decode(), flush=True)
    if any(record.value == b"hang" for record in records):
        await asyncio.Event().wait()
async def main():
    async with LOGS[home][1](address) as log:
        await log.subscribe(topic, group, handle)
asyncio.run(main())
"""


class ProcessMember:
    """A member that can be killed: it prints what it gets, and never returns from the value `hang`."""

    def __init__(self, home: str, address: str, topic: str, group: str) -> None:
        command = [sys.executable, "-c", _OTHER_PROCESS, home, address, topic, group]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])

    async def lines(self, count: int) -> list[str]:
        return await asyncio.to_thread(self._lines, count)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _lines(self, count: int) -> list[str]:
        assert self.process.stdout is not None
        return [self.process.stdout.readline().decode().strip() for _ in range(count)]
