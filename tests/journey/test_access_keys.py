"""Keys over HTTP and on the command line: shown once, kept as digests, listed and revoked; and the trail of it."""

import hashlib
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.journey.callers import ask, client_with, new_key
from tests.journey.outside import every_item
from tests.journey.surface import Surface, assert_problem
from tests.system import rcdm

pytestmark = pytest.mark.timeout(300)


def test_a_key_is_shown_once(surface: Surface) -> None:
    """F3"""
    made = new_key(surface.http, "researcher", hospitals=["A"])
    listed = {item["key_id"]: item for item in every_item(surface.http, "/api/v1/keys")}[made["key_id"]]
    assert "key" not in listed
    assert (listed["state"], listed["roles"], listed["hospitals"]) == ("living", ["researcher"], ["A"])
    again = [surface.http.get(path).text for path in ("/api/v1/keys?limit=1000", "/api/v1/callers/trail?limit=1000")]
    secret = made["key"].split("_", 2)[2]
    assert not any(
        word in text for text in again for word in (secret, hashlib.sha256(made["key"].encode()).hexdigest())
    )


def test_a_key_counts_at_once_and_tells_who_it_is(surface: Surface) -> None:
    for hospitals in (["A", "B"], None):
        made = new_key(surface.http, "steward", "operator", hospitals=hospitals)
        with client_with(surface.system, made["key"]) as http:
            session = http.get("/api/v1/session").json()
        assert session == {
            "subject": f"key:{made['key_id']}",
            "roles": ["operator", "steward"],
            "hospitals": hospitals,
        }


def test_a_key_is_revoked_once_and_stays_so(surface: Surface) -> None:
    path = f"/api/v1/keys/{new_key(surface.http, 'researcher')['key_id']}"
    first, again = surface.http.delete(path).json(), surface.http.delete(path).json()
    assert first["state"] == "revoked"
    assert again == first
    assert_problem(surface.http.delete("/api/v1/keys/000000000000"), 404)


@pytest.mark.parametrize(
    "change",
    [{"roles": []}, {"roles": ["king"]}, {"hospitals": []}, {"name": ""}, {"days": 0}, {"days": 4000}, {"more": 1}],
)
def test_a_key_that_says_too_little_or_too_much_is_not_made(surface: Surface, change: dict[str, Any]) -> None:
    body = {"name": "x", "roles": ["researcher"], "hospitals": ["A"], "days": 1}
    assert_problem(ask(surface.http, "POST", "/api/v1/keys", json={**body, **change}), 400)


def test_whose_data_a_key_reaches_must_be_said(surface: Surface) -> None:
    assert_problem(ask(surface.http, "POST", "/api/v1/keys", json={"name": "x", "roles": ["researcher"]}), 400)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer rcdm_000000000000_" + "A" * 43,
        "Bearer x",
        "Bearer a.b.c",
        "Basic YTpi",
        "Bearer",
        "Bearer é",
    ],
)
def test_what_is_no_key_is_refused(surface: Surface, header: str) -> None:
    """F1: with the challenge of RFC 6750."""
    with client_with(surface.system, None) as http:
        answer = http.get("/api/v1/statistics", headers={b"Authorization": header.encode("latin-1")})
    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="rcdm"')


def test_the_public_part_and_another_secret_are_not_the_key(surface: Surface) -> None:
    """F3"""
    made = new_key(surface.http, "admin")
    _, public, secret = made["key"].split("_", 2)
    other = secret.swapcase()
    for forged in (f"rcdm_{public}_{other}", f"rcdm_{public}_{secret[:-1]}", f"rcdm_{public}", f"{made['key']}A"):
        with client_with(surface.system, forged) as http:
            assert http.get("/api/v1/keys").status_code == 401


def test_the_trail_tells_who_changed_keys_and_who_was_refused(surface: Surface) -> None:
    """F11"""
    made = new_key(surface.http, "bridge")
    surface.http.delete(f"/api/v1/keys/{made['key_id']}")
    rows = every_item(surface.http, "/api/v1/callers/trail")
    ours = {row["action"]: row for row in rows if row["objects"] == [made["key_id"]]}
    assert ours.keys() == {"key.created", "key.revoked"}
    assert {row["subject"] for row in ours.values()} == {"admin-key"}
    refused = next(row for row in rows if row["action"] == "caller.refused")
    assert (refused["outcome"], refused["client"]) in {("unauthorized", "127.0.0.1"), ("forbidden", "127.0.0.1")}
    assert [row["trail_id"] for row in rows] == sorted((row["trail_id"] for row in rows), reverse=True)


def test_the_trail_only_answers_what_it_is_asked(surface: Surface) -> None:
    rows = every_item(surface.http, "/api/v1/callers/trail", action="key.created", subject="admin-key")
    assert {(row["action"], row["subject"]) for row in rows} == {("key.created", "admin-key")}
    assert every_item(surface.http, "/api/v1/callers/trail", subject="nobody") == []


def test_the_command_line_makes_lists_and_revokes_keys(surface: Surface) -> None:
    made = rcdm(surface.system, "key", "create", "PACS 1", "--role", "bridge", "--hospital", "A", "--days", "7")
    assert (made["roles"], made["hospitals"]) == (["bridge"], ["A"])
    assert made["key_id"] in {item["key_id"] for item in rcdm(surface.system, "key", "list")["items"]}
    assert rcdm(surface.system, "key", "revoke", made["key_id"])["state"] == "revoked"
    rcdm(surface.system, "key", "create", "x", "--role", "bridge", expect=1)


def test_without_the_right_key_a_command_says_what_to_set(surface: Surface) -> None:
    researcher = new_key(surface.http, "researcher")["key"]
    for key, said in (("wrong", "set RCDM_KEY to your key"), (researcher, "needs the role operator or admin")):
        environment = {**os.environ, "RCDM_SERVER": surface.system.address, "RCDM_KEY": key}
        command = [sys.executable, "-m", "services", "audit"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
        assert key not in done.stderr + done.stdout
