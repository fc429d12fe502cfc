"""A browser's session: the credential it logged in with, sealed into a cookie that no script can read.

So pictures and downloads work without a header, a revoked key ends its sessions too, and no table is needed.
"""

import base64
import binascii
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import BadRequest
from chassis.secrets import SiteKeys

COOKIE = "rcdm_session"
SESSION_SECONDS = 12 * 3600
_MOST_CHARACTERS = 3_800  # browsers keep 4,096 bytes of a cookie, its name and attributes included
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Sessions:
    """Every process of the site opens what any of them sealed."""

    def __init__(self, keys: SiteKeys, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._clock = keys.project("browser session"), clock

    def sealed(self, credential: str) -> str:
        """Raises BadRequest for a token too long for a cookie."""
        content = json.dumps([credential, int(self._clock()) + SESSION_SECONDS]).encode()
        value = base64.urlsafe_b64encode(self._keys.seal(content)).decode()
        if len(value) > _MOST_CHARACTERS:
            raise BadRequest("This token is too long for a browser's cookie; send it with each request instead.")
        return value

    def credential(self, value: str) -> str | None:
        """None when it was altered, is of another site or too old."""
        try:
            credential, until = json.loads(self._keys.unseal(base64.urlsafe_b64decode(value)))
        except (BadRequest, ValueError, binascii.Error):
            return None
        return str(credential) if self._clock() < until else None


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
