"""What a version is made of: a filter, a saved cohort, lists; regular volumes only; and versions withdrawn."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.journey.export_house import House, open_house


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("sources")) as opened:
        await opened.cohort("SOURCES", persons=4, images=3)
        yield opened


async def request(house: House, name: str, **said: Any) -> Any:
    return await house.http.post("/api/v1/datasets", json={"name": name, "mode": "series", **said})


async def occurrences_of(house: House, hospital: str) -> list[int]:
    rows = await house.rows(
        "SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence JOIN rcdm.radiology_hospital USING"
        " (radiology_hospital_id) WHERE text = $1 ORDER BY 1", hospital,
    )  # fmt: skip
    return [row["radiology_occurrence_id"] for row in rows]


async def version_of(house: House, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    told = answer.json()
    found: dict[str, Any] = (
        await house.http.get(f"/api/v1/datasets/{told['dataset']}/versions/{told['version']}")
    ).json()
    return found


async def test_a_cohorts_filter_is_taken_as_it_is_now(house: House) -> None:
    await house.value(
        "INSERT INTO catalog.cohort (name, filter, made_by, changed_by)"
        " VALUES ('모두', $1, 'key:1', 'key:1') RETURNING 1",
        '{"hospital": ["SOURCES"]}',
    )
    version = await version_of(house, await request(house, "of-cohort", cohort="모두"))
    assert version["members"] == 12
    assert (version["rule"]["cohort"], version["rule"]["filter"]["hospital"]) == ("모두", ["SOURCES"])
    both = await request(house, "of-cohort", cohort="모두", filter={"sex": "F"})
    assert (both.status_code, "not both" in both.json()["detail"]) == (400, True)
    assert (await request(house, "of-cohort", cohort="nobody")).status_code == 404


async def test_listed_studies_and_series_and_no_others(house: House) -> None:
    """Who is listed stays inside: the rule tells how many, and a checksum."""
    first, second, *_ = await occurrences_of(house, "SOURCES")
    version = await version_of(house, await request(house, "listed", occurrences=[second, first, second]))
    assert version["members"] == 6
    assert set(version["rule"]["occurrences"]) == {"listed", "sha256"}
    assert version["rule"]["occurrences"]["listed"] == 2
    series = await house.value(
        "SELECT DISTINCT series_instance_uid FROM rcdm.radiology_image WHERE radiology_occurrence_id = $1", first
    )
    one = await version_of(house, await request(house, "listed", occurrences=[second, first], series=[series]))
    assert one["members"] == 3
    assert series not in str(one["rule"])
    none = await request(house, "listed", occurrences=[first], filter={"sex": "M"})
    assert none.status_code == 422


@pytest.mark.parametrize(
    ("said", "status", "named"),
    [
        ({"occurrences": [10**9]}, 404, "1000000000"),
        ({"occurrences": [1], "series": ["1.9.9"]}, 404, "1.9.9"),
        ({"series": ["1.9.9"]}, 400, "occurrences"),
        ({"occurrences": [0]}, 400, "greater"),
        ({"occurrences": [1], "series": ["'; --"]}, 400, "series"),
    ],
)
async def test_what_is_listed_and_is_not_there_is_named(
    house: House, said: dict[str, Any], status: int, named: str
) -> None:
    """A list of which some was ignored would be a wrong cohort."""
    answer = await request(house, "missing", **said)
    assert (answer.status_code, named in answer.text) == (status, True), answer.text


async def test_stacks_that_are_no_volume_are_held_back_with_the_reason(house: House) -> None:
    """D11"""
    plain: dict[str, Any] = {"image_orientation_patient": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]}
    for study, places in (("1.2.7001", (0, 3, 6, 9)), ("1.2.7002", (0, 3, 6, 12)), ("1.2.7003", ())):
        occurrence = await house.occurrence("STACKS", study, study)
        for number, place in enumerate(places):
            position = [0.0, 0.0, float(place)]
            await house.image(
                occurrence, f"{study}.{number}", **plain, image_position_patient=position, slice_position=float(place)
            )
        if not places:
            await house.image(occurrence, f"{study}.1", number_of_frames=2, frames=2)
    all_of_them = await version_of(house, await request(house, "stacks", filter={"hospital": "STACKS"}))
    assert (all_of_them["members"], all_of_them["exclusions"]) == (10, {})
    regular = await version_of(
        house, await request(house, "stacks", filter={"hospital": "STACKS"}, regular_volumes=True)
    )
    assert (regular["members"], regular["exclusions"]) == (4, {"geometry": 5})
    assert regular["rule"]["regular_volumes"] is True
    address = await house.build("stacks", "STACKS", mode="series", regular_volumes=True)
    lines = list(csv.DictReader(io.StringIO((await house.http.get(f"{address}/manifest.csv")).text)))
    assert [line["slice_position"] for line in lines if line["slice_position"] != "0"] == ["3", "6", "9"]
    described = (await house.http.get(address)).json()["description"]
    assert described["previous"] == regular["version"]


async def test_a_withdrawn_version_is_known_and_offered_no_more(house: House) -> None:
    old = await house.build("drawn", "SOURCES")
    new = await house.build("drawn", "SOURCES", mode="flat")
    assert (await house.http.post(f"{new}/withdraw", json={"reason": "short"})).status_code == 400
    done = await house.http.post(f"{new}/withdraw", json={"reason": "Two scans were mixed up."})
    assert done.json()["withdrawn_at"]
    for path in ("archive", "archive.tar", "files/manifest.csv"):
        gone = await house.http.get(f"{new}/{path}")
        assert (gone.status_code, "Two scans were mixed up." in gone.json()["detail"]) == (410, True)
    assert (await house.http.get(f"{new}/manifest.csv")).status_code == 200
    again = await house.http.post(f"{new}/withdraw", json={"reason": "Once more, please."})
    assert again.status_code == 409
    assert (await house.http.get("/api/v1/datasets/drawn")).json()["latest"] == old.rpartition("/")[2]
    assert (await house.http.get("/api/v1/datasets/drawn/versions/latest/archive")).status_code == 200
    (row,) = await house.rows("SELECT objects, reason FROM access.trail WHERE action = 'dataset.withdrawn'")
    assert (row["objects"][0], row["reason"]) == ("drawn", "Two scans were mixed up.")


async def test_series_that_could_show_a_face_are_told(house: House) -> None:
    """E14: thin slices of heads, by where they are or what they are called."""
    heads = {"1.2.8001": ("HEAD", None, 1.0, 30), "1.2.8002": (None, "T1_MPRAGE_BRAIN", 1.0, 15),
             "1.2.8003": ("HEAD", None, 5.0, 30), "1.2.8004": ("HEAD", None, 1.0, 29),
             "1.2.8005": ("ABDOMEN", "arterial, forehead down", 1.0, 30)}  # fmt: skip
    for study, (part, title, thickness, images) in heads.items():
        occurrence = await house.occurrence("HEADS", study, study)
        frames = 2 if study == "1.2.8002" else 1
        for number in range(images):
            await house.image(
                occurrence, f"{study}.{number}", frames=frames, body_part=part, series_description=title,
                image_slice_thickness=thickness,
            )  # fmt: skip
    address = await house.build("heads", "HEADS")
    version = (await house.http.get(address)).json()
    assert version["description"]["recognizable_faces"] == {"series": 2, "persons": 2}
    assert "2 series of 2 persons" in (await house.http.get(f"{address}/files/README.txt")).text
    nobody = await house.build("no-heads", "SOURCES")
    assert "face" not in (await house.http.get(f"{nobody}/files/README.txt")).text
