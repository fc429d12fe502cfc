"""What the loop of a reaction promises about batches, poison, waiting and replayed records."""

import asyncio
from collections.abc import Sequence

from chassis.errors import BadRequest, Unavailable
from chassis.messaging.consumer import ONLY_GROUP, react
from chassis.messaging.limits import refuse_too_large
from chassis.messaging.ports import MAX_HEADER_BYTES, BatchHandler, Event, EventLog, Record
from chassis.messaging.topics import EXPORT_REQUESTED, Received, dead_letters_of
from chassis.service import PartlyFailed, Reaction
from proto.rcdm.v1 import events_pb2 as pb

Batch = Sequence[Received[pb.ExportRequested]]


class OneBatch(EventLog):
    """A log that hands over one batch and keeps what is appended."""

    def __init__(self, *names: str, headers: dict[str, str] | None = None) -> None:
        self.appended: list[tuple[str, Event]] = []
        events = [EXPORT_REQUESTED.event(name, pb.ExportRequested(dataset=name)) for name in names]
        self.records = [
            Record("export.requested", 3, offset, event.key, event.value, {**event.headers, **(headers or {})})
            for offset, event in enumerate(events)
        ]

    async def append(self, topic: str, events: Sequence[Event]) -> None:
        refuse_too_large(topic, events)
        self.appended += [(topic, event) for event in events]

    async def subscribe(self, topic: str, group: str, handle: BatchHandler, *, max_records: int = 100) -> None:
        await handle(self.records)

    async def lag(self, topic: str, group: str) -> int:
        return 0

    def has_joined(self, topic: str, group: str) -> bool:
        return True

    async def check(self) -> None:
        pass


class Handler:
    """Notes the batches it was given; fails as told by name, once per error told."""

    def __init__(self, whole: dict[str, list[Exception]] | None = None) -> None:
        self.errors = whole or {}
        self.batches: list[list[str]] = []

    async def __call__(self, batch: Batch) -> None:
        self.batches.append([received.key for received in batch])
        for received in batch:
            if self.errors.get(received.key):
                raise self.errors[received.key].pop(0)


class TellingHandler(Handler):
    """As Handler, but it goes on to the end and says which records failed."""

    async def __call__(self, batch: Batch) -> None:
        self.batches.append([received.key for received in batch])
        told = {place: self.errors.get(received.key) for place, received in enumerate(batch)}
        failures = {place: errors.pop(0) for place, errors in told.items() if errors}
        if failures:
            raise PartlyFailed(failures)


async def _react(events: OneBatch, handler: Handler, max_attempts: int = 2) -> None:
    await react(events, "builder", Reaction(EXPORT_REQUESTED, handler), max_attempts)


async def test_a_good_batch_is_handled_once_and_whole() -> None:
    events, handler = OneBatch("a", "b", "c"), Handler()
    await _react(events, handler)
    assert handler.batches == [["a", "b", "c"]]
    assert events.appended == []


async def test_poison_is_buried_after_its_attempts_and_the_others_are_handled() -> None:
    """C9"""
    poison: list[Exception] = [ValueError("Kim^Poison") for _ in range(3)]
    events, handler = OneBatch("a", "poison", "c"), Handler({"poison": poison})
    await _react(events, handler)
    assert handler.batches == [["a", "poison", "c"], ["a"], ["poison"], ["poison"], ["c"]]
    ((topic, event),) = events.appended
    assert (topic, event.key, event.value) == (dead_letters_of("builder"), "poison", events.records[1].value)
    told = {name: value for name, value in event.headers.items() if name.startswith("dead-")}
    assert told == {
        "dead-topic": "export.requested",
        "dead-partition": "3",
        "dead-offset": "1",
        "dead-reason": "ValueError",  # never its text, which may quote a name
        "dead-attempts": "2",
    }


async def test_an_error_of_ours_is_a_verdict_and_not_tried_again() -> None:
    events, handler = OneBatch("a"), Handler({"a": [BadRequest("It is bad.")]})
    await _react(events, handler, max_attempts=5)
    assert handler.batches == [["a"]]
    assert events.appended[0][1].headers["dead-reason"] == "BadRequest: It is bad."


async def test_what_is_away_is_waited_for_and_never_buried() -> None:
    events, handler = OneBatch("a"), Handler({"a": [Unavailable("Away."), Unavailable("Away.")]})
    await _react(events, handler, max_attempts=1)
    assert handler.batches == [["a"], ["a"], ["a"]]
    assert events.appended == []


async def test_an_attempt_that_takes_too_long_is_stopped_and_ends_buried() -> None:
    """C11: one record that hangs, be it a wait for something away, holds up neither the others nor its partition."""
    handled: list[str] = []

    async def hang_at_b(batch: Batch) -> None:
        for received in batch:
            if received.key == "b":
                await asyncio.Event().wait()
            handled.append(received.key)

    events = OneBatch("a", "b", "c")
    await react(events, "builder", Reaction(EXPORT_REQUESTED, hang_at_b, attempt_seconds=0.05), max_attempts=2)
    assert handled == ["a", "a", "c"]
    ((_, event),) = events.appended
    assert (event.key, event.headers["dead-reason"], event.headers["dead-attempts"]) == ("b", "AttemptTooLong", "2")


async def test_the_reason_of_a_letter_is_bounded() -> None:
    events, handler = OneBatch("a"), Handler({"a": [BadRequest("x" * 100_000)]})
    await _react(events, handler)
    assert len(events.appended[0][1].headers["dead-reason"]) == 1_000


async def test_a_record_too_large_for_a_letter_is_buried_by_its_place() -> None:
    """C9: whoever wrote it, it must not hold its partition for ever."""
    events, handler = OneBatch("a"), Handler({"a": [BadRequest("It is bad.")]})
    given = events.records[0]
    events.records[0] = Record(given.topic, 3, 5, "a", given.value, {**given.headers, "much": "x" * MAX_HEADER_BYTES})
    await _react(events, handler)
    [(_, event)] = events.appended
    assert (event.value, event.headers["dead-partition"], event.headers["dead-offset"]) == (b"", "3", "5")


async def test_only_the_records_a_handler_names_are_handled_again() -> None:
    events, handler = OneBatch("a", "b", "c"), TellingHandler({"b": [ValueError(), ValueError()]})
    await _react(events, handler, max_attempts=3)
    assert handler.batches == [["a", "b", "c"], ["b"], ["b"]]
    assert events.appended == []


async def test_a_record_named_with_a_verdict_is_buried_at_once() -> None:
    events, handler = OneBatch("a", "b"), TellingHandler({"b": [BadRequest("It is bad.")]})
    await _react(events, handler)
    assert handler.batches == [["a", "b"]]
    assert [event.key for _, event in events.appended] == ["b"]


async def test_a_replayed_record_reaches_only_the_group_it_was_buried_by() -> None:
    """C10"""
    ours, others = Handler(), Handler()
    await _react(OneBatch("a", headers={ONLY_GROUP: "builder"}), ours)
    await _react(OneBatch("a", headers={ONLY_GROUP: "someone"}), others)
    assert (ours.batches, others.batches) == ([["a"]], [])


async def test_bytes_that_are_no_message_are_buried_and_do_not_hold_the_others_up() -> None:
    """C9"""
    events, handler = OneBatch("a", "b"), Handler()
    broken = events.records[0]
    events.records[0] = Record(broken.topic, 3, 0, "a", b"\xff\xff", broken.headers)
    await _react(events, handler)
    assert handler.batches == [["b"]]
    assert events.appended[0][1].headers["dead-reason"].startswith("BadRequest: A record of export.requested")
