"""`python -m deploy.programs [NAME…]`: prints where each program is, building what is missing."""

import sys
import time

from deploy.programs import machine
from deploy.programs.cache import ready
from deploy.programs.catalogue import ALL, PROGRAMS
from deploy.programs.machine import Missing


def main(names: list[str]) -> int:
    known = {*ALL, *machine.NAMES}
    if unknown := sorted(set(names) - known):
        sys.exit(f"{', '.join(unknown)}: no program of ours; they are {', '.join(sorted(known))}")
    start, missing = time.monotonic(), False
    for name in names or PROGRAMS:
        try:
            print(f"{name}\t{ready(name, _say)}", flush=True)
        except Missing as reason:
            missing = True
            print(f"{name}: {reason}", file=sys.stderr)
    _say(f"Programs ready after {time.monotonic() - start:.0f} s")
    return 1 if missing else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
