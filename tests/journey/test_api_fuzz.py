"""Hostile values in every query parameter, path parameter, header and document: never a 5xx, always the one shape."""

import random
import socket
from itertools import product
from urllib.parse import quote, urlsplit

import pytest

from tests.journey.outside import Json
from tests.journey.surface import PROBLEM, Surface, get_routes

pytestmark = pytest.mark.timeout(300)

_HOSTILE = (
    "", " ", "0", "-1", "1e309", "NaN", "9" * 40, "9223372036854775808", "2147483648", "1.5", "true", "null", "[]",
    "{}", "\0", "a\0b", "%", "_", "'", "\\", '"', "';DROP TABLE x;--", "$1", "../../etc/passwd", "..%2f..", "<script>",
    "{{7*7}}", "\u202e", "조영전", "\U0001f600", "\ufffe", "١٢", "0001-01-01", "9999-12-31", "2024-02-30", "a" * 5000,
    "a " * 40, "latest",
)  # fmt: skip
_SAMPLE = 500
_JSON: list[object] = [
    None,
    0,
    -1,
    1e308,
    10**30,
    "",
    "\0",
    "x" * 5000,
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    True,
    ["\0"],
    ["%"],
]


def test_hostile_query_values_never_break_the_server(surface: Surface) -> None:
    """F16, D4"""
    pairs = [(path, name) for path, names in get_routes(surface) if "events" not in path for name in names]
    tries = list(product(pairs, _HOSTILE))
    for (path, name), value in random.Random(1).sample(tries, min(_SAMPLE, len(tries))):
        _try(surface, "GET", f"{path}?{name}={quote(value)}")


def test_hostile_path_values_never_break_the_server(surface: Surface) -> None:
    """F16, D2"""
    reference: Json = surface.http.get("/api/v1/openapi.json").json()["paths"]
    places = [
        (path, method)
        for path, methods in reference.items()
        for method in methods
        if "{" in path and method in ("get", "delete")
    ]
    for (path, method), value in product(places, _HOSTILE):
        before, _, rest = path.partition("{")
        after = rest.partition("}")[2].replace("{version}", "latest")
        _try(surface, method.upper(), before + quote(value, safe="") + after)


@pytest.mark.parametrize("field", ["name", "filter", "mode", "format", "split", "stratify"])
def test_hostile_documents_never_break_the_server(surface: Surface, field: str) -> None:
    """F16"""
    body = {"name": "fuzz", "filter": {"hospital": ["nobody"]}, "mode": "phase", "format": "png"}
    for value in _JSON:
        _try(surface, "POST", "/api/v1/datasets", {**body, field: value})


def test_hostile_filters_of_data_sets_never_break_the_server(surface: Surface) -> None:
    """F16"""
    names = [name for path, names in get_routes(surface) if path == "/api/v1/occurrences" for name in names]
    for name, value in random.Random(2).sample(list(product(names, [*_JSON, *_HOSTILE])), 200):
        _try(
            surface,
            "POST",
            "/api/v1/datasets",
            {"name": "f", "mode": "flat", "filter": {name: value, "hospital": ["-"]}},
        )
    for value in _JSON:
        _try(surface, "POST", "/api/v1/uploads/check", {"sha256": value})
        _try(surface, "POST", "/api/v1/uploads/check", {"sha256": ["0" * 64], "hospital": value})


def test_hostile_headers_never_break_the_server(surface: Surface) -> None:
    """F16, A9, D5"""
    image = f"/api/v1/images/{surface.image['image_id']}/png"
    for name in (
        "Range",
        "If-None-Match",
        "If-Range",
        "If-Modified-Since",
        "Accept",
        "X-Request-Id",
        "X-Forwarded-Host",
    ):
        for value in ("", "\x7f", "bytes=a-b", "bytes=9-1", "bytes=,,,", '"' * 300, "*", "W/", "é", ";q=", "9" * 3000):
            answer = surface.http.get(image, headers={name.encode(): value.encode("latin-1")})
            assert answer.status_code < 500, (name, value)


@pytest.mark.parametrize(
    "sent",
    [
        b"\0\1\2\3\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /api/v1/occurrences HTTP/9.9\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/occurrences?modality=%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/v1/datasets/%ff%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n",
        b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/v1/occurrences HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    ],
)
def test_rubbish_on_the_wire_is_answered_or_cut_off(surface: Surface, sent: bytes) -> None:
    """A6, F16: and the next client is served."""
    address = urlsplit(surface.system.address)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(1 << 16)
    assert answer == b"" or b" 4" in answer.partition(b"\r\n")[0] or b" 200 " in answer.partition(b"\r\n")[0]
    assert surface.http.get("/livez").status_code == 200


def _try(surface: Surface, method: str, address: str, body: object = None) -> None:
    answer = surface.http.request(method, address, json=body) if body else surface.http.request(method, address)
    assert answer.status_code < 500, (method, address[:200], body, answer.text[:500])
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM, (method, address[:200])
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
