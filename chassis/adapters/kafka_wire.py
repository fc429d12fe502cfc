"""Our events as Kafka's records and back: text is UTF-8, a header is a name once."""

from dataclasses import dataclass

from aiokafka import ConsumerRecord

from chassis.ports import Event, Record


@dataclass(frozen=True)
class Message:
    """An event, encoded."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def message_of(event: Event) -> Message:
    headers = [(name, text.encode("utf-8", "surrogatepass")) for name, text in event.headers.items()]
    return Message(event.key.encode("utf-8", "surrogatepass"), event.value, headers)


def size_of(message: Message) -> int:
    """Bytes, near enough to count what is on its way."""
    return len(message.key) + len(message.value) + sum(len(name) + len(text) for name, text in message.headers)


def record_of(found: ConsumerRecord, topic: str) -> Record:
    """Total: what others wrote, without a key for instance, must not stop the partition."""
    headers = {name: _text(text) for name, text in found.headers}
    return Record(topic, found.partition, found.offset, _text(found.key), found.value or b"", headers)


def _text(encoded: bytes | None) -> str:
    try:
        return (encoded or b"").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return (encoded or b"").decode("utf-8", "replace")
