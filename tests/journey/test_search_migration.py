"""Images from before the search tables get theirs as new images do, by a job; until then the answer is no half one."""

from pathlib import Path
from typing import Any

from pydicom import Dataset

from services.catalog.tags.indexer import SearchIndexer
from tests.journey.catalog_shelf import extracted, open_shelf
from tests.makers import ct_bytes

_KINDS = "SELECT image_slice_thickness, kvp, magnetic_field_strength FROM rcdm.radiology_image_kind ORDER BY 1"
_IMAGES = "SELECT kvp, magnetic_field_strength FROM rcdm.radiology_image ORDER BY image_id"

_AS_BEFORE = """
UPDATE rcdm.radiology_image SET kvp = NULL, magnetic_field_strength = NULL;
DELETE FROM rcdm.radiology_image_kind;
INSERT INTO rcdm.radiology_measuring SELECT 0, max(radiology_occurrence_id) FROM rcdm.radiology_occurrence
"""


def _shared(**values: Any) -> list[Dataset]:
    group, details = Dataset(), Dataset()
    for keyword, value in values.items():
        setattr(details, keyword, value)
    group.CTXRayDetailsSequence = [details]
    return [group]


async def test_the_measures_of_older_rows_are_read_as_those_of_new_ones(postgres_server: str, tmp_path: Path) -> None:
    """In the header, in the groups of all frames and of the first, in gauss, and nothing where it says nothing."""
    bodies = [
        ct_bytes(SliceThickness=1, KVP="80"),
        ct_bytes(SliceThickness=2, MagneticFieldStrength="15000", KVP="0"),
        ct_bytes(SliceThickness=3, KVP="80", SharedFunctionalGroupsSequence=_shared(KVP="100")),
        ct_bytes(SliceThickness=4, SharedFunctionalGroupsSequence=_shared(KVP="100"),
                 PerFrameFunctionalGroupsSequence=_shared(KVP="140")),
        ct_bytes(SliceThickness=5),
    ]  # fmt: skip
    async with open_shelf(postgres_server, tmp_path) as shelf:
        await shelf.take(*(extracted(body)[0] for body in bodies))
        images, kinds = await shelf.rows(_IMAGES), await shelf.rows(_KINDS)
        assert [row["kvp"] for row in kinds] == [80, None, 100, 140, None]
        assert kinds[1]["magnetic_field_strength"] == 1.5
        await shelf.home.database.pool.execute(_AS_BEFORE)
        indexer, states = SearchIndexer(shelf.home.database, step_images=1), []
        while await indexer.step():
            states.append((await shelf.http.get("/api/v1/occurrences?slice_thickness_max=9")).status_code)
            assert (await shelf.get("/occurrences", plane="AXIAL"))["total"] == len(bodies)  # needs no measures
        assert states == [503] * len(bodies) + [200]  # never some of them
        assert (await shelf.rows(_IMAGES), await shelf.rows(_KINDS)) == (images, kinds)
