"""Records that could not be handled: kept with their reason, and sent again on request."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from chassis.db.database import Database
from chassis.errors import NotFound
from chassis.messaging.consumer import ONLY_GROUP
from chassis.messaging.ports import Event, EventLog, Record

_DEAD_PREFIX = "dead-"


class DeadLetter(BaseModel):
    """A buried record as an operator sees it; its content is not shown."""

    dead_letter_id: int
    group: str
    topic: str
    key: str
    reason: str
    attempts: int
    buried_at: datetime
    replayed_at: datetime | None


class DeadLetters:
    """The letters of all groups."""

    def __init__(self, database: Database, events: EventLog) -> None:
        self._database, self._events = database, events

    async def keep(self, group: str, records: Sequence[Record]) -> None:
        """Told twice, kept once; buried again after a replay, it is open again."""
        await self._database.pool.executemany(
            """INSERT INTO operations.dead_letter
                 (consumer_group, topic, key, value, headers, reason, attempts, place)
               VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8) ON CONFLICT (place) DO NOTHING""",
            [_row(group, record) for record in records],
        )

    async def page(self, group: str | None, replayed: bool, after: int, limit: int) -> tuple[list[DeadLetter], int]:
        """Letters in the order of burial and how many there are in all."""
        where = "($1::text IS NULL OR consumer_group = $1) AND (replayed_at IS NOT NULL) = $2"
        rows = await self._database.pool.fetch(
            f"""SELECT dead_letter_id, consumer_group AS "group", topic, key, reason, attempts, buried_at, replayed_at
                FROM operations.dead_letter WHERE {where} AND dead_letter_id > $3 ORDER BY dead_letter_id LIMIT $4""",
            group, replayed, after, limit,
        )  # fmt: skip
        total = await self._database.pool.fetchval(
            f"SELECT count(*) FROM operations.dead_letter WHERE {where}", group, replayed
        )
        return [DeadLetter(**dict(row)) for row in rows], total

    async def replay(self, letter_id: int | None, group: str | None, reason: str | None) -> int:
        """Append the chosen letters to their topics again, for the group that buried them only.

        Raises NotFound for an id that is not there. Returns how many went out.
        """
        async with self._database.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                """SELECT dead_letter_id, consumer_group, topic, key, value, headers FROM operations.dead_letter
                   WHERE replayed_at IS NULL AND ($1::bigint IS NULL OR dead_letter_id = $1)
                     AND ($2::text IS NULL OR consumer_group = $2)
                     AND ($3::text IS NULL OR strpos(reason, $3) > 0)
                   ORDER BY dead_letter_id LIMIT 1000 FOR UPDATE""",
                letter_id, group, reason,
            )  # fmt: skip
            if letter_id is not None and not rows:
                raise NotFound(f"There is no dead letter {letter_id} waiting.")
            for row in rows:
                headers = {k: v for k, v in json.loads(row["headers"]).items() if not k.startswith(_DEAD_PREFIX)}
                event = Event(row["key"], row["value"], {**headers, ONLY_GROUP: row["consumer_group"]})
                await self._events.append(row["topic"], [event])
            # Sent and then marked: a crash between the two sends twice, which every handler bears.
            await connection.execute(
                "UPDATE operations.dead_letter SET replayed_at = now() WHERE dead_letter_id = ANY($1::bigint[])",
                [row["dead_letter_id"] for row in rows],
            )
            return len(rows)


def _row(group: str, record: Record) -> tuple[str, str, str, bytes, str, str, int, str]:
    said = record.headers
    topic, partition, offset = said["dead-topic"], said["dead-partition"], said["dead-offset"]
    # A log that was lost counts from 0 again: the bytes tell its records from those of the former one.
    place = f"{group} {topic} {partition} {offset} {hashlib.sha256(record.value).hexdigest()[:16]}"
    headers = json.dumps(dict(said))
    return group, topic, record.key, record.value, headers, said["dead-reason"], int(said["dead-attempts"]), place
