"""Sides of patients: kept when the data set grows, told as they came out, and foreseen by a dry run."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.catalog.omop.same_person import unite_persons
from tests.journey.export_house import House, open_house


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("export")) as opened:
        yield opened


async def described(house: House, address: str) -> dict[str, Any]:
    found: dict[str, Any] = (await house.http.get(address)).json()
    return found


_TABLES = ("dataset", "version", "operation", "member", "exclusion", "side")
_NO_LEAKS = {"persons": 0, "identical_pictures": 0, "near_duplicates": {"pictures": 0, "examples": []}}


async def test_nobody_changes_sides_when_the_cohort_grows(house: House) -> None:
    """A fifth more patients; the shares reached are told in all and in each stratum."""
    more = {"split": {"train": 0.6, "validation": 0.2, "test": 0.2}, "stratify": ["sex", "hospital"]}
    await house.cohort("GROWS", persons=20, images=1)
    before = await house.build("grows", "GROWS", **more)
    for number in range(4):
        occurrence = await house.occurrence("GROWS", f"new {number}", f"1.2.56.{number}", person_sex="M")
        await house.image(occurrence, f"1.2.56.{number}.1")
    after = await house.build("grows", "GROWS", **more)
    diff = (await house.http.get(f"{after}/diff", params={"from": before.rpartition("/")[2]})).json()
    assert (diff["added"], diff["removed"], diff["changed"], diff["moved_persons"]) == (4, 0, 0, 0)
    assert diff["rule_changes"] == {}
    reached = (await described(house, after))["description"]["split_achieved"]
    assert sum(side["persons"] for side in reached["all"].values()) == 24
    assert set(reached["sex"]) == {"F", "M"}
    assert (await described(house, after))["description"]["leaks"] == _NO_LEAKS


async def test_a_dry_run_says_what_freezing_gives_and_leaves_nothing(house: House) -> None:
    """D10, D11: counts, exclusions and shares are those of the version frozen after it."""
    more = {"split": {"train": 0.6, "validation": 0.2, "test": 0.2}, "stratify": ["sex"]}
    await house.cohort("FORESEEN", persons=10, images=2)
    occurrence = await house.occurrence("FORESEEN", "held back", "1.2.58")
    await house.image(occurrence, "1.2.58.1", image_type_class="LOCALIZER")
    body = {"name": "foreseen", "filter": {"hospital": "FORESEEN"}, "mode": "phase", **more}
    before = {table: await house.value(f"SELECT count(*) FROM export.{table}") for table in _TABLES}
    foreseen = (await house.http.post("/api/v1/datasets/dry-run", json=body)).json()
    assert {table: await house.value(f"SELECT count(*) FROM export.{table}") for table in _TABLES} == before
    version = await described(house, await house.build("foreseen", "FORESEEN", **more))
    counts = version["description"]["counts"]
    assert {name: foreseen[name] for name in counts} == counts
    assert (foreseen["pictures"], foreseen["exclusions"]) == (20, {"localizer": 1})
    assert foreseen["exclusions"] == version["exclusions"]
    assert foreseen["split_achieved"] == version["description"]["split_achieved"]
    nothing = await house.http.post("/api/v1/datasets/dry-run", json=body | {"filter": {"hospital": "NOWHERE"}})
    assert (nothing.status_code, nothing.json()["pictures"]) == (200, 0)


async def test_the_same_picture_on_two_sides_is_told(house: House) -> None:
    """A leak no split by patient can prevent: somebody sent one picture under two names."""
    await house.cohort("LEAK", persons=6, images=1)
    await house.rows(
        "UPDATE rcdm.radiology_image SET png_frames = (SELECT png_frames FROM rcdm.radiology_image WHERE image_id ="
        " (SELECT max(image_id) FROM rcdm.radiology_image)), png_filepath = (SELECT png_filepath FROM"
        " rcdm.radiology_image WHERE image_id = (SELECT max(image_id) FROM rcdm.radiology_image))"
        " WHERE radiology_hospital_id = (SELECT radiology_hospital_id FROM rcdm.radiology_hospital WHERE text = 'LEAK')"
    )
    address = await house.build("leak", "LEAK", split={"train": 0.5, "validation": 0, "test": 0.5})
    leaks = (await described(house, address))["description"]["leaks"]
    assert (leaks["persons"], leaks["identical_pictures"], leaks["near_duplicates"]["pictures"]) == (0, 1, 6)


async def test_with_other_shares_everybody_stays_and_only_the_rule_differs(house: House) -> None:
    await house.cohort("SHARES", persons=12, images=1)
    one = await house.build("shares", "SHARES", split={"train": 1, "validation": 0, "test": 0})
    two = await house.build("shares", "SHARES", split={"train": 0, "validation": 0, "test": 1})
    diff = (await house.http.get(f"{two}/diff", params={"from": one.rpartition("/")[2]})).json()
    assert (diff["moved_persons"], list(diff["rule_changes"])) == (0, ["split"])
    assert (await described(house, two))["description"]["split_achieved"]["all"]["train"]["persons"] == 12


async def test_a_patient_of_two_issuers_is_on_one_side(house: House) -> None:
    """Known by an issuer first, and by the bare PatientID later: the side is that of before."""
    more = {"split": {"train": 0.5, "validation": 0, "test": 0.5}}
    for number in range(12):
        await _issued(house, number, f"issuer {number}", f"1.2.60.{number}.1")
    await house.build("issuers", "ISSUERS", **more)
    for number in range(12):
        await _issued(house, number, f"id {number}", f"1.2.60.{number}.2")
    async with house.home.database.pool.acquire() as connection, connection.transaction():
        await unite_persons(connection, [f"id {number}" for number in range(12)])
        await connection.execute(
            "UPDATE rcdm.radiology_occurrence study SET person_id = image.person_id FROM rcdm.radiology_image image"
            " WHERE image.radiology_occurrence_id = study.radiology_occurrence_id"
        )
    address = await house.build("issuers", "ISSUERS", **more)
    rows = await house.rows(
        "SELECT patient_key, count(DISTINCT entry.split) AS sides, count(DISTINCT version_id) AS versions"
        " FROM export.member JOIN export.entry USING (version_id, ordinal) JOIN rcdm.radiology_image USING (image_id)"
        " JOIN export.version USING (version_id) WHERE name = 'issuers' GROUP BY 1"
    )
    assert {(row["sides"], row["versions"]) for row in rows} == {(1, 2)}
    found = (await described(house, address))["description"]
    assert (found["counts"]["persons"], found["counts"]["pictures"], found["leaks"]["persons"]) == (12, 24, 0)


async def _issued(house: House, number: int, person: str, study: str) -> None:
    occurrence = await house.occurrence("ISSUERS", person, study)
    await house.image(occurrence, f"{study}.1", patient_key=f"id {number}", birth_key="same")
