"""The topics and what each carries; a message in a topic is one protobuf type for ever."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import BadRequest
from chassis.messaging.ports import Event, Record
from chassis.telemetry.tracing import carried
from proto.rcdm.v1 import events_pb2 as pb

M = TypeVar("M", bound=Message)

TYPE_HEADER = "type"


@dataclass(frozen=True)
class Topic(Generic[M]):
    """A named stream of one message type."""

    name: str
    message: type[M]

    def event(self, key: str, message: M) -> Event:
        headers = {TYPE_HEADER: message.DESCRIPTOR.full_name, **carried()}
        return Event(key, message.SerializeToString(deterministic=True), headers)

    def decode(self, record: Record) -> "Received[M]":
        """Raises BadRequest when the bytes are not this topic's message."""
        said = record.headers.get(TYPE_HEADER, "")
        if said != self.message.DESCRIPTOR.full_name:
            raise BadRequest(f"A record of {self.name} says it is {said!r}, not {self.message.DESCRIPTOR.full_name}.")
        try:
            return Received(record.key, self.message.FromString(record.value), record)
        except DecodeError:
            raise BadRequest(f"A record of {self.name} cannot be parsed.") from None


@dataclass(frozen=True)
class Received(Generic[M]):
    """A decoded record."""

    key: str
    message: M
    record: Record = field(repr=False)


INSTANCE_RECEIVED = Topic("instance.received", pb.InstanceReceived)
INSTANCE_REFUSED = Topic("instance.refused", pb.InstanceRefused)
INSTANCE_EXTRACTED = Topic("instance.extracted", pb.InstanceExtracted)
OCCURRENCE_CHANGED = Topic("occurrence.changed", pb.OccurrenceChanged)
OCCURRENCE_DELETED = Topic("occurrence.deleted", pb.OccurrenceDeleted)
OCCURRENCE_PURGED = Topic("occurrence.purged", pb.OccurrencePurged)
EXPORT_REQUESTED = Topic("export.requested", pb.ExportRequested)
EXPORT_COMPLETED = Topic("export.completed", pb.ExportCompleted)

ALL = (
    INSTANCE_RECEIVED,
    INSTANCE_REFUSED,
    INSTANCE_EXTRACTED,
    OCCURRENCE_CHANGED,
    OCCURRENCE_DELETED,
    OCCURRENCE_PURGED,
    EXPORT_REQUESTED,
    EXPORT_COMPLETED,
)


def timestamp(moment: datetime) -> Timestamp:
    """A moment as messages carry it."""
    told = Timestamp()
    told.FromDatetime(moment)
    return told


def dead_letters_of(group: str) -> str:
    """The topic in which a consumer group buries what it cannot handle."""
    return f"dead.{group}"


def instance_of_dead_letter(record: Record) -> pb.Instance | None:
    """Return the instance a dead letter is about; None when it is about none, or cannot be read."""
    for topic in (INSTANCE_RECEIVED, INSTANCE_EXTRACTED):
        if record.headers.get("dead-topic") == topic.name:
            try:
                return topic.decode(record).message.instance
            except BadRequest:
                return None
    return None
