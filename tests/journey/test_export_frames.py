"""Frames of one object in a data set: each goes where its own plane and place say."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import nibabel
import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import generate_uid

from services.catalog.images.frames import frame_record, planes_of_frames
from services.extract.describe import describe
from tests.journey.export_house import House, open_house
from tests.journey.export_objects import opened, stored_image
from tests.makers import file_bytes
from tests.unit.imaging.enhanced import AXIAL, CORONAL, enhanced, frame_groups
from tests.unit.imaging.mosaics import siemens, slices, uih


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("frames")) as opened:
        yield opened


def _two_planes(**elements: Any) -> bytes:
    """Coronal, axial from the head down, coronal: neither sorted by plane nor by place."""
    groups = [
        frame_groups(CORONAL, (0, 20, 0), RescaleSlope=3, RescaleIntercept=0),
        frame_groups(AXIAL, (0, 0, 9)),
        frame_groups(AXIAL, (0, 0, 4)),
        frame_groups(CORONAL, (0, 10, 0), RescaleSlope=5, RescaleIntercept=1),
    ]
    return file_bytes(enhanced(groups, **elements))


async def _stored(house: House, hospital: str, body: bytes) -> int:
    """An image as the catalogue would have it, but for its pictures, which are made up."""
    pictures: list[Any] = []
    extraction = describe(body, pictures.append).extraction
    frames, plane = extraction.picture.frames, extraction.plane.plane
    image_id = await stored_image(
        house, hospital, hospital, 1, body, frames=len(frames), image_plane=plane, plane_source=extraction.plane.source,
        slice_position=-1.0, frame_planes=planes_of_frames([frame_record(one) for one in frames], plane),
    )  # fmt: skip
    of_image = "rcdm.radiology_image WHERE image_id = $1"
    made_up = json.loads(await house.value(f"SELECT png_frames FROM {of_image}", image_id))
    merged = [frame_record(one) | picture for one, picture in zip(frames, made_up, strict=True)]
    await house.value(
        "UPDATE rcdm.radiology_image SET png_frames = $2 WHERE image_id = $1", image_id, json.dumps(merged)
    )
    occurrence = "UPDATE rcdm.radiology_occurrence SET plane_counts = $2 WHERE radiology_occurrence_id = (SELECT"
    occurrence += " radiology_occurrence_id FROM rcdm.radiology_image WHERE image_id = $1)"
    await house.value(occurrence, image_id, json.dumps({one.plane: 1 for one in frames}))
    return image_id


@pytest.mark.parametrize("format", ["png", "png16"])
async def test_a_frame_lies_in_the_folder_of_its_own_plane_in_the_order_of_its_own_place(
    house: House, format: str
) -> None:
    hospital = f"TWO PLANES {format}"
    await _stored(house, hospital, _two_planes())
    _, lines = await opened(house, await house.build(f"planes-{format}", hospital, mode="plane", format=format))
    assert [(one["plane"], one["frame"], float(one["slice_position"])) for one in lines] == [
        ("AXIAL", "3", 4.0), ("AXIAL", "2", 9.0), ("CORONAL", "4", 10.0), ("CORONAL", "1", 20.0),
    ]  # fmt: skip
    assert ["/AXIAL/" in one["path"] for one in lines] == [True, True, False, False]
    assert [one["path"][-8:-4] for one in lines] == ["0001", "0002", "0001", "0002"]
    assert {one["pixel_spacing"] for one in lines} == {"0.5\\0.6"}
    assert [float(one["slope"]) for one in lines] == [1, 1, 5, 3]


async def test_a_plane_in_the_filter_takes_only_frames_of_that_plane(house: House) -> None:
    await _stored(house, "CORONAL ONLY", _two_planes())
    filters = {"hospital": "CORONAL ONLY", "plane": "CORONAL"}
    _, lines = await opened(house, await house.build("coronal", "", filter=filters))
    assert [(one["frame"], one["plane"]) for one in lines] == [("4", "CORONAL"), ("1", "CORONAL")]


async def test_an_object_that_leaves_whole_is_held_back_where_only_a_part_of_it_was_asked_for(house: House) -> None:
    await _stored(house, "WHOLE", _two_planes())
    filters = {"hospital": "WHOLE", "plane": "CORONAL"}
    answer = await house.request("whole", "", filter=filters, format="dicom")
    assert (answer.status_code, answer.json()["exclusions"]) == (422, {"mixed_planes": 1})
    both = filters | {"plane": ["AXIAL", "CORONAL"]}
    _, lines = await opened(house, await house.build("whole", "", filter=both, format="dicom"))
    assert [one["frame"] for one in lines] == ["1"]


async def test_volumes_of_other_planes_of_an_object_are_left_out(house: House) -> None:
    await _stored(house, "VOLUMES", _two_planes())
    filters = {"hospital": "VOLUMES", "plane": "CORONAL"}
    _, lines = await opened(house, await house.build("volumes", "", filter=filters, mode="plane", format="nifti"))
    assert [(one["plane"], one["slices"]) for one in lines] == [("CORONAL", "2")]
    _, lines = await opened(house, await house.build("volumes", "VOLUMES", mode="plane", format="nifti"))
    assert sorted(one["plane"] for one in lines) == ["AXIAL", "CORONAL"]


@pytest.mark.parametrize("make", [siemens, uih])
async def test_a_mosaic_is_a_volume(house: House, make: Callable[[int], Dataset]) -> None:
    name = make.__name__
    await _stored(house, name, file_bytes(make(5)))
    archive, (line,) = await opened(house, await house.build(f"volume-{name}", name, format="nifti"))
    volume = nibabel.Nifti1Image.from_bytes(gzip.decompress(archive.read(line["path"])))
    assert (volume.shape, line["slices"], line["slice_spacing"]) == ((22, 14, 5), "5", "5")
    assert np.array_equal(np.asarray(volume.dataobj), slices(5)[:, ::-1].transpose(2, 1, 0))


async def test_slices_of_a_mosaic_are_files_of_their_own(house: House) -> None:
    await _stored(house, "MOSAIC", file_bytes(siemens(5)))
    _, lines = await opened(house, await house.build("mosaic", "MOSAIC", format="png16"))
    assert [float(one["slice_position"]) for one in lines] == [10, 15, 20, 25, 30]
    assert {(one["rows"], one["columns"]) for one in lines} == {("8", "8")}  # of the made-up pictures


async def test_a_plane_that_a_person_said_holds_for_all_frames(house: House) -> None:
    image_id = await _stored(house, "CORRECTED", _two_planes(StudyInstanceUID=generate_uid()))
    await house.value(
        "UPDATE rcdm.radiology_image SET image_plane = 'SAGITTAL', plane_source = 'CORRECTED' WHERE image_id = $1",
        image_id,
    )
    _, lines = await opened(house, await house.build("corrected", "CORRECTED", mode="plane"))
    assert {one["plane"] for one in lines} == {"SAGITTAL"}
