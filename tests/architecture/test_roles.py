"""Every route says who may call it, and the docs say the same."""

import pytest
from fastapi import APIRouter

from chassis.auth.access import Role, may, public
from chassis.auth.gate import refuse_undecided
from chassis.http.app import router
from tests.architecture.roles import TABLE, written_table


def test_the_table_of_roles_is_that_of_the_routes() -> None:
    assert TABLE.read_text() == written_table(), "run `make openapi roles`"


def test_a_route_that_nobody_decided_stops_the_start() -> None:
    """F7: forgetting is not an open door."""
    forgotten = router("/api/v1/new", "new")

    @forgotten.get("/thing")
    async def thing() -> None:
        """Nobody said who may."""

    with pytest.raises(RuntimeError, match=r"GET /api/v1/new/thing"):
        refuse_undecided([forgotten])


def test_a_route_whose_kind_asks_nobody_must_be_public() -> None:
    plain = APIRouter()

    @plain.get("/secret")
    @may(Role.ADMIN)
    async def secret() -> None:
        """Decided, but no StrictRoute: the gate would never be asked."""

    @plain.get("/open")
    @public
    async def open_to_all() -> None:
        """Fine."""

    with pytest.raises(RuntimeError, match=r"GET /secret\."):
        refuse_undecided([plain])
