"""An image worker: takes one body after the other, answers with pictures and what the header says, knows no secret.

Started by the service as `python -m services.extract.child CONNECTION PARENT`; lives until the service closes its end.
"""

import gc
import hashlib
import io
import json
import mmap
import os
import socket
import sys
from traceback import extract_tb
from typing import BinaryIO

from imaging.pixels import Picture
from imaging.refusal import Refusal
from services.extract.describe import Body, Description, describe
from services.extract.laps import Laps
from services.extract.limits import confine, limit_task
from services.extract.wire import (
    EXTRACTION,
    FAILED,
    FRAME,
    HEADER,
    IDENTITY,
    READY,
    REFUSED,
    SPENT,
    Task,
    Verdict,
    send,
    task_from,
)

_MAPPED_ABOVE = 8 << 20
_TASK_BYTES = 4096
_BUFFER_BYTES = 256 << 10  # a small image's whole answer wakes the service once


def main(connection: socket.socket, parent: int) -> None:
    _silence()
    confine(parent)
    # What the imports made stays for good, and describing leaves no cycles: looking for them took 7 % of the time.
    gc.freeze()
    gc.set_threshold(50_000)
    with io.BufferedWriter(socket.SocketIO(connection, "w"), _BUFFER_BYTES) as outgoing:
        send(outgoing, READY, 0, b"")
        outgoing.flush()
        while (received := _next_task(connection)) is not None:
            _work(outgoing, *received)
            outgoing.flush()


def _silence() -> None:
    # From here on a library may only print what it read in a file, and that may be a name.
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)


def _next_task(connection: socket.socket) -> tuple[Task, int] | None:
    message, descriptors, _, _ = socket.recv_fds(connection, _TASK_BYTES, 1)
    if not message:
        return None
    # The service sends a task's few bytes in one piece, with nothing behind them.
    assert len(message) == HEADER.size + HEADER.unpack_from(message)[2]
    return task_from(message), descriptors[0]


def _work(outgoing: BinaryIO, task: Task, descriptor: int) -> None:
    with open(descriptor, "rb", buffering=0) as file:
        file.seek(0)  # the place in the file is shared with who wrote it, or read it before us
        size = os.fstat(descriptor).st_size
        limit_task(task.memory_bytes + size, task.cpu_seconds)
        body: Body = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size > _MAPPED_ABOVE else file.readall()
    try:
        laps = Laps()
        found = _description(outgoing, task, body, laps)
        send(outgoing, SPENT, 0, json.dumps(laps.seconds).encode())
        _answer(outgoing, found)
    except Refusal as refusal:
        send(outgoing, REFUSED, 0, Verdict(refusal.code, str(refusal)).as_json())
    except ConnectionError:
        raise
    except Exception as error:
        places = " > ".join(f"{place.name}:{place.lineno}" for place in extract_tb(error.__traceback__)[-4:])
        send(outgoing, FAILED, 0, Verdict(type(error).__name__, places).as_json())


def _description(outgoing: BinaryIO, task: Task, body: Body, laps: Laps) -> Description | None:
    if hashlib.sha256(body).hexdigest() != task.sha256:
        return None
    laps.lap("verify")

    def emit(picture: Picture) -> None:
        send(outgoing, FRAME, picture.frame, picture.png)

    return describe(body, emit if task.pictures else None, laps)


def _answer(outgoing: BinaryIO, found: Description | None) -> None:
    if found is None:
        verdict = Verdict("altered", "The stored bytes are not those that were received: their digest is another one.")
        send(outgoing, REFUSED, 0, verdict.as_json())
    else:
        send(outgoing, IDENTITY, 0, found.identity)
        send(outgoing, EXTRACTION, 0, found.extraction.SerializeToString())


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
