"""The gate before every route: from a request to a caller, or 401; from a caller and a rule to yes, or 403.

Every service has its own gate and trusts no proxy before it (reliability F7). A host with a route for which nobody
decided who may call it does not start.
"""

import hmac
from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request

from chassis.auth.access import Caller, Role, Rule, rule_of
from chassis.auth.api_keys import KeyBook, admin_key, digest_of, public_id, refuse_weak
from chassis.auth.audit_log import Trail
from chassis.auth.oidc import Tokens, is_safe, issuer_keys
from chassis.auth.session import COOKIE, Links, Sessions, is_forged
from chassis.errors import Forbidden, SettingsError, Unauthorized
from chassis.http.app import StrictRoute
from chassis.secrets import SiteKeys
from chassis.service import Home
from chassis.settings import Settings, is_loopback

ADMIN = Caller("admin-key", frozenset({Role.ADMIN}), None)
_NO_KEY = "Say who you are: Authorization: Bearer <key>. An administrator makes one with `rcdm key create`."


class Gate:
    """`keys` None: no API keys here, only tokens; `tokens` None: there is no issuer."""

    def __init__(
        self, admin: str | None, keys: KeyBook | None, tokens: Tokens | None, site: SiteKeys, trail: Trail
    ) -> None:
        self._admin = digest_of(admin) if admin else None
        self._keys, self._tokens, self.trail = keys, tokens, trail
        self.sessions, self.links = Sessions(site), Links(site)

    async def admit(self, request: Request, rule: Rule) -> None:
        """Leaves the caller in `request.state`. Raises Unauthorized, Forbidden, Unavailable."""
        if rule.is_public:
            return
        credential, by_cookie = self._said(request, rule)
        if credential is None:
            raise Unauthorized(_NO_KEY)
        subject = f"key:{public_id(credential) or '?'}"
        try:
            caller = await self._caller(credential)
            subject = caller.subject
            _check(caller, rule)
            if by_cookie and is_forged(request):
                raise Forbidden("This did not come from our own page; send it with a key.")
        except (Unauthorized, Forbidden) as error:
            await self.trail.refused(request, subject, type(error).__name__.lower())
            raise
        request.state.caller = caller

    def _said(self, request: Request, rule: Rule) -> tuple[str | None, bool]:
        # A link counts before a cookie: who follows one means it, whoever is logged in.
        if rule.by_link and not _bearer(request) and (linked := self.links.credential(request)) is not None:
            return linked, False
        return self.credential(request)

    def credential(self, request: Request) -> tuple[str | None, bool]:
        """The key or token said, and whether a cookie said it. A header counts before a cookie."""
        if said := _bearer(request):
            return said, False
        cookie = request.cookies.get(COOKIE)
        return (self.sessions.credential(cookie), True) if cookie else (None, False)

    async def _caller(self, credential: str) -> Caller:
        if self._admin and hmac.compare_digest(self._admin, digest_of(credential)):
            return ADMIN
        if self._tokens and credential.count(".") == 2:
            return await self._tokens.caller(credential)
        found = await self._keys.find(credential) if self._keys else None
        if found is None:
            raise Unauthorized("This key is unknown, expired or revoked.", error="invalid_token")
        return found.caller


def open_gate(home: Home) -> Gate:
    """As the settings of the home decide it."""
    settings = home.settings
    keys = None if settings.auth == "oidc" else KeyBook(home.database)
    tokens = None
    if settings.oidc_issuer:
        tokens = Tokens(settings.oidc_issuer, settings.oidc_audience, issuer_keys(settings))
    return Gate(admin_key(settings), keys, tokens, home.keys, Trail(home.database))


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _check(caller: Caller, rule: Rule) -> None:
    if not caller.may(*rule.roles):
        raise Forbidden(
            f"This needs the role {' or '.join(rule.roles)}; yours: {', '.join(sorted(caller.roles)) or 'none'}. "
            "Ask an administrator for a key that has it.", needs=list(rule.roles), error="insufficient_scope",
        )  # fmt: skip
    if rule.everywhere and caller.hospitals is not None:
        raise Forbidden("This looks at all hospitals; it needs a key that is for all of them.")


def refuse_undecided(routers: Iterable[APIRouter]) -> None:
    """Raises RuntimeError that names the routes without `@may` or `@public`, or whose kind asks nobody."""
    undecided = [
        f"{', '.join(sorted(getattr(route, 'methods', ())))} {getattr(route, 'path', route)}"
        for router in routers
        for route in router.routes
        if not (isinstance(route, APIRoute) and _is_decided(route))
    ]
    if undecided:
        raise RuntimeError(f"Write @may(…) or @public over: {'; '.join(undecided)}.")


def _is_decided(route: APIRoute) -> bool:
    rule = rule_of(route.endpoint)
    return rule is not None and (rule.is_public or isinstance(route, StrictRoute))


def check_start(settings: Settings) -> None:
    """Raises SettingsError with a sentence that says what to write (reliability F14, G4)."""
    if not settings.auth and not is_loopback(settings.host):
        raise SettingsError(
            f"RCDM_LISTEN: {settings.listen} can be reached from other machines, and nobody decided who may call: "
            "write RCDM_AUTH=keys (API keys) or RCDM_AUTH=oidc (tokens of RCDM_OIDC_ISSUER), or listen on 127.0.0.1."
        )
    if settings.auth == "oidc" and not settings.oidc_issuer:
        raise SettingsError("RCDM_AUTH=oidc: write the issuer's address in RCDM_OIDC_ISSUER.")
    for name, address in (("RCDM_OIDC_ISSUER", settings.oidc_issuer), ("RCDM_OIDC_JWKS", settings.oidc_jwks)):
        if address and not is_safe(address):
            raise SettingsError(f"{name}: write an https:// address; keys read over plain http could be anybody's.")
    if settings.is_shared and settings.site_key is None:
        raise SettingsError(
            "RCDM_SITE_KEY: several processes may work on this database and must make the same pseudonyms; write one "
            "secret for all of them, such as `openssl rand -hex 32` prints."
        )
    if settings.admin_key is not None:
        refuse_weak(settings.admin_key.get_secret_value())
