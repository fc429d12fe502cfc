"""The inside of a sandbox worker: takes one body after the other and hands each to the work; knows no secret.

A service's module calls `serve` from its main; the service starts it as `python -m MODULE CONNECTION PARENT`, and it
lives until the service closes its end. A hostile file ends its worker, never the machine and never the service. Where
the kernel lets us (as root, or in a user's own namespace) the worker also loses the network; elsewhere the limits on
processes and descriptors, and the environment it was started with, have to do.
"""

import ctypes
import gc
import hashlib
import io
import json
import mmap
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from math import ceil
from traceback import extract_tb
from typing import Any, BinaryIO

from chassis.sandbox.protocol import (
    ASK,
    DONE,
    FAILED,
    HEADER,
    NOTE,
    PART,
    READY,
    REFUSED,
    TOLD,
    Task,
    Verdict,
    send,
    task_from,
)

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_DESCRIPTORS = 32

Body = bytes | mmap.mmap

_MAPPED_ABOVE = 8 << 20
_TASK_BYTES = 4096
_BUFFER_BYTES = 256 << 10  # a small image's whole answer wakes the service once


def confine(parent: int) -> None:
    """For the rest of the process's life: dies with its parent, writes no file, starts no program, dumps no memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which then ends its workers
    for what, most in (
        (resource.RLIMIT_CORE, 0),  # a core dump would hold the image
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),  # does not bind root
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        resource.setrlimit(what, (most, most))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.unshare(_CLONE_NEWNET)  # an answer of "not permitted" is the other home's
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask to hear of it
        sys.exit()


def limit_task(memory_bytes: int, cpu_seconds: int) -> None:
    """For one image: address space in all, and processor time from now on (SIGXCPU ends the process)."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, _hard(resource.RLIMIT_AS)))
    until = ceil(time.process_time()) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, _hard(resource.RLIMIT_CPU)))


def _hard(what: int) -> int:
    return resource.getrlimit(what)[1]


class NotTaken(Exception):
    """The bytes are no object the work takes; both texts go to the service."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Service:
    """The other end, as the work sees it while it is busy with one body."""

    def __init__(self, connection: socket.socket, outgoing: BinaryIO) -> None:
        self._connection, self._outgoing = connection, outgoing

    def part(self, number: int, body: bytes) -> None:
        send(self._outgoing, PART, number, body)

    def note(self, number: int, body: bytes) -> None:
        send(self._outgoing, NOTE, number, body)

    def ask(self, question: Any) -> Any:
        """What the service says to a question; both are JSON."""
        send(self._outgoing, ASK, 0, json.dumps(question).encode())
        self._outgoing.flush()
        kind, _, length = HEADER.unpack(self._receive(HEADER.size))
        if kind != TOLD:
            raise ConnectionError
        return json.loads(self._receive(length))

    def _receive(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            piece = self._connection.recv(min(length - len(found), 1 << 20))
            if not piece:
                raise ConnectionError
            found += piece
        return bytes(found)


# Told what the task says; what it answers is the result. Raises NotTaken.
Handler = Callable[[Task, Body, Service], bytes]


def serve(handler: Handler) -> None:
    """Until the service is gone."""
    connection, parent = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    _silence()
    confine(parent)
    # What the imports made stays for good, and the work leaves no cycles: looking for them took 7 % of the time.
    gc.freeze()
    gc.set_threshold(50_000)
    with io.BufferedWriter(socket.SocketIO(connection, "w"), _BUFFER_BYTES) as outgoing:
        send(outgoing, READY, 0, b"")
        outgoing.flush()
        while (received := _next_task(connection)) is not None:
            _work(handler, Service(connection, outgoing), outgoing, *received)
            outgoing.flush()


def is_whole(task: Task, body: Body) -> bool:
    """Whether the bytes are those the task speaks of."""
    return hashlib.sha256(body).hexdigest() == task.sha256


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


def _work(handler: Handler, service: Service, outgoing: BinaryIO, task: Task, descriptor: int) -> None:
    with open(descriptor, "rb", buffering=0) as file:
        file.seek(0)  # the place in the file is shared with who wrote it, or read it before us
        size = os.fstat(descriptor).st_size
        limit_task(task.memory_bytes + size, task.cpu_seconds)
        body: Body = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size > _MAPPED_ABOVE else file.readall()
    try:
        send(outgoing, DONE, 0, handler(task, body, service))
    except NotTaken as refusal:
        send(outgoing, REFUSED, 0, Verdict(refusal.code, str(refusal)).as_json())
    except ConnectionError:
        raise
    except Exception as error:
        places = " > ".join(f"{place.name}:{place.lineno}" for place in extract_tb(error.__traceback__)[-4:])
        send(outgoing, FAILED, 0, Verdict(type(error).__name__, places).as_json())
