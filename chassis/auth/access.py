"""Who calls, and what each route asks of them: `@may(…)` or `@public` stands over every route."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from chassis.errors import BadRequest, Forbidden

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_RULE = "rcdm_rule"


class Role(StrEnum):
    """What somebody may do; a caller can have several."""

    BRIDGE = "bridge"  # stores images and follows its own uploads
    RESEARCHER = "researcher"  # searches, looks at pictures, makes data sets; sees pseudonyms only
    STEWARD = "steward"  # sees identities, with a reason; may do what bridges and researchers do
    OPERATOR = "operator"  # audits, replays, reads the trail; sees no images
    ADMIN = "admin"  # everything, keys included


SENDERS = (Role.BRIDGE, Role.STEWARD)
READERS = (Role.RESEARCHER, Role.STEWARD)
ANYBODY = tuple(Role)


@dataclass(frozen=True)
class Caller:
    """Somebody whose key or token was verified. `hospitals`: whose data they see; None: all."""

    subject: str
    roles: frozenset[Role]
    hospitals: frozenset[str] | None

    def may(self, *roles: Role) -> bool:
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)

    def hospital(self, said: str, default: str) -> str:
        """The hospital that is meant. Raises Forbidden outside the scope, BadRequest when it must be said."""
        if self.hospitals is None:
            return said or default
        if said and said not in self.hospitals:
            # The same answer whether there is such a hospital or not.
            raise Forbidden(f"Your key is not for that hospital but for {', '.join(sorted(self.hospitals)) or 'none'}.")
        if said or default in self.hospitals:
            return said or default
        if len(self.hospitals) != 1:
            raise BadRequest("Say which hospital: your key is for several or for none.", parameter="hospital")
        return next(iter(self.hospitals))


@dataclass(frozen=True)
class Rule:
    """What a route asks: any of these roles (none: nothing, it is public), and maybe sight of all hospitals.

    `by_link`: a link (chassis/auth/session.py) may stand for its maker's key.
    """

    roles: tuple[Role, ...]
    everywhere: bool = False
    by_link: bool = False

    @property
    def is_public(self) -> bool:
        return not self.roles


def may(*roles: Role, everywhere: bool = False, by_link: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Callers with any of the roles, and admins. `everywhere`: only those whose key is for all hospitals."""
    rule = Rule(tuple(dict.fromkeys((*roles, Role.ADMIN))), everywhere, by_link)
    return lambda endpoint: _ruled(endpoint, rule)


def public(endpoint: Endpoint) -> Endpoint:
    """Anybody, without a key: shows nothing of what is kept."""
    return _ruled(endpoint, Rule(()))


def rule_of(endpoint: Callable[..., Any]) -> Rule | None:
    """None: nobody decided, and the host does not start with such a route."""
    return getattr(endpoint, _RULE, None)


def caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _hospitals_of(request: Request) -> frozenset[str] | None:
    return caller_of(request).hospitals


Calling = Annotated[Caller, Depends(caller_of)]
# The hospitals whose data the caller sees; None: all.
Hospitals = Annotated[frozenset[str] | None, Depends(_hospitals_of)]


def _ruled(endpoint: Endpoint, rule: Rule) -> Endpoint:
    setattr(endpoint, _RULE, rule)
    return endpoint
