"""Write golden samples for messages that have none yet: `python -m tests.architecture.golden`.

A sample that exists is never written again: what was once sent must be readable for ever.
"""

import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from proto.rcdm.v1 import events_pb2

GOLDEN = Path(__file__).parents[1] / "golden"
BASELINE = GOLDEN / "events.binpb"

_VALUES = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BYTES: b"\x00\xff",
    FieldDescriptor.TYPE_BOOL: True,
    FieldDescriptor.TYPE_DOUBLE: 0.5,
}


def messages() -> list[Descriptor]:
    """Every message of events.proto."""
    return list(events_pb2.DESCRIPTOR.message_types_by_name.values())


def sample(descriptor: Descriptor) -> Message:
    """A message with every field set, nested ones too."""
    message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if field.message_type is not None:
            value = sample(field.message_type)
            target = getattr(message, field.name)
            target.add().CopyFrom(value) if field.is_repeated else target.CopyFrom(value)
        else:
            scalar = _VALUES.get(field.type, field.number)
            getattr(message, field.name).append(scalar) if field.is_repeated else setattr(message, field.name, scalar)
    return message


def as_json(message: Message) -> str:
    return MessageToJson(message, preserving_proto_field_name=True, sort_keys=True) + "\n"


def main() -> None:
    for descriptor in messages():
        path = GOLDEN / f"{descriptor.name}.binpb"
        if not path.exists():
            message = sample(descriptor)
            path.write_bytes(message.SerializeToString(deterministic=True))
            path.with_suffix(".json").write_text(as_json(message))
    buf = Path(sys.executable).parent / "buf"
    if BASELINE.exists():
        subprocess.run([buf, "breaking", "--against", BASELINE], check=True)
    subprocess.run([buf, "build", "-o", BASELINE], check=True)


if __name__ == "__main__":
    main()
