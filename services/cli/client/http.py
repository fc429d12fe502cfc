"""The client side of the REST surface: where the server is, and errors as sentences."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from chassis.errors import RcdmError
from chassis.settings import ADMIN_KEY_FILE, default_data, is_loopback
from services.cli.client.output import fail

_DEFAULT = "127.0.0.1:8000"
_PATIENCE_SECONDS = 60.0
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  what a server of this machine may listen on
_AND_NOW = {
    401: " For this command: set RCDM_KEY to your key.",
    403: " RCDM_KEY says which key this command calls with.",
}


class Failed(RcdmError):
    """The server said no, or nothing; the sentence says which."""


def server_address() -> str:
    """RCDM_SERVER, else the RCDM_LISTEN of this machine, else http://127.0.0.1:8000."""
    return os.environ.get("RCDM_SERVER") or f"http://{os.environ.get('RCDM_LISTEN', _DEFAULT)}"


def caller_key(address: str) -> str | None:
    """RCDM_KEY; for a system on this machine, its first key. That one is never sent to another machine."""
    if said := os.environ.get("RCDM_KEY"):
        return said
    host = urlsplit(address).hostname or ""
    if not (is_loopback(host) or host in _ANY_ADDRESS):
        return None
    if admin := os.environ.get("RCDM_ADMIN_KEY"):
        return admin
    with suppress(OSError):  # not there, or somebody else's
        return (Path(os.environ.get("RCDM_DATA") or default_data()).expanduser() / ADMIN_KEY_FILE).read_text().strip()
    return None


@contextmanager
def client(address: str | None = None, key: str | None = None) -> Iterator[httpx.Client]:
    """A client with the caller's key. Raises Failed in words when the server does not answer."""
    address = address or server_address()
    key = key or caller_key(address)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(base_url=address, headers=headers, timeout=httpx.Timeout(60, connect=5)) as http:
        try:
            yield http
        except httpx.TransportError as error:
            raise Failed(
                f"No answer from {address} ({type(error).__name__}). Start a server with `make run` or `rcdm up`, "
                "or say where it is with RCDM_SERVER."
            ) from None


def checked(answer: httpx.Response, *also_fine: int) -> Any:
    """The JSON of an answer. Raises Failed with the server's own sentence."""
    if answer.is_success or answer.status_code in also_fine:
        return answer.json()
    try:
        problem = answer.json()
        sentence = f"{problem['detail']} (HTTP {answer.status_code}, request {problem['request_id']})"
    except (ValueError, KeyError, TypeError):
        sentence = f"The server answered HTTP {answer.status_code}."
    raise Failed(sentence + _AND_NOW.get(answer.status_code, ""))


def patiently(call: Callable[[], httpx.Response]) -> httpx.Response:
    """Again while the server is away or overloaded, for a minute: only for a call that may safely be made twice."""
    end, pause = time.monotonic() + _PATIENCE_SECONDS, 0.5
    while True:
        try:
            answer = call()
            if answer.status_code not in (429, 502, 503, 504) or time.monotonic() > end:
                return answer
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 5)


@contextmanager
def exit_one_on_failure() -> Iterator[None]:
    """Turn our errors into a sentence and exit code 1."""
    try:
        yield
    except RcdmError as error:
        fail(error.detail)
        sys.exit(1)
    except KeyboardInterrupt:
        fail("Stopped. The same command goes on where it was.")
        sys.exit(130)
