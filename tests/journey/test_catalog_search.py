"""Searching studies over HTTP: every filter, paging, facets, numbers, and values that mean harm."""

import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import generate_uid

from cdm.query.filters import OccurrenceFilter
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes

_IN_PARTS = unicodedata.normalize("NFD", "삼성 100%")


def _bodies() -> list[tuple[bytes, dict[str, Any]]]:
    """Three studies that differ in everything one can search for."""
    liver = {
        "StudyInstanceUID": generate_uid(),
        "StudyDescription": "복부 CT 100%_real",
        "BodyPartExamined": "LIVER",
        "SpecificCharacterSet": "ISO_IR 192",
    }
    head = {"StudyInstanceUID": generate_uid(), "Modality": "MR", "StudyDescription": "Brain", "PatientSex": "M"}
    chest = {"StudyInstanceUID": generate_uid(), "Modality": "DX", "ImageOrientationPatient": None}
    return [
        (ct_bytes(**liver, PatientAge="064Y", SeriesDescription="arterial phase", KVP="80"),
         {"diagnosis": "간세포암종 (HCC)"}),
        (ct_bytes(**liver, PatientAge="064Y", SeriesNumber=2, SeriesDescription="delayed", KVP="120.5",
                  SliceThickness=5, PixelSpacing=["0.5", "0.9"]), {}),
        (ct_bytes(**head, StudyDate="20230501", PatientAge="030Y", PatientID="T-2", ProtocolName="T1 'axial'",
                  SeriesDescription="t1 tse", ManufacturerModelName="Magneto_Sonic", Manufacturer=_IN_PARTS,
                  SpecificCharacterSet="ISO_IR 192", MagneticFieldStrength="15000", KVP="0"), {"hospital": "BUSAN"}),
        (ct_bytes(**chest, StudyDate="20200229", PatientAge="003M", PatientID="T-3", PatientSex=None,
                  ImagePositionPatient=None, PatientBirthDate=None), {}),
    ]  # fmt: skip


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        for body, told in _bodies():
            await opened.take(extracted(body, **told)[0])
        yield opened


async def _dates(shelf: Shelf, **parameters: Any) -> list[str]:
    page = await shelf.get("/occurrences", **parameters)
    assert page["total"] == len(page["items"])
    return [item["radiology_occurrence_date"][:4] for item in page["items"]]


