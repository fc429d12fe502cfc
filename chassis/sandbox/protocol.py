"""How a service and its workers talk: one kind, one number, a length, and that many bytes.

Nothing that comes from a worker can make the service run code, or take more memory than the work's own bounds allow.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from struct import Struct
from typing import Any, BinaryIO

HEADER = Struct(">cIQ")

READY = b"R"  # the worker has loaded what it needs
TASK = b"T"  # to the worker: JSON of a Task, with the body's descriptor beside it
PART = b"F"  # a piece of what comes of it; the number says which
ASK = b"A"  # JSON: something only the service knows; it answers before the work goes on
TOLD = b"A"  # to the worker: JSON of the answer
NOTE = b"N"  # something beside the result; the number says what
DONE = b"E"  # the result: the last word about a task
REFUSED = b"X"  # JSON of a Verdict: these bytes are no object we take
FAILED = b"B"  # JSON of a Verdict: our own mistake

MiB = 1 << 20


@dataclass(frozen=True)
class Work:
    """What a pool's workers do: a module to run, and the longest message of each kind it may send."""

    module: str
    part_bytes: int = 0
    note_bytes: int = 0
    ask_bytes: int = 0
    result_bytes: int = 0

    def longest(self, kind: bytes) -> int:
        """-1: of a kind that no worker sends."""
        bounds = {
            READY: 0, PART: self.part_bytes, NOTE: self.note_bytes, ASK: self.ask_bytes, DONE: self.result_bytes,
            REFUSED: 4096, FAILED: 4096,
        }  # fmt: skip
        return bounds.get(kind, -1)


@dataclass(frozen=True)
class Task:
    """One body to work on, and within what: address space beside the body, processor time. `said`: what to do."""

    sha256: str
    memory_bytes: int
    cpu_seconds: int
    said: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True)
class Verdict:
    """Why there is no result: a code for machines, a sentence without patient data."""

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
