"""The sandbox worker of extract, and how the service gives it work and checks what comes back: nothing is trusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from chassis.sandbox.process import Result, WorkerDied
from chassis.sandbox.protocol import MiB, Task, Work
from chassis.sandbox.worker_main import Body, NotTaken, Service, is_whole, serve
from imaging.dicom.errors import Refusal
from imaging.phase.lexicon import use_site_lexicon
from imaging.pixels.render import Picture
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.describe import STAGES, Laps, describe

# A frame of 256 MiB that deflate cannot shrink is still below the first; the others bound a worker gone mad.
WORK = Work("services.extract.worker", part_bytes=320 * MiB, note_bytes=64 * MiB, result_bytes=256 * MiB)
# Notes: JSON of the seconds of each stage, JSON of imaging.dicom.identity.Identity.
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


def describe_body(task: Task, body: Body, service: Service) -> bytes:
    """An rcdm.v1.Extraction; each picture is a part, numbered as its frame."""
    laps = Laps()
    if not is_whole(task, body):
        raise NotTaken("altered", "The stored bytes are not those that were received: their digest is another one.")
    laps.lap("verify")
    lexicon = task.said.get("lexicon")
    use_site_lexicon(Path(lexicon) if lexicon else None)

    def emit(picture: Picture) -> None:
        service.part(picture.frame, picture.png)

    try:
        found = describe(body, emit if task.said["pictures"] else None, laps, task.said["assigned"])
    except Refusal as refusal:
        raise NotTaken(refusal.code, str(refusal)) from None
    service.note(SPENT, json.dumps(laps.seconds).encode())
    service.note(IDENTITY, found.identity)
    return found.extraction.SerializeToString()


if __name__ == "__main__":
    serve(describe_body)
