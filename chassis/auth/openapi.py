"""How the OpenAPI document tells who may call a route: `x-roles`, and `security` with the ways to say who one is."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from chassis.auth.access import rule_of
from chassis.auth.session import COOKIE, LINK

SECURITY_SCHEMES: dict[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, or a token of the issuer."},
    "link": {"type": "apiKey", "in": "query", "name": LINK, "description": "Of a link to this very address."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser's, after login."},
}


def described(endpoint: Callable[..., Any], extra: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a route's description says besides `extra`. No roles: anybody, without a key."""
    rule = rule_of(endpoint)
    if rule is None:
        return extra
    if rule.is_public:
        return {"security": [], **(extra or {})}
    ways = [name for name in SECURITY_SCHEMES if name != LINK or rule.by_link]
    told: dict[str, Any] = {"security": [{name: []} for name in ways], "x-roles": list(rule.roles)}
    if rule.everywhere:
        told["x-all-hospitals"] = True
    return {**told, **(extra or {})}


class DescribedApp(FastAPI):
    """Names the ways to say who one is beside the routes that ask it."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
        return document
