"""The gateway's log tells what happened and names nobody."""

import json

import httpx

from tests.gateway.nginx import running_gateway
from tests.waiting import until

_CANARY = "Canary^Patient"


async def test_neither_query_nor_key_nor_path_is_logged(ports: dict[str, int]) -> None:
    """F13: not when all is well, and not when a service is away, a limit is passed or a request is none."""
    present = {name: port for name, port in ports.items() if name != "export"}
    with running_gateway(present, RATE="1", CONNECTIONS="1") as running:
        secret = {
            "Authorization": f"Bearer {_CANARY}",
            "Cookie": f"rcdm={_CANARY}",
            "Referer": f"http://x/?q={_CANARY}",
        }
        async with httpx.AsyncClient(base_url=running.address, headers=secret) as http:
            for method, path in (("GET", "occurrences"), ("GET", "datasets"), ("POST", "datasets"), ("PUT", "uploads")):
                await http.request(method, f"/api/v1/{path}/{_CANARY}", params={"q": _CANARY})
            await http.put(f"/dicom-web/studies/{_CANARY}", params={"PatientName": _CANARY})
            await http.get(f"/api/v1/occurrences?x={_CANARY * 2000}")
            for _ in range(330):
                await http.get("/api/v1/occurrences", params={"PatientName": _CANARY})
        await until(lambda: running.log().count("\n") >= 336, what="a line per request")
        lines = [json.loads(line) for line in running.log().splitlines()]
    assert "canary" not in json.dumps(lines).lower()
    assert {line["status"] for line in lines} == {200, 405, 414, 429, 503}
    assert {(line["area"], line["method"]) for line in lines} >= {
        ("/api/v1/datasets", "POST"),
        ("/dicom-web/studies", "PUT"),
    }
