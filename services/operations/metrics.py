"""What lies in the tables and waits for an operator, counted every few seconds."""

import asyncio

from prometheus_client import Gauge

from chassis.db.database import Database
from chassis.messaging.consumer import may_pass

_PAUSE_SECONDS = 10.0
LETTERS = Gauge("rcdm_dead_letters", "Buried records that wait for an operator.", ["group", "reason"])
FAULTS = Gauge("rcdm_audit_faults", "What the last finished audit found lost, altered or left over.")

# The first word of a reason is the name of an error type; what follows is its sentence.
_WAITING = """
SELECT consumer_group, split_part(reason, ':', 1) AS word, count(*) AS letters
FROM operations.dead_letter WHERE replayed_at IS NULL GROUP BY consumer_group, word"""
_LAST_AUDIT = """
SELECT coalesce(sum(faults.value::int), 0) FROM jsonb_each_text((
    SELECT report -> 'faults' FROM operations.audit WHERE state = 'done' ORDER BY audit_id DESC LIMIT 1
)) AS faults"""


async def count_for_ever(database: Database) -> None:
    """Until cancelled."""
    while True:
        try:
            await count(database)
        except Exception as error:
            if not may_pass(error):
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def count(database: Database) -> None:
    rows = await database.pool.fetch(_WAITING)
    faults = await database.pool.fetchval(_LAST_AUDIT)
    # Nothing else runs between these lines, so no scrape ever sees them half told.
    LETTERS.clear()
    for row in rows:
        LETTERS.labels(row["consumer_group"], row["word"]).set(row["letters"])
    FAULTS.set(faults)
