"""What a worker may use: a hostile file ends its worker, never the machine and never the service.

Where the kernel lets us (as root, or in a user's own namespace) the worker also loses the network; elsewhere the limits
on processes and descriptors, and the environment it was started with, have to do.
"""

import ctypes
import os
import resource
import signal
import sys
import time
from math import ceil

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_DESCRIPTORS = 32


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
