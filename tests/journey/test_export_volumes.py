"""Data sets of volumes: every slice in one of them or excluded with the reason, and lines that tell of the volume."""

import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import nibabel
import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import MRImageStorage, generate_uid

from tests.journey.export_house import House, open_house
from tests.journey.export_objects import opened, stored_image
from tests.makers import ct_bytes

CANARY = "Qzvxcanary"
CORONAL = [1, 0, 0, 0, 0, -1]


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("volumes")) as opened_house:
        yield opened_house


def ids() -> dict[str, Any]:
    return {name: generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")}


def picture(seed: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 1000, 256).astype("<u2").tobytes()


def slices(heights: Sequence[float], seed: int = 1, **elements: Any) -> list[bytes]:
    """Of one series when `elements` has its UIDs; all pictures differ."""
    return [
        ct_bytes(**(
            {"InstanceNumber": seed + place, "PixelData": picture(seed + place), "ImagePositionPatient": [0, 0, height]}
            | elements))
        for place, height in enumerate(heights)
    ]  # fmt: skip


async def put(house: House, name: str, bodies: Sequence[bytes]) -> None:
    for number, body in enumerate(bodies, start=1):
        await stored_image(house, name.upper(), name, number, body)


async def built(house: House, name: str, **said: Any) -> tuple[list[tuple[Any, dict[str, str], dict[str, Any]]], Any]:
    """Its volumes, each with its line and sidecar, and what it excludes."""
    address = await house.build(name, name.upper(), format="nifti", mode="series", **said)
    archive, lines = await opened(house, address)
    files = [
        (
            nibabel.Nifti1Image.from_bytes(gzip.decompress(archive.read(line["path"]))),
            line,
            json.loads(archive.read(line["sidecar"])),
        )
        for line in lines
    ]
    return files, (await house.http.get(address)).json()["exclusions"]


@pytest.mark.parametrize(
    ("name", "varying"),
    [("flip", {"FlipAngle": 20}), ("tr", {"RepetitionTime": 900}), ("echo", {"EchoTime": 30}),
     ("derived", {"ImageType": ["DERIVED", "SECONDARY"]}), ("number", {"SeriesNumber": 77})],
)  # fmt: skip
async def test_what_splits_a_series_loses_no_slice(house: House, name: str, varying: dict[str, Any]) -> None:
    own = ids() | {"Modality": "MR", "SOPClassUID": MRImageStorage}
    heights = [0, 2, 4, 6, 8, 10]
    await put(house, f"split-{name}", [*slices(heights, 1, **own), *slices(heights, 50, **(own | varying))])
    files, exclusions = await built(house, f"split-{name}")
    assert [image.shape for image, _, _ in files] == [(16, 16, 6)] * 2
    assert [line["images"] for _, line, _ in files] == ["6", "6"]
    assert files[0][1]["path"] != files[1][1]["path"]
    assert exclusions == {}


async def test_a_series_over_time_is_one_file_of_four_dimensions(house: House) -> None:
    own = ids()
    bodies = [
        body
        for point in range(3)
        for body in slices([0, 3, 6], 10 * point, TemporalPositionIdentifier=point + 1, AcquisitionDate="20240110",
                           AcquisitionTime=f"10150{2 * point}", **own)
    ]  # fmt: skip
    await put(house, "over-time", bodies)
    ((image, line, sidecar),), _ = await built(house, "over-time")
    assert image.shape == (16, 16, 3, 3)
    assert image.header.get_zooms()[3] == 2
    assert (line["axis"], line["axis_values"], line["slices"], line["volumes"]) == ("time", "0\\2\\4", "3", "3")
    assert (sidecar["AxisValues"], line["images"]) == ([0, 2, 4], "9")
    stored = np.frombuffer(picture(11), "<u2").reshape(16, 16)
    assert np.array_equal(image.get_fdata()[:, :, 1, 1], stored[::-1].T - 1024.0)


async def test_gaps_and_doubled_slices_are_excluded_and_the_rest_is_built(house: House) -> None:
    await put(house, "uneven", slices([0, 3, 6, 12, 15], 1, **ids()))
    await put(house, "uneven", slices([0, 3, 3, 6], 20, **ids()))
    await put(house, "uneven", slices([0, 3, 6.5, 9, 12], 40, **ids()))
    await put(house, "uneven", slices([0], 50, **(ids() | {"ImagePositionPatient": None})))
    await put(house, "uneven", slices([0, 3, 6], 60, **ids()))
    files, exclusions = await built(house, "uneven")
    assert [image.shape for image, _, _ in files] == [(16, 16, 3)]
    assert exclusions == {"duplicate_position": 4, "gap": 5, "irregular_spacing": 5, "no_position": 1}


async def test_of_copies_one_is_kept_and_the_other_listed(house: House) -> None:
    own = ids()
    await put(house, "copies", [*slices([0, 3, 6], 1, **own), *slices([3], 9, PixelData=picture(2), **own)])
    ((image, line, _),), exclusions = await built(house, "copies")
    assert (image.shape, line["images"], exclusions) == ((16, 16, 3), "3", {"duplicate_position": 1})


async def test_a_leaning_gantry_is_a_sheared_affine_and_told(house: House) -> None:
    own = ids()
    bodies = [slices([0], 1 + n, ImagePositionPatient=[0, 1.5 * n, 5 * n], **own)[0] for n in range(5)]
    await put(house, "lean", bodies)
    ((image, line, sidecar),), _ = await built(house, "lean")
    assert np.allclose(image.affine[:3, 2], [0, -1.5, 5])
    assert (image.header["qform_code"], sidecar["GantryTilt"]) == (0, True)
    assert float(line["gantry_tilt"]) == pytest.approx(16.7, abs=0.01)


async def test_an_object_of_two_orientations_gives_two_volumes(house: House) -> None:
    def frame(orientation: Sequence[float], position: Sequence[float]) -> Dataset:
        group = Dataset()
        for sequence, keyword, value in (
            ("PlaneOrientationSequence", "ImageOrientationPatient", list(orientation)),
            ("PlanePositionSequence", "ImagePositionPatient", list(position)),
            ("PixelMeasuresSequence", "PixelSpacing", [1, 1]),
        ):
            item = Dataset()
            setattr(item, keyword, value)
            setattr(group, sequence, [item])
        return group

    groups = [frame([1, 0, 0, 0, 1, 0], [0, 0, 5 * n]) for n in range(3)]
    groups += [frame(CORONAL, [0, 4 * n, 0]) for n in range(4)]
    body = ct_bytes(
        NumberOfFrames=7, PerFrameFunctionalGroupsSequence=groups, PixelData=b"".join(map(picture, range(7))),
        ImageOrientationPatient=None, ImagePositionPatient=None, PixelSpacing=None,
    )  # fmt: skip
    await put(house, "two-ways", [body])
    files, exclusions = await built(house, "two-ways")
    assert [(image.shape[2], line["plane"], line["slices"], line["images"]) for image, line, _ in files] == [
        (4, "CORONAL", "4", "1"),
        (3, "AXIAL", "3", "1"),
    ]
    assert exclusions == {}
    await house.value(
        """UPDATE rcdm.radiology_occurrence SET plane_counts = '{"AXIAL": 1}' FROM rcdm.radiology_hospital hospital
        WHERE hospital.radiology_hospital_id = radiology_occurrence.radiology_hospital_id AND text = 'TWO-WAYS'
        RETURNING 1"""
    )
    files, exclusions = await built(house, "two-ways", filter={"hospital": "TWO-WAYS", "plane": ["AXIAL"]})
    assert [(image.shape[2], line["plane"]) for image, line, _ in files] == [(3, "AXIAL")]
    assert exclusions == {"other_plane": 1}
    listing = (await house.http.get("/api/v1/datasets/two-ways")).json()
    for version in listing["items"]:
        archive, lines = await opened(house, f"/api/v1/datasets/two-ways/versions/{version['version']}")
        digests = [hashlib.sha256(archive.read(line["path"])).hexdigest() for line in lines]
        assert digests == [line["sha256"] for line in lines]


async def test_each_slice_is_scaled_by_its_own_line(house: House) -> None:
    own = ids()
    bodies = [slices([3 * n], n, RescaleSlope=0.5 + n, RescaleIntercept=n, **own)[0] for n in range(3)]
    await put(house, "scaled", bodies)
    ((image, line, _),), _ = await built(house, "scaled")
    for n in range(3):
        stored = np.frombuffer(picture(n), "<u2").reshape(16, 16).astype(float)
        assert np.array_equal(image.get_fdata()[:, :, n], stored[::-1].T * (0.5 + n) + n)
    assert (line["value_transform"], line["slope"], line["intercept"]) == ("RESCALE", "1", "0")


@pytest.mark.parametrize(
    "odd",
    [
        {"ConvolutionKernel": ["I70f", "3"]},
        {"PixelSpacing": [1e-300, 1e300]},
        {"RescaleSlope": 1e300},
        {"SliceThickness": 1e38, "EchoTime": 1e300},
        {"ImagePositionPatient": [1e300, -1e300, 0]},
        {"ImageType": [CANARY, CANARY, CANARY], "Manufacturer": CANARY, "ScanningSequence": CANARY},
    ],
)
async def test_an_odd_series_never_fails_the_set(house: House, odd: dict[str, Any]) -> None:
    name = f"odd-{next(iter(odd)).lower()}"
    await put(house, name, slices([0, 3, 6], 1, **(ids() | odd)))
    await put(house, name, slices([0, 3, 6, 9], 20, **ids()))
    files, _ = await built(house, name)
    assert (16, 16, 4) in [image.shape for image, _, _ in files]
    assert all(CANARY not in json.dumps(sidecar) and CANARY not in str(line) for _, line, sidecar in files)


async def test_a_volume_lies_in_the_folder_of_its_own_plane(house: House) -> None:
    own = ids()
    turned = [own | {"ImageOrientationPatient": CORONAL, "ImagePositionPatient": [0, 3 * n, 0]} for n in range(4)]
    coronal = [body for n, elements in enumerate(turned) for body in slices([0], 30 + n, **elements)]
    await put(house, "planes", [*slices([0, 3, 6], 1, **own), *coronal])
    address = await house.build("planes", "PLANES", format="nifti", mode="plane")
    _, lines = await opened(house, address)
    assert [(line["plane"], line["path"].split("/")[-3], line["images"]) for line in lines] == [
        ("CORONAL", "CORONAL", "4"),
        ("AXIAL", "AXIAL", "3"),
    ]
