"""A browser's session, and links for a few minutes: credentials sealed so that nobody reads or changes them.

A session is the credential somebody signed in with, in a cookie that no script can read: pictures and downloads work
without a header, a revoked key ends its sessions too, and no table is needed. A link carries its maker's credential in
the address: with a revoked key, an expired token or a lost role the link is dead as well.
"""

import base64
import binascii
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import BadRequest, Unauthorized
from chassis.secrets import SiteKeys

_MOST_CHARACTERS = 3_800  # browsers keep 4,096 bytes of a cookie, its name and attributes included

COOKIE = "rcdm_session"
SESSION_SECONDS = 12 * 3600
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

LINK = "link"
LONGEST_LINK_SECONDS = 900
_METHODS = ("GET", "HEAD")


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
