"""What the catalogue says of the stacks of a study."""

from typing import Any

from pydicom.uid import generate_uid

from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes


async def study_of(shelf: Shelf, places: list[float], **elements: Any) -> list[dict[str, Any]]:
    study, series, frames = generate_uid(), generate_uid(), generate_uid()
    for number, place in enumerate(places, start=1):
        body = ct_bytes(
            StudyInstanceUID=study, SeriesInstanceUID=series, FrameOfReferenceUID=frames, InstanceNumber=number,
            ImagePositionPatient=[0, 0, place], **elements,
        )  # fmt: skip
        await shelf.take(extracted(body)[0])
    (occurrence,) = (await shelf.get("/occurrences"))["items"]
    items: list[dict[str, Any]] = (await shelf.get(f"/occurrences/{occurrence['radiology_occurrence_id']}/geometry"))[
        "items"
    ]
    return items


async def test_an_even_stack_is_a_volume(shelf: Shelf) -> None:
    (stack,) = await study_of(shelf, [0, 2.5, 5, 7.5])
    assert (stack["slices"], stack["spacing_mm"], stack["is_regular"], stack["findings"]) == (4, 2.5, True, {})


async def test_time_points_of_one_series_are_one_stack_with_an_axis(shelf: Shelf) -> None:
    study, series, frames = generate_uid(), generate_uid(), generate_uid()
    for point in (1, 2):
        for place in (0, 5, 10):
            body = ct_bytes(
                StudyInstanceUID=study, SeriesInstanceUID=series, FrameOfReferenceUID=frames, AcquisitionNumber=point,
                ImagePositionPatient=[0, 0, place],
            )  # fmt: skip
            await shelf.take(extracted(body)[0])
    address = f"/occurrences/{(await shelf.get('/occurrences'))['items'][0]['radiology_occurrence_id']}"
    (stack,) = (await shelf.get(f"{address}/geometry"))["items"]
    images = (await shelf.get(f"{address}/images"))["items"]
    assert (stack["slices"], stack["volumes"], stack["is_regular"]) == (3, 2, True)
    assert (stack["axis"], stack["axis_values"]) == ("acquisition", [1, 2])
    assert stack["phase_groups"] == list(dict.fromkeys(image["phase_group"] for image in images))


async def test_an_acquisition_for_each_slice_is_still_one_volume(shelf: Shelf) -> None:
    study, series = generate_uid(), generate_uid()
    for number in range(4):
        body = ct_bytes(
            StudyInstanceUID=study, SeriesInstanceUID=series, FrameOfReferenceUID=generate_uid(),
            AcquisitionNumber=number, ImagePositionPatient=[0, 0, 5 * number],
        )  # fmt: skip
        await shelf.take(extracted(body)[0])
    address = f"/occurrences/{(await shelf.get('/occurrences'))['items'][0]['radiology_occurrence_id']}"
    (stack,) = (await shelf.get(f"{address}/geometry"))["items"]
    assert (stack["slices"], stack["axis"], stack["is_regular"], stack["findings"]) == (4, None, True, {})


async def test_what_is_odd_is_named_with_a_sentence(shelf: Shelf) -> None:
    (stack,) = await study_of(shelf, [0, 2, 2, 4, 6, 20])
    assert not stack["is_regular"]
    assert set(stack["findings"]) == {"DUPLICATE_POSITION", "GAP"}
    assert "14.00 mm" in stack["findings"]["GAP"]


async def test_a_study_that_is_not_there_is_not_found(shelf: Shelf) -> None:
    await shelf.get("/occurrences/4711/geometry", status=404)