@pytest.mark.parametrize(
    ("parameters", "years"),
    [
        ({}, ["2024", "2023", "2020"]),
        ({"modality": "ct"}, ["2024"]),
        ({"modality": ["CT", "MR"]}, ["2024", "2023"]),
        ({"hospital": "busan"}, ["2023"]),
        ({"condition": "간세포"}, ["2024"]),
        ({"condition": "hcc"}, ["2024"]),
        ({"protocol": "'axial'"}, ["2023"]),
        ({"tag": "SeriesDescription~T1"}, ["2023"]),
        ({"tag": "SeriesDescription=T1 TSE"}, ["2023"]),
        ({"tag": "SeriesDescription=T1 TS_"}, []),
        ({"tag": "SeriesDescription~%"}, []),
        ({"tag": ["SeriesDescription~arterial", "SeriesNumber=1"]}, ["2024"]),
        ({"tag": ["SeriesDescription~arterial", "SeriesNumber=2"]}, []),
        ({"tag": ["SeriesNumber>1", "SeriesNumber<3"], "modality": "CT"}, ["2024"]),
        ({"tag": "SeriesNumber>1e9"}, []),
        ({"tag": "Rows=16.0", "modality": "MR"}, ["2023"]),
        ({"tag": "Modality!=CT"}, ["2023", "2020"]),
        ({"tag": "ProtocolName"}, ["2023"]),
        ({"tag": "ImageOrientationPatient=1"}, ["2024", "2023"]),
        ({"device": "_sonic"}, ["2023"]),
        ({"device": "_agneto"}, []),
        ({"manufacturer": "삼성"}, ["2023"]),
        ({"manufacturer": _IN_PARTS}, ["2023"]),
        ({"manufacturer": "0%"}, ["2023"]),
        ({"manufacturer": "_성"}, []),
        ({"manufacturer": "성\\"}, []),
        ({"manufacturer": "' OR 1=1 --"}, []),
        ({"device": "삼성"}, ["2023"]),
        ({"field_strength_min": 1.5, "field_strength_max": 1.5}, ["2023"]),
        ({"field_strength_min": 1.6}, []),
        ({"kvp_max": 80}, ["2024"]),
        ({"kvp_min": 100, "kvp_max": 120}, []),
        ({"kvp_min": 80, "kvp_max": 120.5, "modality": "CT"}, ["2024"]),
        ({"slice_thickness_min": 5}, ["2024"]),
        ({"slice_thickness_max": 1}, ["2024", "2023", "2020"]),
        ({"pixel_spacing_max": 0.9}, ["2024"]),
        ({"pixel_spacing_max": 0.8}, []),
        ({"pixel_spacing_min": 0.6, "pixel_spacing_max": 0.95}, []),
        # For one image, whichever words are put together:
        ({"slice_thickness_min": 5, "kvp_max": 100}, []),
        ({"slice_thickness_min": 5, "kvp_min": 100}, ["2024"]),
        ({"phase": "ARTERIAL", "kvp_max": 80}, ["2024"]),
        ({"phase": "DELAYED", "kvp_max": 80}, []),
        ({"phase": "DELAYED", "kvp_max": 80, "plane": "AXIAL"}, []),
        ({"phase": "DELAYED", "tag": "SeriesNumber=2"}, ["2024"]),
        ({"phase": "DELAYED", "tag": "SeriesNumber=1"}, []),
        ({"kvp_min": 100, "tag": "SeriesNumber=2"}, ["2024"]),
        ({"kvp_min": 100, "tag": "SeriesNumber=1"}, []),
        ({"sequence": "T1", "field_strength_max": 3}, ["2023"]),
        ({"plane": "PROJECTION", "phase": "ARTERIAL"}, []),
        ({"body_part": "liver"}, ["2024"]),
        ({"plane": "AXIAL"}, ["2024", "2023"]),
        ({"plane": "projection"}, ["2020"]),
        ({"phase": ["ARTERIAL", "PORTAL_VENOUS"]}, ["2024"]),
        ({"phase": "PHASE_7"}, []),
        ({"sequence": "T1"}, ["2023"]),
        ({"sex": "m"}, ["2023"]),
        ({"sex": "U"}, ["2020"]),
        ({"age_min": 64, "age_max": 64}, ["2024"]),
        ({"age_max": 0}, ["2020"]),
        ({"date_from": "2023-05-01", "date_to": "2023-05-01"}, ["2023"]),
        ({"q": "복부 100%_"}, ["2024"]),
        ({"q": "seoul ct"}, ["2024"]),
        ({"q": "brain 복부"}, []),
        ({"q": "10_%"}, []),
        ({"q": "%"}, ["2024", "2023"]),
        ({"q": "삼성"}, ["2023"]),
        ({"q": unicodedata.normalize("NFD", "복부")}, ["2024"]),
        ({"q": "' OR 1=1"}, []),
        ({"q": "magneto\\"}, []),
        ({"condition": "%"}, []),
        ({"modality": "CT", "sex": "M"}, []),
        ({"sort": "date"}, ["2020", "2023", "2024"]),
        ({"sort": "images"}, ["2023", "2020", "2024"]),
        ({"sort": "-id"}, ["2020", "2023", "2024"]),
    ],
)
async def test_a_filter_finds_what_it_says(shelf: Shelf, parameters: dict[str, Any], years: list[str]) -> None:
    """D4"""
    assert await _dates(shelf, **parameters) == years


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"planes": "AXIAL"}, "planes"),
        ({"plane": "UPSIDE_DOWN"}, "AXIAL"),
        ({"phase": "LATER"}, "PORTAL_VENOUS"),
        ({"sex": "X"}, "M, F, O, U"),
        ({"tag": "EchoTme<50"}, "EchoTme is no DICOM keyword; near it: EchoTime"),
        ({"tag": "PatientName~Kim"}, "sealed away"),
        ({"date_from": "20240101"}, "YYYY-MM-DD"),
        ({"date_from": "2024-02-30"}, "date_from"),
        ({"date_from": "2024-02-01", "date_to": "2024-01-01"}, "date_to"),
        ({"age_min": "-1"}, "age_min"),
        ({"age_min": 9, "age_max": 8}, "age_max"),
        ({"kvp_min": 9, "kvp_max": 8}, "kvp_min is above kvp_max"),
        ({"kvp_min": "NaN"}, "kvp_min"),
        ({"kvp_max": "-1"}, "kvp_max"),
        ({"slice_thickness_min": "inf"}, "slice_thickness_min"),
        ({"slice_thickness_max": "1;DROP"}, "slice_thickness_max"),
        ({"pixel_spacing_max": "-0.1"}, "pixel_spacing_max"),
        ({"pixel_spacing_min": ""}, "pixel_spacing_min"),
        ({"field_strength_max": "%"}, "field_strength_max"),
        ({"field_strength_min": [1, 2]}, "field_strength_min"),
        ({"q": "a\0b"}, "NUL"),
        ({"q": "a" * 1001}, "q"),
        ({"modality": ["x"] * 201}, "modality"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"sort": "name"}, "sort"),
        ({"cursor": "rubbish"}, "cursor"),
        ({"q": ["liver", "head"]}, "q"),
        ({"age_min": [3, 4]}, "age_min"),
    ],
)
async def test_what_cannot_be_meant_is_a_400_that_names_it(
    shelf: Shelf, parameters: dict[str, Any], named: str
) -> None:
    """D3"""
    answer = await shelf.get("/occurrences", status=400, **parameters)
    assert named in answer["detail"]


