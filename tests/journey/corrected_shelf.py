"""A catalogue with one study to correct, and how a steward asks for it."""

from typing import Any

import httpx

from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.test_catalog_again import DUMPS
from tests.makers import ct_bytes

WHY = "seen by a radiologist"


def image(study: str = "1.2.1", series: str = "1.2.1.1", place: int = 0, **said: Any) -> bytes:
    same = {"StudyInstanceUID": study, "SeriesInstanceUID": series, "FrameOfReferenceUID": f"{study}.9"}
    position = {"ImagePositionPatient": [0, 0, place], "InstanceNumber": place + 1}
    return ct_bytes(**{**same, "SOPInstanceUID": f"{series}.{place + 1}", **position, **said})


async def fill(shelf: Shelf, **told: Any) -> int:
    """One study: three slices of one series and two of another."""
    bodies = [image(place=place) for place in range(3)] + [image(series="1.2.1.2", place=place) for place in range(2)]
    await shelf.take(*(extracted(body, **told)[0] for body in bodies))
    return int(await shelf.value("SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence ORDER BY 1 LIMIT 1"))


async def post(shelf: Shelf, path: str = "", **said: Any) -> httpx.Response:
    return await shelf.http.post(f"/api/v1/corrections{path}", json={"reason": WHY, **said})


async def correct(shelf: Shelf, target: str, values: Any, **chosen: Any) -> Any:
    answer = await post(shelf, target=target, set=values, dry_run=False, **chosen)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def images(shelf: Shelf, study: int) -> list[Any]:
    found: list[Any] = (await shelf.get(f"/occurrences/{study}/images"))["items"]
    return found


async def dump(shelf: Shelf) -> dict[str, Any]:
    return {name: await shelf.rows(sql) for name, sql in DUMPS.items()}
