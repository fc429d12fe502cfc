"""A browser's session: a cookie no script can read, worth nothing to other pages, gone after logging out."""

from collections.abc import Iterator

import httpx
import pytest

from tests.journey.callers import ask, client_with, new_key
from tests.journey.outside import every_item
from tests.journey.surface import Surface, assert_problem

pytestmark = pytest.mark.timeout(300)

_OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def browser(surface: Surface) -> Iterator[httpx.Client]:
    """Logged in as a steward; it keeps the cookie and sends no header."""
    key = new_key(surface.http, "steward")["key"]
    with client_with(surface.system, None) as http:
        answer = ask(http, "POST", "/api/v1/session", headers={"Authorization": f"Bearer {key}", **_OWN})
        assert answer.status_code == 201
        yield http


def test_pictures_and_lists_need_nothing_but_the_cookie(browser: httpx.Client, surface: Surface) -> None:
    assert browser.get("/api/v1/session").json()["roles"] == ["steward"]
    image = f"/api/v1/images/{surface.image['image_id']}"
    assert browser.get(f"{image}/png").headers["content-type"] == "image/png"
    assert browser.get(f"{image}/dicom", params={"reason": "a second look"}).status_code == 200


def test_the_cookie_is_closed_to_scripts_and_other_sites(surface: Surface) -> None:
    """F15"""
    made = new_key(surface.http, "researcher")["key"]
    with client_with(surface.system, made) as http:
        cookie = ask(http, "POST", "/api/v1/session").headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "rcdm_session"
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(rest.split("; "))
    assert made not in cookie
    assert made.split("_", 2)[2] not in cookie


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}],
)
def test_what_another_page_sends_in_the_browsers_name_is_refused(
    browser: httpx.Client, headers: dict[str, str]
) -> None:
    """F15"""
    body = {"name": "forged", "mode": "flat"}
    assert_problem(browser.post("/api/v1/datasets", json=body, headers=headers), 403)
    assert "forged" not in {item["name"] for item in every_item(browser, "/api/v1/datasets")}


def test_what_the_own_page_sends_is_taken(browser: httpx.Client) -> None:
    for headers in (_OWN, {"Origin": str(browser.base_url).rstrip("/")}):
        answer = browser.post("/api/v1/uploads/check", json={"sha256": []}, headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_header_needs_no_page(browser: httpx.Client, surface: Surface) -> None:
    """A key in a header cannot be sent by another page, cookie or not."""
    key = new_key(surface.http, "bridge")["key"]
    said = {"Authorization": f"Bearer {key}"}
    assert browser.post("/api/v1/uploads/check", json={"sha256": []}, headers=said).status_code == 200


def test_a_cookie_opens_no_second_session(browser: httpx.Client) -> None:
    assert_problem(ask(browser, "POST", "/api/v1/session", headers=_OWN), 400)


def test_who_logged_out_is_nobody(browser: httpx.Client) -> None:
    assert browser.delete("/api/v1/session", headers=_OWN).status_code == 204
    assert_problem(browser.get("/api/v1/session"), 401)


def test_an_altered_cookie_is_nobody(browser: httpx.Client) -> None:
    value = browser.cookies["rcdm_session"]
    changed = value[:40] + ("A" if value[40] != "A" else "B") + value[41:]
    with client_with_cookie(browser, changed) as http:
        assert_problem(http.get("/api/v1/session"), 401)


def test_logins_are_in_the_trail(browser: httpx.Client, surface: Surface) -> None:
    """F11"""
    subject = browser.get("/api/v1/session").json()["subject"]
    (row,) = every_item(surface.http, "/api/v1/callers/trail", subject=subject, action="session.opened")
    assert (row["route"], row["outcome"]) == ("POST /api/v1/session", "done")


def client_with_cookie(browser: httpx.Client, value: str) -> httpx.Client:
    return httpx.Client(base_url=browser.base_url, headers={"Cookie": f"rcdm_session={value}"}, timeout=30)
