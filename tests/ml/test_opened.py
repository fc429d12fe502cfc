"""Data sets of every format are opened by pandas, nibabel, mlcroissant and MONAI's own loader."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.export_house import House, open_house
from tests.journey.export_objects import stack, stored_image

_ROOT = Path(__file__).parents[2]
_PYTHON = _ROOT / ".venv-ml/bin/python"
_PERSONS, _SLICES = 6, 3
_BATCHES = {"png": [2, 1, 8, 8], "png16": [2, 1, 16, 16], "dicom": [2, 1, 16, 16], "nifti": [2, 1, 16, 16, 3]}


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("ml")) as opened:
        for person in range(_PERSONS):
            for number, body in enumerate(stack(_SLICES), start=1):
                await stored_image(opened, "ML", f"person {person}", number, body, slice_position=3.0 * number)
        yield opened


@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", ["png", "png16", "dicom", "nifti"])
async def test_a_data_set_is_read_by_the_tools_of_those_who_train(house: House, form: str, tmp_path: Path) -> None:
    address = await house.build(f"ml-{form}", "ML", format=form, split={"train": 0.67, "validation": 0.33, "test": 0})
    archive = zipfile.ZipFile(io.BytesIO((await house.http.get(f"{address}/archive")).content))
    archive.extractall(tmp_path)
    (root,) = {name.split("/")[0] for name in archive.namelist()}
    found = await opened_by_tools(tmp_path / root)
    pictures = _PERSONS * (1 if form == "nifti" else _SLICES)
    assert found["paths"] == sorted(name for name in archive.namelist() if _is_picture(name))
    assert (len(found["paths"]), found["persons"], found["listed"]) == (pictures, _PERSONS, pictures)
    assert (found["parquet_is_csv"], found["lines_are_csv"]) == (True, True)
    assert (found["croissant_errors"], found["croissant_records"]) == ([], pictures)
    assert found["volumes"] == ([[[16, 16, 3], [1.0, 1.0, 3.0]]] * _PERSONS if form == "nifti" else [])
    assert found["batches"]
    assert all(batch == _BATCHES[form] for batch in found["batches"])


def _is_picture(name: str) -> bool:
    return name.rpartition("/")[2].startswith("00") and not name.endswith(".json")


async def opened_by_tools(folder: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        _PYTHON, _ROOT / "tests/ml/opening.py", folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    found: dict[str, Any] = json.loads(said)
    return found
