"""The work of image workers as the service gives it out and takes it back; nothing that comes back is trusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from chassis.workers.process import Result, WorkerDied
from chassis.workers.wire import MiB, Work
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.laps import STAGES

# A frame of 256 MiB that deflate cannot shrink is still below the first; the others bound a worker gone mad.
WORK = Work("services.extract.child", part_bytes=320 * MiB, note_bytes=64 * MiB, result_bytes=256 * MiB)
# Notes: JSON of the seconds of each stage, JSON of imaging.identity.Identity.
SPENT, IDENTITY = 1, 2

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Answer:
    """`identity` is JSON as the worker wrote it, so untrusted. `seconds`: by stage."""

    extraction: pb.Extraction
    identity: dict[str, Any]
    seconds: Mapping[str, float]


def answer_of(result: Result) -> Answer:
    """Raises WorkerDied for what no sound worker says."""
    try:
        extraction = pb.Extraction.FromString(result.body)
        identity = json.loads(result.notes.get(IDENTITY, b"{}"))
        return Answer(extraction, dict(identity), seconds_from(result.notes.get(SPENT, b"{}")))
    except (DecodeError, ValueError, TypeError, RecursionError):
        raise WorkerDied(at_limit=False) from None


def seconds_from(body: bytes) -> dict[str, float]:
    """From a worker: only the stages we know, and only what can be a time. Raises ValueError."""
    said = json.loads(body)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return {name: min(max(0.0, float(said[name])), _DAY_SECONDS) for name in STAGES if name in said}