@pytest.mark.parametrize("sort", ["-date", "date", "-id", "id", "-images", "images"])
async def test_pages_together_are_the_whole_list(shelf: Shelf, sort: str) -> None:
    """D3"""
    whole = [one["radiology_occurrence_id"] for one in (await shelf.get("/occurrences", sort=sort))["items"]]
    paged: list[int] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await shelf.get("/occurrences", sort=sort, limit=1, **cursor)
        paged += [one["radiology_occurrence_id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == whole


async def test_a_cursor_of_another_order_is_refused(shelf: Shelf) -> None:
    """D3"""
    page = await shelf.get("/occurrences", sort="date", limit=1)
    await shelf.get("/occurrences", status=400, sort="id", cursor=page["next"])


async def test_facets_count_what_the_filter_finds(shelf: Shelf) -> None:
    whole = await shelf.get("/occurrences/facets")
    assert whole["modality"] == [{"value": name, "count": 1} for name in ("CT", "DX", "MR")]
    liver = await shelf.get("/occurrences/facets", body_part="LIVER")
    assert liver["hospital"] == [{"value": "SEOUL", "count": 1}]
    assert {one["value"] for one in liver["phase"]} == {"ARTERIAL", "DELAYED"}


async def test_every_facet_value_is_a_filter_that_finds_as_many(shelf: Shelf) -> None:
    facets = await shelf.get("/occurrences/facets")
    assert set(facets) <= set(OccurrenceFilter.model_fields)
    for name, values in facets.items():
        for one in values:
            page = await shelf.get("/occurrences", **{name: one["value"]})
            assert page["total"] == one["count"], (name, one)


async def test_every_cell_of_a_distribution_is_a_filter_that_finds_as_many(shelf: Shelf) -> None:
    found = await shelf.get("/occurrences/distribution")
    assert sum(cell["count"] for cell in found["year"]) == 3
    assert found["age_sex"]
    assert found["plane_phase"]
    for cell in found["year"]:
        await _finds(shelf, cell, date_from=f"{cell['first']}-01-01", date_to=f"{cell['first']}-12-31")
    for cell in found["age_sex"]:
        decade = int(cell["first"])
        await _finds(shelf, cell, age_min=decade, age_max=decade + 9, sex=cell["second"])
    for cell in found["plane_phase"]:
        await _finds(shelf, cell, plane=cell["first"], phase=cell["second"])


async def _finds(shelf: Shelf, cell: dict[str, Any], **words: Any) -> None:
    assert (await shelf.get("/occurrences", **words))["total"] == cell["count"], cell


async def test_the_numbers_of_the_start_page(shelf: Shelf) -> None:
    numbers = await shelf.get("/statistics")
    assert {name: numbers[name] for name in ("occurrences", "images", "persons", "hospitals")} == {
        "occurrences": 3, "images": 4, "persons": 3, "hospitals": 2
    }  # fmt: skip
    assert numbers["plane"] == [{"value": "AXIAL", "count": 3}, {"value": "PROJECTION", "count": 1}]


async def test_one_study_its_series_and_images(shelf: Shelf) -> None:
    found = (await shelf.get("/occurrences", modality="CT"))["items"][0]
    address = f"/occurrences/{found['radiology_occurrence_id']}"
    assert await shelf.get(address) == found
    series = await shelf.get(f"{address}/series")
    assert [(one["series_number"], one["phases"]) for one in series["items"]] == [(1, ["ARTERIAL"]), (2, ["DELAYED"])]
    assert series["items"][0]["phase_reasons"].keys() == {"ARTERIAL"}
    assert "SeriesDescription says" in series["items"][0]["phase_reasons"]["ARTERIAL"]
    assert series["items"][0]["plane_reasons"] == {"AXIAL": "the slice normal is 0.0 degrees from that of AXIAL"}
    images = await shelf.get(f"{address}/images", phase="delayed", series=series["items"][1]["series_instance_uid"])
    assert [image["series_number"] for image in images["items"]] == [2]
    first = await shelf.get(f"{address}/images", limit=1)
    second = await shelf.get(f"{address}/images", limit=1, cursor=first["next"])
    assert (first["total"], second["next"], second["items"][0]["series_number"]) == (2, None, 2)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/occurrences/999999", 404), ("/occurrences/0", 400), ("/occurrences/a", 400), ("/occurrences/9" + "9" * 30, 400),
     ("/occurrences/999999/series", 404), ("/occurrences/999999/images", 404), ("/images/999999", 404),
     ("/images/999999/tags", 404), ("/images/999999/png", 404), ("/images/999999/dicom", 404), ("/images/x/png", 400)],
)  # fmt: skip
async def test_what_is_not_there_is_404_and_what_is_no_id_400(shelf: Shelf, path: str, status: int) -> None:
    """D2"""
    await shelf.get(path, status=status)


_NAMES = [*OccurrenceFilter.model_fields, "sort", "limit", "cursor", "nonsense"]
_HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["%", "_", "\\", "'", '"; DROP TABLE x; --', "$1", "\\x00", "{}", "[1]", "-0", "1e9", "NaN", "٣"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.dictionaries(st.sampled_from(_NAMES), _HOSTILE, max_size=4))
async def test_no_parameter_is_ever_our_fault(shelf: Shelf, parameters: dict[str, str]) -> None:
    """F16"""
    for path in ("/api/v1/occurrences", "/api/v1/occurrences/facets", "/api/v1/occurrences/1/images"):
        answer = await shelf.http.get(path, params=parameters)
        assert answer.status_code in (200, 400), answer.text
        assert answer.status_code == 200 or answer.json()["detail"]
