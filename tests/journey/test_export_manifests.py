"""The manifests of an archive say the same in every form, and each form is what its readers want."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import arro3.io
import pytest

from services.export.build.croissant import CONFORMS_TO
from services.export.names import OWN_FILES
from tests.journey.export_house import House, open_house


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("manifests")) as opened:
        await opened.cohort("FORMS", persons=10, images=2)
        yield opened


@pytest.fixture(scope="module")
async def address(house: House) -> str:
    return await house.build("forms", "FORMS", split={"train": 0.6, "validation": 0.2, "test": 0.2})


@pytest.fixture(scope="module")
async def files(house: House, address: str) -> dict[str, bytes]:
    """Of the version's own files, by their names."""
    archive = zipfile.ZipFile(io.BytesIO((await house.http.get(f"{address}/archive")).content))
    (root,) = {name.split("/")[0] for name in archive.namelist()}
    return {name: archive.read(f"{root}/{name}") for name in OWN_FILES}


def csv_rows(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["manifest.csv"].decode(), newline="")))


def test_lines_of_json_and_of_parquet_are_those_of_the_table(files: dict[str, bytes]) -> None:
    rows = csv_rows(files)
    lines = [json.loads(line) for line in files["manifest.jsonl"].decode().splitlines()]
    table: Any = arro3.io.read_parquet(io.BytesIO(files["manifest.parquet"])).read_all()
    assert len(rows) == len(lines) == table.num_rows > 10
    assert table.column_names == list(rows[0]) == list(lines[0])
    for name in ("path", "sha256", "split", "person", "plane"):
        column = table.column(name).to_pylist()
        assert [row[name] for row in rows] == [line[name] for line in lines] == column
    assert table.column("frame").to_pylist() == [int(row["frame"]) for row in rows]


async def test_what_a_series_is_called_stands_in_the_manifest_without_unknown_words(house: House) -> None:
    """Side, part and view as the header says them; of free text the known words."""
    occurrence = await house.occurrence("CALLED", "patient", "1.2.61")
    await house.image(
        occurrence, "1.2.61.1", modality="MG", laterality="L", view_position="MLO", body_part="BREAST",
        series_description="Left breast MLO Zzyzx 2024-03-15",
    )  # fmt: skip
    await house.image(occurrence, "1.2.61.2")
    address = await house.build("called", "CALLED")
    rows = list(csv.DictReader(io.StringIO((await house.http.get(f"{address}/manifest.csv")).text, newline="")))
    names = ("body_part", "laterality", "view_position", "series_description")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("BREAST", "L", "MLO", "Left breast MLO"), ("", "", "", ""),
    ]  # fmt: skip


def test_the_data_list_has_every_file_once_on_its_side(files: dict[str, bytes]) -> None:
    found = json.loads(files["monai.json"])
    root = csv_rows(files)[0]["path"].split("/")[0]
    for side, key in (("train", "training"), ("validation", "validation"), ("test", "test")):
        wanted = [row["path"].removeprefix(f"{root}/") for row in csv_rows(files) if row["split"] == side]
        assert [entry["image"] for entry in found[key]] == wanted
        assert wanted


def test_croissant_names_the_columns_there_are(files: dict[str, bytes]) -> None:
    found = json.loads(files["croissant.json"])
    assert found["conformsTo"] == CONFORMS_TO
    columns = [field["source"]["extract"]["column"] for field in found["recordSet"][0]["field"]]
    assert columns == list(csv_rows(files)[0])


def test_the_description_vouches_for_every_other_file(files: dict[str, bytes]) -> None:
    """D9"""
    said = json.loads(files["dataset.json"])
    assert set(said["files"]) == set(OWN_FILES[:-2])
    assert said["files"]["manifest.csv"] == said["manifest_sha256"]
    assert said["content_sha256"] in said["citation"]
    assert said["citation"] in files["README.txt"].decode()
    compile(files["load.py"], "load.py", "exec")


async def test_each_file_is_fetched_by_itself(house: House, address: str, files: dict[str, bytes]) -> None:
    """D5, D14: whole, in ranges, and not again when it is there."""
    for name in ("manifest.parquet", "monai.json", csv_rows(files)[0]["path"]):
        whole = await house.http.get(f"{address}/files/{name}")
        assert whole.status_code == 200
        part = await house.http.get(f"{address}/files/{name}", headers={"Range": "bytes=5-14"})
        assert (part.status_code, part.content) == (206, whole.content[5:15])
        again = await house.http.get(f"{address}/files/{name}", headers={"If-None-Match": whole.headers["ETag"]})
        assert again.status_code == 304
    assert (await house.http.get(f"{address}/files/manifest.parquet")).content == files["manifest.parquet"]
    assert (await house.http.get(f"{address}/files/none.png")).status_code == 404
    assert (await house.http.get(f"{address}/files/..%2F..%2Fsecret")).status_code == 404
