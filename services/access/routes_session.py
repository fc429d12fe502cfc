"""HTTP of a session: who am I, log a browser in, log it out."""

from fastapi import APIRouter, Request, Response

from chassis.auth import ANYBODY, Caller, Calling, may, public
from chassis.auth_gate import Gate
from chassis.auth_session import Sessions, give_cookie, take_cookie
from chassis.auth_trail import Deed, Trail
from chassis.errors import BadRequest
from chassis.http import router
from services.access.models import Session


def session_routes(sessions: Sessions, trail: Trail) -> APIRouter:
    routes = router("/api/v1/session", "callers")

    @routes.get("", summary="Who am I")
    @may(*ANYBODY)
    async def who(caller: Calling) -> Session:
        """The caller's roles and hospitals; 401 when nobody is logged in."""
        return _session(caller)

    @routes.post("", status_code=201, summary="Log a browser in")
    @may(*ANYBODY)
    async def log_in(request: Request, response: Response, caller: Calling) -> Session:
        """For the key or token in the Authorization header: a cookie that no script can read, for twelve hours."""
        gate: Gate = request.app.state.gate
        credential, by_cookie = gate.credential(request)
        if credential is None or by_cookie:
            raise BadRequest("Say the key or token in the Authorization header.")
        give_cookie(request, response, sessions.sealed(credential))
        await trail.write(request, caller.subject, Deed("session.opened"))
        return _session(caller)

    @routes.delete("", status_code=204, summary="Log a browser out")
    @public
    async def log_out(response: Response) -> None:
        """Takes the cookie away."""
        take_cookie(response)

    return routes


def _session(caller: Caller) -> Session:
    hospitals = None if caller.hospitals is None else sorted(caller.hospitals)
    return Session(subject=caller.subject, roles=sorted(caller.roles), hospitals=hospitals)
