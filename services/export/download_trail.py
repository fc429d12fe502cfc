"""Who took which version: a row of the trail for each caller and version, at most one an hour.

A download is many requests: ranges, files one by one. A row for each would tell no more and fill the trail.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

from chassis.auth import caller_of
from chassis.auth_trail import Deed, Trail
from services.export.versions import StoredVersion

_AGAIN_SECONDS = 3600.0
_REMEMBERED = 10_000


class Downloads:
    """Of one process; each writes its own rows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    async def note(self, request: Request, version: StoredVersion) -> None:
        """Before the first byte leaves. Raises Unavailable when it cannot be written down."""
        if request.method == "HEAD":
            return
        subject, now = caller_of(request).subject, self._clock()
        key = subject, version.name, version.version
        told = self._told.get(key)
        if told is not None and now - told < _AGAIN_SECONDS:
            return
        trail: Trail = request.app.state.gate.trail
        await trail.write(request, subject, Deed("dataset.downloaded", objects=(version.name, version.version)))
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
