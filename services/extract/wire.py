"""How the service and its image workers talk: one kind, one number, a length, and that many bytes.

Nothing that comes from a worker can make the service run code, or take more memory than LONGEST allows.
"""

import json
from dataclasses import asdict, dataclass
from struct import Struct
from typing import BinaryIO

from services.extract.laps import STAGES

HEADER = Struct(">cIQ")

READY = b"R"  # the worker has loaded what it needs
TASK = b"T"  # to the worker: JSON of a Task, with the body's descriptor beside it
FRAME = b"F"  # a PNG; the number is the frame's, from 1
SPENT = b"S"  # JSON of the seconds of each of its stages
IDENTITY = b"I"  # JSON of imaging.identity.Identity
EXTRACTION = b"E"  # rcdm.v1.Extraction: the last word about a task
REFUSED = b"X"  # JSON of a Verdict: these bytes are no object we take
FAILED = b"B"  # JSON of a Verdict: our own mistake

MiB = 1 << 20
_DAY_SECONDS = 86_400.0
# A frame of 256 MiB that deflate cannot shrink is still below the first; the others bound a worker gone mad.
LONGEST = {
    READY: 0,
    SPENT: 4096,
    FRAME: 320 * MiB,
    IDENTITY: 64 * MiB,
    EXTRACTION: 256 * MiB,
    REFUSED: 4096,
    FAILED: 4096,
}


@dataclass(frozen=True)
class Task:
    """What a worker shall do with one body, and within what: address space beside the body, processor time."""

    sha256: str
    pictures: bool
    memory_bytes: int
    cpu_seconds: int

    def as_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True)
class Verdict:
    """Why there is no extraction: a code for machines, a sentence without patient data."""

    code: str
    detail: str

    def as_json(self) -> bytes:
        return json.dumps({"code": self.code[:100], "detail": self.detail[:500]}).encode()


def send(outgoing: BinaryIO, kind: bytes, number: int, body: bytes) -> None:
    """From the worker, blocking: a service that does not read holds the worker up. Buffered: flush after a task."""
    outgoing.write(HEADER.pack(kind, number, len(body)))
    outgoing.write(body)


def task_from(message: bytes) -> Task:
    return Task(**json.loads(message[HEADER.size :]))


def verdict_from(body: bytes) -> Verdict:
    """From a worker, so nothing of it is taken for granted. Raises ValueError."""
    said = json.loads(body)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return Verdict(str(said.get("code")), str(said.get("detail")))


def seconds_from(body: bytes) -> dict[str, float]:
    """From a worker: only the stages we know, and only what can be a time. Raises ValueError."""
    said = json.loads(body)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return {name: min(max(0.0, float(said[name])), _DAY_SECONDS) for name in STAGES if name in said}
