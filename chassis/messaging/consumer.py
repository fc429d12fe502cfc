"""The loop of a reaction: handle a batch, else each record alone; wait while something is away, bury what cannot be."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from chassis.db.database import is_away, is_contended
from chassis.errors import AttemptTooLong, EventTooLarge, RcdmError, Unavailable, reason_of, story_of
from chassis.messaging.ports import Event, EventLog, Record
from chassis.messaging.topics import dead_letters_of
from chassis.service import PartlyFailed, Reaction
from chassis.telemetry.metrics import HANDLING, RECORDS, log
from chassis.telemetry.tracing import handling, note

ONLY_GROUP = "only-group"  # a replayed record is meant for the group that had buried it
_Attempt = Callable[[Sequence[Record]], Awaitable[None]]
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 15.0
_LONGEST_REASON = 1_000  # characters: a letter is hardly larger than its record


async def react(events: EventLog, group: str, reaction: Reaction, max_attempts: int) -> None:
    """Run one reaction until cancelled. What the handler cannot handle ends in the group's dead-letter topic."""
    topic = reaction.topic

    async def attempt(records: Sequence[Record]) -> None:
        received = [topic.decode(record) for record in records]
        try:
            async with asyncio.timeout(reaction.attempt_seconds) as limit:
                await reaction.handle(received)
        except Exception as error:
            if limit.expired():
                raise AttemptTooLong(f"{reaction.attempt_seconds:g} s") from error
            raise

    async def handle(records: Sequence[Record]) -> None:
        ours = [record for record in records if record.headers.get(ONLY_GROUP, group) == group]
        started = time.monotonic()
        failures = await _failures(attempt, ours, group) if ours else {}
        _count_handled(group, [one for place, one in enumerate(ours) if place not in failures], started, attempts=1)
        for place, error in failures.items():
            await _settle(events, group, ours[place], attempt, max_attempts, error)
        HANDLING.labels(group, topic.name).observe(time.monotonic() - started)

    await events.subscribe(topic.name, group, handle, max_records=reaction.max_records)


async def _failures(attempt: _Attempt, records: Sequence[Record], group: str) -> dict[int, Exception | None]:
    """Which records are not handled yet, by place, and why where that is known."""
    topic = records[0].topic
    with handling(f"{group} {topic}", [record.headers for record in records], records=len(records)):
        try:
            await attempt(records)
        except PartlyFailed as partly:
            return dict(partly.failures)
        except Exception as error:
            note(error=type(error).__name__)
            if len(records) == 1:
                return {0: error}
            # Whatever it was, each record alone will show whose fault it is.
            log.warning("batch failed", service=group, topic=topic, records=len(records), reason=reason_of(error))
            return dict.fromkeys(range(len(records)))
    return {}


def _count_handled(group: str, records: Sequence[Record], started: float, attempts: int) -> None:
    milliseconds = round((time.monotonic() - started) * 1000)
    for record in records:
        RECORDS.labels(group, record.topic, "handled").inc()
        log.debug("handled", **_place(group, record), attempt=attempts, milliseconds=milliseconds, outcome="handled")


def _place(group: str, record: Record) -> dict[str, str | int]:
    """Which record a line is about; not by its key, which names a study."""
    return {"service": group, "topic": record.topic, "partition": record.partition, "offset": record.offset}


async def _settle(
    events: EventLog, group: str, record: Record, attempt: _Attempt, max_attempts: int, known: Exception | None
) -> None:
    """Handled or buried when it returns; waits as long as what we stand on is away. `known`: how it failed already."""
    tries, pause, started = 1, _FIRST_PAUSE_SECONDS, time.monotonic()
    error = known or await _failure(attempt, record, group)
    while error is not None:
        RECORDS.labels(group, record.topic, "failed").inc()
        if is_passing(error):
            log.warning("waiting", **_place(group, record), reason=reason_of(error))
        elif tries >= max_attempts or isinstance(error, RcdmError):
            # Our own errors are verdicts: the same record would meet the same one again.
            return await _bury(events, group, record, error, tries)
        else:
            tries += 1
            log.warning("retry", **_place(group, record), attempt=tries, **story_of(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        error = await _failure(attempt, record, group)
    _count_handled(group, [record], started, attempts=tries)
    return None


async def _failure(attempt: _Attempt, record: Record, group: str) -> Exception | None:
    return (await _failures(attempt, [record], group)).get(0)


async def _bury(events: EventLog, group: str, record: Record, error: Exception, attempts: int) -> None:
    why = {
        "dead-topic": record.topic,
        "dead-partition": str(record.partition),
        "dead-offset": str(record.offset),
        "dead-reason": reason_of(error)[:_LONGEST_REASON],
        "dead-attempts": str(attempts),
    }
    letter = Event(record.key, record.value, {**record.headers, **why})
    try:
        await patiently(lambda: events.append(dead_letters_of(group), [letter]), group)
    except EventTooLarge:  # none of ours: the letter says where it lies, for as long as the topic keeps it
        await patiently(lambda: events.append(dead_letters_of(group), [Event("", b"", why)]), group)
    RECORDS.labels(group, record.topic, "buried").inc()
    log.error("buried", **_place(group, record), attempt=attempts, outcome="buried", **story_of(error))


async def patiently(work: Callable[[], Awaitable[None]], group: str) -> None:
    """Done when it returns: waits as long as what we stand on is away, raises everything else."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("waiting", service=group, reason=reason_of(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def is_passing(error: BaseException) -> bool:
    """Whether something we stand on was away, so that the same call may succeed later."""
    return isinstance(error, Unavailable) or is_away(error)


def may_pass(error: BaseException) -> bool:
    """As `is_passing`, or a statement waited too long: for work that is looked for again by itself.

    Not for a record: one whose statement always takes too long would be tried for ever.
    """
    return is_passing(error) or is_contended(error)
