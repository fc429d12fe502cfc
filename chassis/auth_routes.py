"""No route without a decision: a host does not start with one that nobody said who may call."""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute

from chassis.auth import rule_of
from chassis.http import StrictRoute


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
