"""Events written in the transaction of the rows they speak of, and the relay that carries them to the log."""

import asyncio
import json
import time
from collections.abc import Sequence
from itertools import groupby

import asyncpg

from chassis.database import Database
from chassis.errors import reason_of
from chassis.ports import Event, EventLog
from chassis.telemetry import OUTBOX, OUTBOX_AGE, log
from chassis.tracing import handling, span
from chassis.worker import is_passing

_BATCH = 500
_POLL_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_MEASURE_SECONDS = 5.0


def outbox_ddl(schema: str) -> str:
    """The table a service's first migration makes."""
    return f"""
    CREATE TABLE {schema}.outbox (
        outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL, key text NOT NULL, value bytea NOT NULL, headers jsonb NOT NULL,
        written_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )"""


class Outbox:
    """One service's outbox. Order of one key is kept: one relay at a time sends, in the order written."""

    def __init__(self, schema: str, database: Database, events: EventLog) -> None:
        self._schema, self._database, self._events = schema, database, events
        self._written = asyncio.Event()
        self._next_measure = 0.0

    async def write(self, connection: "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy", topic: str,
                    events: Sequence[Event]) -> None:  # fmt: skip
        """Inside the caller's transaction; call `wake` after the commit so that the relay need not poll."""
        with span(f"{self._schema} outbox", topic=topic, events=len(events)):
            await connection.executemany(
                f"INSERT INTO {self._schema}.outbox (topic, key, value, headers) VALUES ($1, $2, $3, $4::jsonb)",
                [(topic, event.key, event.value, json.dumps(dict(event.headers))) for event in events],
            )

    def wake(self) -> None:
        self._written.set()

    async def relay(self) -> None:
        """Send until cancelled. The log being away only makes the outbox grow."""
        pause = _POLL_SECONDS
        while True:
            try:
                await self._measure()
                sent = await self._send_batch()
                pause = _POLL_SECONDS
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("relay waits", service=self._schema, reason=reason_of(error))
                sent, pause = 0, min(pause * 2, _LONGEST_PAUSE_SECONDS)
            if sent < _BATCH:
                await self._wait(pause)

    async def _measure(self) -> None:
        """Also where another process sends: what it leaves unsent waits in our table too."""
        if time.monotonic() < self._next_measure:
            return
        row = await self._database.pool.fetchrow(
            "SELECT count(*) AS events,"
            " coalesce(extract(epoch FROM clock_timestamp() - min(written_at)), 0)::float8 AS seconds"
            f" FROM {self._schema}.outbox"
        )
        OUTBOX.labels(self._schema).set(row["events"])
        OUTBOX_AGE.labels(self._schema).set(row["seconds"])
        self._next_measure = time.monotonic() + _MEASURE_SECONDS

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._written.wait()
        except TimeoutError:
            pass
        self._written.clear()

    async def _send_batch(self) -> int:
        async with self._database.pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(
                "SELECT pg_try_advisory_xact_lock(hashtext($1))", f"outbox {self._schema}"
            ):
                return 0  # another process of this service is sending
            rows = await connection.fetch(
                "SELECT outbox_id, topic, key, value, headers"
                f" FROM {self._schema}.outbox ORDER BY outbox_id LIMIT {_BATCH}"
            )
            for topic, of_topic in groupby(rows, key=lambda row: row["topic"]):
                events = [Event(row["key"], row["value"], json.loads(row["headers"])) for row in of_topic]
                with handling(f"{self._schema} relay", [event.headers for event in events], topic=topic):
                    await self._events.append(topic, events)
            if rows:
                await connection.execute(
                    f"DELETE FROM {self._schema}.outbox WHERE outbox_id = ANY($1::bigint[])",
                    [row["outbox_id"] for row in rows],
                )
            return len(rows)
