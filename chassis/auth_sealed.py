"""What a caller carries for us: texts with an end, sealed so that nobody reads or changes them; no table is needed."""

import base64
import binascii
import json
import time
from collections.abc import Callable

from chassis.errors import BadRequest
from chassis.secrets import SiteKeys

_MOST_CHARACTERS = 3_800  # browsers keep 4,096 bytes of a cookie, its name and attributes included


class Sealed:
    """For one purpose: every process of the site opens what any of them sealed for it, and nothing else."""

    def __init__(self, keys: SiteKeys, purpose: str, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._clock = keys.project(purpose), clock

    def seal(self, *texts: str, until: int) -> str:
        """Of letters that a cookie and an address may have. Raises BadRequest when it becomes too long for them."""
        value = base64.urlsafe_b64encode(self._keys.seal(json.dumps([*texts, until]).encode())).decode()
        if len(value) > _MOST_CHARACTERS:
            raise BadRequest(
                "This token is too long for a browser's cookie or an address; send it with each request instead."
            )
        return value

    def open(self, value: str) -> list[str] | None:
        """None when it was altered, is of another site or purpose, or too old."""
        try:
            *texts, until = json.loads(self._keys.unseal(base64.urlsafe_b64decode(value)))
        except (BadRequest, ValueError, binascii.Error):
            return None
        return [str(text) for text in texts] if self._clock() < until else None

    def ending(self, seconds: float) -> int:
        """Seconds since 1970, so many from now."""
        return int(self._clock() + seconds)
