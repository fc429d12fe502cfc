"""What had to be assumed about persons and studies can be counted and looked at, of the hospitals that are seen."""

from pathlib import Path
from typing import Any

import pytest

from services.catalog.quality import Assumption, quality_counts, quality_items
from services.catalog.site_omop.dump.load import load_omop
from services.catalog.site_omop.person_map.apply import apply_map
from services.catalog.site_omop.person_map.read import read_map
from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.home import KEYS
from tests.makers import ct_bytes
from tests.omop.site import made_up_site


async def take(shelf: Shelf, uid: str, hospital: str = "SEOUL", **elements: Any) -> None:
    await shelf.take(extracted(ct_bytes(StudyInstanceUID=uid, **elements), hospital)[0])


async def counts(shelf: Shelf) -> dict[str, int]:
    """Those that are not 0."""
    return {one["assumption"]: one["count"] for one in await shelf.get("/quality") if one["count"]}


async def test_every_kind_is_told_also_when_nothing_was_assumed(shelf: Shelf) -> None:
    found = await shelf.get("/quality")
    assert [one["assumption"] for one in found] == list(Assumption)
    assert {one["count"] for one in found} == {0}
    assert all(one["meaning"].endswith(".") for one in found)


@pytest.mark.parametrize(
    ("elements", "assumed"),
    [
        ({}, set()),
        ({"PatientBirthDate": None, "PatientAge": "064Y"}, {"BIRTH_YEAR_FROM_AGE"}),
        ({"PatientBirthDate": None}, {"BIRTH_YEAR_FROM_STUDY"}),
        ({"PatientSex": None}, {"SEX_UNKNOWN"}),
        ({"PatientID": None}, {"NO_PATIENT_ID"}),
        ({"StudyDate": None}, {"NO_STUDY_DATE"}),
    ],
)
async def test_what_a_header_lacks_is_assumed_and_counted(
    shelf: Shelf, elements: dict[str, Any], assumed: set[str]
) -> None:
    """Without a site's map every person is made from DICOM, and every visit is made up."""
    await take(shelf, "1.2.1", **elements)
    assert set(await counts(shelf)) == assumed | {"PERSON_FROM_DICOM", "VISIT_MADE"}


async def test_what_a_study_says_is_compared_with_what_the_site_says(shelf: Shelf, tmp_path: Path) -> None:
    """The study is of a woman of 1960 on 2024-01-10; the site knows a man of 1950, and saw him on no day."""
    await take(shelf, "1.2.1")
    await load_omop(shelf.home.database, KEYS, made_up_site(tmp_path / "dump"))
    path = tmp_path / "map.csv"
    path.write_text("PatientID,person_id\nT-1,2\n")
    await apply_map(shelf.home.database, KEYS, read_map(path, KEYS, "SEOUL"), dry_run=False)
    expected = {"VISIT_MADE": 1, "OUTSIDE_OBSERVATION": 1, "SEX_DIFFERS": 1, "BIRTH_YEAR_DIFFERS": 1}
    assert await counts(shelf) == expected


async def test_a_kind_is_listed_page_by_page(shelf: Shelf) -> None:
    for number in range(5):
        await take(shelf, f"1.2.{number}", PatientID=f"T-{number}")
    for kind, name in (("VISIT_MADE", "study_instance_uid"), ("PERSON_FROM_DICOM", "person")):
        first = await shelf.get(f"/quality/{kind}", limit=3)
        rest = await shelf.get(f"/quality/{kind}", limit=3, cursor=first["next"])
        found = [item[name] for item in (*first["items"], *rest["items"])]
        assert (len(set(found)), first["total"], rest["next"]) == (5, 5, None)
    assert await shelf.get("/quality/NO_STUDY_DATE") == {
        "items": [], "next": None, "total": 0, "total_is_estimate": False,
    }  # fmt: skip


async def test_a_kind_or_cursor_that_is_none_is_told(shelf: Shelf) -> None:
    await shelf.get("/quality/RUMOUR", status=400)
    await shelf.get("/quality/VISIT_MADE", status=400, cursor="WyJhIl0")
    await shelf.get("/quality/VISIT_MADE", status=400, curser="WyJhIl0")


async def test_nothing_of_another_hospital_is_counted_or_listed(shelf: Shelf) -> None:
    """F6"""
    await take(shelf, "1.2.1", "SEOUL", PatientSex=None)
    await take(shelf, "1.2.2", "BUSAN", PatientSex=None)
    seen, database = frozenset({"BUSAN"}), shelf.home.database
    counted = {one.assumption: one.count for one in await quality_counts(database, seen) if one.count}
    assert set(counted.values()) == {1}
    for assumption in counted:
        page = await quality_items(database, seen, assumption, 50, None)
        assert (len(page.items), page.total) == (1, 1)
        assert page.items[0].person == KEYS.pseudonym("person", "BUSAN", "T-1")
    assert {one.count for one in await quality_counts(database, frozenset())} == {0}
