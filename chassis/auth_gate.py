"""The gate before every route: from a request to a caller, or 401; from a caller and a rule to yes, or 403.

Every service has its own and believes nobody in front of it (reliability F7).
"""

import hmac

from starlette.requests import Request

from chassis.auth import Caller, Role, Rule
from chassis.auth_admin import admin_key
from chassis.auth_issuer import issuer_keys
from chassis.auth_keys import KeyBook, digest_of, public_id
from chassis.auth_links import Links
from chassis.auth_session import COOKIE, Sessions, is_forged
from chassis.auth_tokens import Tokens
from chassis.auth_trail import Trail
from chassis.errors import Forbidden, Unauthorized
from chassis.secrets import SiteKeys
from chassis.service import Home

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
