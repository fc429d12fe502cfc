"""How large an event may be, on every home alike."""

from collections.abc import Sequence

from chassis.errors import EventTooLarge
from chassis.messaging.ports import MAX_EVENT_BYTES, MAX_HEADER_BYTES, Event


def refuse_too_large(topic: str, events: Sequence[Event]) -> None:
    """Raises EventTooLarge before anything of the call is kept."""
    for event in events:
        if len(event.value) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"An event for {topic} has {len(event.value)} bytes; the most is {MAX_EVENT_BYTES}.")
        beside = _bytes(event.key) + sum(_bytes(name) + _bytes(text) for name, text in event.headers.items())
        if beside > MAX_HEADER_BYTES:
            raise EventTooLarge(
                f"Key and headers of an event for {topic} have {beside} bytes; the most is {MAX_HEADER_BYTES}."
            )


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
