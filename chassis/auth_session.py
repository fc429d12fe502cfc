"""A browser's session: the credential it logged in with, sealed into a cookie that no script can read.

So pictures and downloads work without a header, a revoked key ends its sessions too, and no table is needed.
"""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from chassis.auth_sealed import Sealed
from chassis.secrets import SiteKeys

COOKIE = "rcdm_session"
SESSION_SECONDS = 12 * 3600
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Sessions:
    """Every process of the site opens what any of them sealed."""

    def __init__(self, keys: SiteKeys, clock: Callable[[], float] = time.time) -> None:
        self._sealed = Sealed(keys, "browser session", clock)

    def sealed(self, credential: str) -> str:
        """Raises BadRequest for a token too long for a cookie."""
        return self._sealed.seal(credential, until=self._sealed.ending(SESSION_SECONDS))

    def credential(self, value: str) -> str | None:
        """None when it was altered, is of another site or too old."""
        (credential,) = self._sealed.open(value) or (None,)
        return credential


def give_cookie(request: Request, response: Response, value: str) -> None:
    response.set_cookie(COOKIE, value, max_age=SESSION_SECONDS, path="/", httponly=True, samesite="strict",
                        secure=request.url.scheme == "https")  # fmt: skip


def take_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def is_forged(request: Request) -> bool:
    """Whether another page may have sent this in the browser's name (reliability F15).

    SameSite alone does not tell two ports of one host apart. A browser says where a request comes from; an older one
    at least names the page's origin.
    """
    if request.method in _SAFE_METHODS:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site != "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host")
