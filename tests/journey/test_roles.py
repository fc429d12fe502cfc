"""Every route as everybody: the answers are those of the table in docs/roles.md."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from chassis.auth.access import Role
from tests.architecture.roles import allowed, operations
from tests.journey.callers import ask, client_with, new_key
from tests.journey.outside import Json
from tests.journey.surface import Surface, assert_problem

pytestmark = pytest.mark.timeout(300)

_IDS = {"upload_id": "01900000-0000-7000-8000-000000000000", "operation_id": "01900000-0000-7000-8000-000000000000",
        "key_id": "0" * 12, "name": "nothing", "version": "latest", "study": "1.2.3"}  # fmt: skip


@pytest.fixture(scope="module")
def everybody(surface: Surface) -> Iterator[dict[str, httpx.Client]]:
    """A client for each role, and one without a key."""
    with ExitStack() as stack:
        keys = {role.value: new_key(surface.http, role)["key"] for role in Role}
        keys["nobody"] = None
        yield {who: stack.enter_context(client_with(surface.system, key)) for who, key in keys.items()}


@pytest.fixture(scope="module")
def reference(surface: Surface) -> Json:
    document: Json = surface.http.get("/api/v1/openapi.json").json()
    return document


@pytest.mark.parametrize("who", ["nobody", *Role])
def test_every_route_answers_as_the_table_says(
    surface: Surface, everybody: dict[str, httpx.Client], reference: Json, who: str
) -> None:
    """F4"""
    wrong = []
    for method, path, it in operations(reference):
        answer = ask(everybody[who], method, _address(path))
        refused = answer.status_code in (401, 403)
        if refused is allowed(it, who):
            wrong.append((method, path, answer.status_code))
        if refused:
            body = assert_problem(answer, 401 if who == "nobody" else 403)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert who == "nobody" or set(it["x-roles"]) == set(body["needs"])
    assert wrong == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.BRIDGE])
def test_what_looks_at_all_hospitals_needs_a_key_for_all(surface: Surface, reference: Json, role: Role) -> None:
    """F4: also an admin's key for one hospital makes no keys."""
    scoped = new_key(surface.http, role, hospitals=["A"])["key"]
    with client_with(surface.system, scoped) as http:
        for method, path, it in operations(reference):
            if it.get("x-all-hospitals"):
                assert ask(http, method, _address(path)).status_code == 403, path


def _address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: _IDS.get(name[1], "999999999"), path)
