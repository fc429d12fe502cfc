"""Every route of every service is reached at the one public address."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from chassis.service import Running
from tests.architecture.openapi import opened_services

_OTHER_HOST = {"access": "front"}  # who lives with whom


async def test_every_route_reaches_its_service(http: httpx.AsyncClient, database: str, tmp_path: Path) -> None:
    async with opened_services(database, tmp_path) as (_, running):
        asked = [(name, method, path) for name, service in running.items() for method, path in _operations(service)]
    assert len(asked) > 30
    answers = [(name, method, path, await http.request(method, path)) for name, method, path in asked]
    wrong = [
        (name, method, path, answer.text)
        for name, method, path, answer in answers
        if (answer.status_code, answer.json()["service"]) != (200, _OTHER_HOST.get(name, name))
    ]
    assert wrong == []


def _operations(service: Running) -> list[tuple[str, str]]:
    found = [route for routes in service.routes for route in routes.routes if isinstance(route, APIRoute)]
    return [
        # `/events` is answered slowly and `/picture` at length by a stand-in; a route's own last word is kept.
        (method, re.sub(r"\{\w+\}", "1", route.path).removesuffix("/events"))
        for route in found
        if route.include_in_schema
        for method in route.methods or ()
    ]


@pytest.mark.parametrize(("method", "service"), [("POST", "ingest"), ("GET", "catalog"), ("OPTIONS", "catalog")])
async def test_dicomweb_is_split_by_method(http: httpx.AsyncClient, method: str, service: str) -> None:
    for path in ("/dicom-web/studies", "/dicom-web/studies/1.2/series"):
        assert (await http.request(method, path)).json()["service"] == service


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_studies_are_neither_replaced_nor_deleted(http: httpx.AsyncClient, method: str) -> None:
    """A17."""
    answer = await http.request(method, "/dicom-web/studies/1.2", content=bytes(8 << 20))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/./metrics", "/%6detrics", "/api/v1/../../metrics", "/metrics?x=1", "/.problem"]
)
async def test_numbers_are_not_for_the_public(http: httpx.AsyncClient, path: str) -> None:
    url = httpx.URL(http.base_url, raw_path=path.encode())
    answer = await http.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_gateway_says_that_it_lives_without_asking_a_service(http: httpx.AsyncClient) -> None:
    assert [(await http.get(path)).text for path in ("/livez", "/readyz")] == ["ok", '{"ready":true}']


async def test_everything_else_is_the_front_page_s(http: httpx.AsyncClient) -> None:
    for path in ("/", "/api/docs", "/api/v1/openapi.json", "/api/v1/uploadsx", "/x /api/v1/uploads/1"):
        assert (await http.get(path)).json()["service"] == "front"
