"""Links to a data set's files: for somebody without a key, for one file, as long as their maker may."""

from typing import Any

import httpx
import pytest

from tests.journey.callers import ask, client_with, new_key
from tests.journey.outside import every_item
from tests.journey.surface import Surface, assert_problem
from tests.system import rcdm

pytestmark = pytest.mark.timeout(300)


def made_link(surface: Surface, key: str, path: str = "archive", **more: Any) -> str:
    with client_with(surface.system, key) as http:
        answer = ask(http, "POST", f"{surface.version}/links", json={"path": path, **more})
    assert answer.status_code == 201, answer.text
    assert key.split("_", 2)[2] not in answer.text
    return str(answer.json()["address"])


@pytest.mark.parametrize("path", ["archive", "archive.tar", "files/manifest.csv"])
def test_who_has_the_link_fetches_the_file_and_nothing_else(surface: Surface, path: str) -> None:
    """D13"""
    address = made_link(surface, new_key(surface.http, "researcher")["key"], path)
    with client_with(surface.system, None) as http:
        answer = http.get(address)
        assert answer.content == surface.http.get(f"{surface.version}/{path}").content
        assert answer.headers["content-disposition"].startswith("attachment")
        part = http.get(address, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, answer.content[10:20])
        sealed = address.partition("?")[2]
        for other in ("manifest.csv", "members", "files/README.txt", "diff"):
            assert_problem(http.get(f"{surface.version}/{other}?{sealed}"), 401)
        assert_problem(http.get("/api/v1/statistics?" + sealed), 401)
        assert_problem(ask(http, "POST", f"{surface.version}/links?{sealed}", json={}), 401)
        assert_problem(http.get(f"{address[:-8]}AAAAAAA="), 401)
    assert_problem(surface.http.get("/api/v1/statistics?" + sealed), 400)


def test_a_link_is_worth_what_its_maker_is(surface: Surface) -> None:
    """D13: a revoked key takes its links along, and a key for another hospital makes none."""
    made = new_key(surface.http, "researcher")
    address = made_link(surface, made["key"])
    with client_with(surface.system, None) as http:
        assert http.head(address).status_code == 200
        surface.http.delete(f"/api/v1/keys/{made['key_id']}")
        # Who comes with an unknown key makes the process read the table of keys again.
        assert_problem(ask(http, "GET", surface.version, headers={"Authorization": _unknown()}), 401)
        assert_problem(http.get(address), 401)
    with client_with(surface.system, new_key(surface.http, "researcher", hospitals=["A"])["key"]) as http:
        assert_problem(ask(http, "POST", f"{surface.version}/links", json={}), 404)


def _unknown() -> str:
    return "Bearer rcdm_" + "0" * 12 + "_" + "A" * 43


@pytest.mark.parametrize(
    "body", [{"seconds": 901}, {"seconds": 0}, {"path": "members"}, {"path": "files/"}, {"path": "../x"}, {"more": 1}]
)
def test_a_link_for_too_long_or_to_something_else_is_not_made(surface: Surface, body: dict[str, Any]) -> None:
    """D13"""
    assert_problem(ask(surface.http, "POST", f"{surface.version}/links", json=body), 400)


def test_a_link_to_a_file_that_is_not_there(surface: Surface) -> None:
    assert_problem(ask(surface.http, "POST", f"{surface.version}/links", json={"path": "files/none.csv"}), 404)


def test_the_command_prints_it_and_the_trail_knows_who(surface: Surface) -> None:
    """F11"""
    name, version = surface.dataset["dataset"], surface.dataset["version"]
    made = rcdm(surface.system, "dataset", "link", name, "--path", "files/README.txt", "--minutes", "1")
    assert httpx.get(made["address"]).text.startswith(name)
    rows = every_item(surface.http, "/api/v1/callers/trail", action="dataset.linked")
    assert [name, version] in [row["objects"] for row in rows]
