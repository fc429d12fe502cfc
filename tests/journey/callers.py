"""Keys of every kind for a running system, and what each of them is answered."""

from collections.abc import Sequence
from typing import Any

import httpx

from services.cli.client.http import patiently
from tests.caller import REASON
from tests.system import System


def new_key(http: httpx.Client, *roles: str, hospitals: Sequence[str] | None = None, days: int = 1) -> dict[str, Any]:
    body = {"name": " ".join(roles), "roles": roles, "hospitals": hospitals, "days": days}
    answer = ask(http, "POST", "/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def client_with(system: System, key: str | None, timeout: float = 30) -> httpx.Client:
    """None: without a key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=system.address, headers={**headers, **REASON}, timeout=timeout)


def ask(http: httpx.Client, method: str, path: str, **said: Any) -> httpx.Response:
    """The answer once the gateway of a cluster lets it through: keys and logins come slowly there (F10)."""
    return patiently(lambda: http.request(method, path, **said))
