"""What services tell each other stays readable: golden samples, fresh generated code."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

from chassis.messaging import topics
from tests.architecture.golden import GOLDEN, as_json, messages

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("descriptor", messages(), ids=lambda descriptor: descriptor.name)
def test_a_message_once_sent_is_read_for_ever(descriptor: Descriptor) -> None:
    """C19: the oldest sample of every message still parses to the same content."""
    sample = GOLDEN / f"{descriptor.name}.binpb"
    message = GetMessageClass(descriptor).FromString(sample.read_bytes())
    assert as_json(message) == sample.with_suffix(".json").read_text()


def test_a_newer_sender_is_understood() -> None:
    """C19: an unknown field is passed over, not an error."""
    message = topics.EXPORT_COMPLETED.message.FromString(b"\x0a\x02op" + b"\xfa\x7f\x03new")
    assert message.operation_id == "op"


def test_the_generated_code_is_fresh(tmp_path: Path) -> None:
    source = "proto/rcdm/v1/events.proto"
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([*command, source], cwd=_ROOT, check=True)
    for name in ("events_pb2.py", "events_pb2.pyi"):
        fresh = (tmp_path / "proto/rcdm/v1" / name).read_text()
        assert (_ROOT / "proto/rcdm/v1" / name).read_text() == fresh, "run `make proto`"


def test_no_event_can_hold_pixels_or_names() -> None:
    """F13: no field is named after a direct identifier; identities travel sealed."""
    fields = {field.name for message in messages() for field in message.fields}
    assert not fields & {"patient_name", "patient_id", "birth_date", "accession_number", "pixels", "address"}
