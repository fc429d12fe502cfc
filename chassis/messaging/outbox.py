"""Events written in the transaction of the rows they speak of, and the relay that carries them to the log."""

import asyncio
import json
import time
from collections.abc import Sequence

import asyncpg

from chassis.db.database import Database
from chassis.errors import reason_of
from chassis.messaging.consumer import may_pass
from chassis.messaging.ports import Event, EventLog
from chassis.telemetry.metrics import OUTBOX, OUTBOX_AGE, log
from chassis.telemetry.tracing import handling, span

_BATCH = 500
_BATCH_BYTES = 16 << 20
_POLL_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_MEASURE_SECONDS = 5.0
_SEND_SECONDS = 40.0
_HUNG_SECONDS = 60.0  # more than a batch may take, so it hits only a process that stands still

_NEXT = """
SELECT outbox_id, topic, key, value, headers FROM (
    SELECT *, sum(octet_length(value)) OVER (ORDER BY outbox_id) AS bytes,
           row_number() OVER (ORDER BY outbox_id) AS number
    FROM (SELECT * FROM {schema}.outbox ORDER BY outbox_id LIMIT $1) AS oldest
) AS counted WHERE bytes <= $2 OR number = 1 ORDER BY outbox_id
"""


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

    def __init__(self, schema: str, database: Database, events: EventLog, hung_seconds: float = _HUNG_SECONDS) -> None:
        """A relay that neither ends nor moves for `hung_seconds` loses its turn to another process."""
        self._schema, self._database, self._events, self._hung_seconds = schema, database, events, hung_seconds
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
            except Exception as error:
                if not may_pass(error):
                    raise
                log.warning("relay waits", service=self._schema, reason=reason_of(error))
                await asyncio.sleep(pause)  # whatever is written meanwhile: each try would be a line, too
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _POLL_SECONDS
            if sent < _BATCH:
                await self._wait(_POLL_SECONDS)

    async def _measure(self) -> None:
        """Also where another process sends: what it leaves unsent waits in our table too."""
        if time.monotonic() < self._next_measure:
            return
        started = time.monotonic()
        row = await self._database.pool.fetchrow(
            "SELECT count(*) AS events, coalesce(extract(epoch FROM clock_timestamp() -"
            f" (SELECT written_at FROM {self._schema}.outbox ORDER BY outbox_id LIMIT 1)), 0)::float8 AS seconds"
            f" FROM {self._schema}.outbox"
        )
        OUTBOX.labels(self._schema).set(row["events"])
        OUTBOX_AGE.labels(self._schema).set(max(0, row["seconds"]))
        now = time.monotonic()
        # Counting a million takes a second: it may cost a twentieth of our time, not more.
        self._next_measure = now + max(_MEASURE_SECONDS, 20 * (now - started))

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._written.wait()
        except TimeoutError:
            pass
        self._written.clear()

    async def _send_batch(self) -> int:
        """What was sent is forgotten even if the rest could not be; raises what kept the rest."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            if not await self._is_my_turn(connection):
                return 0  # another process of this service is sending
            rows = await connection.fetch(_NEXT.format(schema=self._schema), _BATCH, _BATCH_BYTES)
            sent, failure = await self._send(rows)
            if sent:
                await connection.execute(
                    f"DELETE FROM {self._schema}.outbox WHERE outbox_id = ANY($1::bigint[])",
                    [row["outbox_id"] for row in sent],
                )
        if failure:
            raise failure
        return len(sent)

    async def _is_my_turn(self, connection: "asyncpg.pool.PoolConnectionProxy") -> bool:
        """Until the transaction ends. A process that stands still is cut off by the database, which frees the turn."""
        await connection.execute(f"SET LOCAL idle_in_transaction_session_timeout = {round(self._hung_seconds * 1000)}")
        query = "SELECT pg_try_advisory_xact_lock(hashtext($1))"
        return bool(await connection.fetchval(query, f"outbox {self._schema}"))

    async def _send(self, rows: Sequence[asyncpg.Record]) -> tuple[list[asyncpg.Record], Exception | None]:
        """One call for each topic: order is promised within a topic only, and many small calls would wait for each."""
        by_topic: dict[str, list[asyncpg.Record]] = {}
        for row in rows:
            by_topic.setdefault(row["topic"], []).append(row)
        sent: list[asyncpg.Record] = []
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                for topic, of_topic in by_topic.items():
                    events = [Event(row["key"], row["value"], json.loads(row["headers"])) for row in of_topic]
                    with handling(f"{self._schema} relay", [event.headers for event in events], topic=topic):
                        await self._events.append(topic, events)
                    sent += of_topic
        except Exception as error:
            return sent, error
        return sent, None
