"""Rows from before the search tables are filled as new images are."""

import importlib.util
from pathlib import Path
from typing import Any

from pydicom import Dataset

from services.catalog import migrations
from tests.journey.catalog_shelf import extracted, open_shelf
from tests.makers import ct_bytes

_KINDS = "SELECT image_slice_thickness, kvp, magnetic_field_strength FROM rcdm.radiology_image_kind ORDER BY 1"
_IMAGES = "SELECT kvp, magnetic_field_strength FROM rcdm.radiology_image ORDER BY image_id"


def _migration() -> Any:
    path = Path(next(iter(migrations.__path__))) / "versions" / "0011_search.py"
    spec = importlib.util.spec_from_file_location("search_migration", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
        async with shelf.home.database.pool.acquire() as connection:
            await connection.execute("UPDATE rcdm.radiology_image SET kvp = NULL, magnetic_field_strength = NULL")
            await connection.execute("DELETE FROM rcdm.radiology_image_kind")
            for statement in _migration().FILLING:
                await connection.execute(statement)
        assert (await shelf.rows(_IMAGES), await shelf.rows(_KINDS)) == (images, kinds)
