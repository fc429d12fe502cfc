"""Every route refuses alike: problem+json with a request id, unknown parameters by name, forged cursors, wrong ids."""

import base64
import json
from typing import Any

import pytest

from tests.journey.surface import Surface, assert_problem, get_routes

pytestmark = pytest.mark.timeout(300)

_NO_ID = "01900000-0000-7000-8000-000000000000"
_FORGED: list[list[Any]] = [[10**30], ["\0"], [None], [{}], ["x", 1], [[1]], [1.5e300], ["2024-01-01", "x"], [True] * 3]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=-1", "cursor=x", "cursor=%00"])
def test_a_bad_limit_or_cursor_is_refused_by_every_list(surface: Surface, query: str) -> None:
    """D3"""
    for path in ("uploads", f"uploads/{surface.upload_id}/files", "occurrences", "datasets", "dead-letters"):
        answer = surface.http.get(f"/api/v1/{path}?{query}")
        assert_problem(answer, 400)
        assert query.partition("=")[0] in answer.text, (path, answer.text)


def test_a_forged_cursor_is_refused(surface: Surface) -> None:
    """D3: by every list, also one that is well-formed and holds what no list ever gave out."""
    surface.http.put("/api/v1/searchable-tags/EchoTime")
    needed = {"study_instance_uid": "1.2", "from": surface.dataset["version"]}
    lists = [(path, names) for path, names in get_routes(surface) if "cursor" in names]
    assert len(lists) > 15
    for values in _FORGED:
        cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
        for path, names in lists:
            path = path.replace("searchable-tags/1/", "searchable-tags/EchoTime/")
            asked = {name: value for name, value in needed.items() if name in names}
            answer = surface.http.get(path, params={**asked, "cursor": cursor})
            assert answer.status_code in (200, 400), (path, values, answer.text)


def test_an_unknown_query_parameter_is_named_by_every_route(surface: Surface) -> None:
    routes = [path for path, _ in get_routes(surface)]
    assert len(routes) > 15
    for path in routes:
        body = assert_problem(surface.http.get(path, params={"nonsense": "1"}), 400)
        assert "nonsense" in body["detail"], path


@pytest.mark.parametrize("path", ["occurrences/999999999", "images/999999999", "images/999999999/png",
                                  "datasets/nobody", f"uploads/{_NO_ID}", f"operations/{_NO_ID}", "x"])  # fmt: skip
def test_what_is_not_there_is_404_in_the_one_shape(surface: Surface, path: str) -> None:
    """D2, F16"""
    assert_problem(surface.http.get(f"/api/v1/{path}"), 404)


@pytest.mark.parametrize("path", ["occurrences/x", "images/1.5", "uploads/1", "operations/x"])
def test_an_id_that_is_none_is_400(surface: Surface, path: str) -> None:
    """D2"""
    assert_problem(surface.http.get(f"/api/v1/{path}"), 400)


@pytest.mark.parametrize("frame", ["0", "-1", "999", "a", "1,,2", ""])
def test_a_frame_that_is_none_is_refused(surface: Surface, frame: str) -> None:
    """D2"""
    answer = surface.http.get(f"/api/v1/images/{surface.image['image_id']}/png", params={"frame": frame})
    assert answer.status_code in (400, 404)
    assert_problem(answer, answer.status_code)


def test_a_request_id_given_comes_back(surface: Surface) -> None:
    given = {"X-Request-Id": "outside-0001"}
    assert surface.http.get("/api/v1/occurrences", headers=given).headers["x-request-id"] == "outside-0001"
    assert len(surface.http.get("/api/v1/occurrences").headers["x-request-id"]) >= 8


def test_a_wrong_method_is_405_with_what_is_allowed(surface: Surface) -> None:
    """A17"""
    for path in ("/api/v1/occurrences", "/dicom-web/studies"):
        answer = surface.http.delete(path)
        assert_problem(answer, 405)
        assert answer.headers["allow"]
