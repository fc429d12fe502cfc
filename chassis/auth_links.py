"""Links: an address that whoever has it may fetch for some minutes, with the rights of who made it.

It carries its maker's own credential, sealed: revoked key, expired token or role lost, the link is dead with them.
"""

import time
from collections.abc import Callable

from starlette.requests import Request

from chassis.auth_sealed import Sealed
from chassis.errors import Unauthorized
from chassis.secrets import SiteKeys

LINK = "link"
LONGEST_LINK_SECONDS = 900
_METHODS = ("GET", "HEAD")


class Links:
    """One link is for one path; only routes that say `by_link` look at it."""

    def __init__(self, keys: SiteKeys, clock: Callable[[], float] = time.time) -> None:
        self._sealed = Sealed(keys, "link", clock)

    def address(self, credential: str, path: str, seconds: int) -> tuple[str, int]:
        """(path with the link, when it ends in seconds since 1970). Raises BadRequest for a token that is too long."""
        until = self._sealed.ending(seconds)
        return f"{path}?{LINK}={self._sealed.seal(credential, path, until=until)}", until

    def credential(self, request: Request) -> str | None:
        """None: there is no link. Raises Unauthorized for one that is not for this."""
        value = request.query_params.get(LINK)
        if value is None:
            return None
        credential, path = self._sealed.open(value) or ("", "")
        if not credential or path != request.scope["path"] or request.method not in _METHODS:
            raise Unauthorized("This link has ended, or is for something else; ask for a new one.")
        return credential
