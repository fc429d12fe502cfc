"""Tools that know the Medical Imaging CDM find their columns, and answers in them."""

from collections.abc import AsyncIterator

import pytest

from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes

PUBLISHED = {
    "image_occurrence": {
        "image_occurrence_id", "person_id", "visit_occurrence_id", "procedure_occurrence_id", "wadors_uri",
        "local_path", "image_occurrence_date", "image_study_UID", "image_series_UID", "modality_concept_id",
        "anatomic_site_concept_id",
    },
    "image_feature": {
        "image_feature_id", "person_id", "image_occurrence_id", "image_feature_concept_id",
        "image_feature_type_concept_id", "image_feature_event_field_concept_id", "image_feature_event_id",
        "image_finding_concept_id", "image_finding_id", "anatomic_site_concept_id", "alg_system", "alg_datetime",
    },
}  # fmt: skip

# Written against the published columns alone: series and their phases of persons with a visit, by year of birth.
_QUERY = """
SELECT person.year_of_birth, count(DISTINCT image.image_occurrence_id) AS series, count(*) AS features
FROM mi_cdm.image_occurrence image
JOIN mi_cdm.image_feature feature ON feature.image_occurrence_id = image.image_occurrence_id
    AND feature.person_id = image.person_id
JOIN cdm.person person ON person.person_id = image.person_id
JOIN cdm.visit_occurrence visit ON visit.visit_occurrence_id = image.visit_occurrence_id
JOIN cdm.procedure_occurrence done ON done.procedure_occurrence_id = image.procedure_occurrence_id
    AND done.procedure_date = image.image_occurrence_date
WHERE image."image_study_UID" LIKE '1.2.%' AND image.image_occurrence_date >= DATE '2020-01-01'
GROUP BY 1 ORDER BY 1
"""


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    """Two persons: one with a study of two series, one of them of two phases; one with a single image."""
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        first = {"PatientID": "A", "StudyDate": "20240103", "PatientBirthDate": "19600101", "StudyInstanceUID": "1.2.1"}
        for series, acquisition, description in ((1, 1, "Arterial"), (1, 2, "Portal venous"), (2, 1, "Scout")):
            body = ct_bytes(
                **first,
                SeriesInstanceUID=f"1.2.1.{series}",
                AcquisitionNumber=acquisition,
                SeriesDescription=description,
            )
            await opened.take(extracted(body)[0])
        other = {"PatientID": "B", "StudyDate": "20240104", "PatientBirthDate": "19700101", "StudyInstanceUID": "1.2.2"}
        await opened.take(extracted(ct_bytes(**other))[0])
        yield opened


@pytest.mark.parametrize("view", PUBLISHED)
async def test_the_columns_are_the_published_ones(shelf: Shelf, view: str) -> None:
    rows = await shelf.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'mi_cdm' AND table_name = $1", view
    )
    assert {row["column_name"] for row in rows} == PUBLISHED[view]


async def test_a_query_in_published_words_is_answered(shelf: Shelf) -> None:
    answers = [tuple(row.values()) for row in await shelf.rows(_QUERY)]
    assert [(year, series) for year, series, _ in answers] == [(1960, 2), (1970, 1)]
    assert answers[0][2] == await shelf.value(
        "SELECT count(DISTINCT (series_instance_uid, image_phase)) FROM rcdm.radiology_image"
        " JOIN rcdm.radiology_occurrence USING (radiology_occurrence_id) WHERE study_instance_uid = '1.2.1'"
    )


async def test_ids_stay_when_images_come(shelf: Shelf) -> None:
    wanted = "SELECT image_occurrence_id FROM mi_cdm.image_occurrence WHERE \"image_series_UID\" = '1.2.1.1'"
    before = await shelf.value(wanted)
    body = ct_bytes(PatientID="A", StudyDate="20240103", StudyInstanceUID="1.2.1", SeriesInstanceUID="1.2.1.1")
    await shelf.take(extracted(body)[0])
    assert await shelf.value(wanted) == before


@pytest.mark.parametrize("view", PUBLISHED)
async def test_a_row_has_an_id_of_its_own(shelf: Shelf, view: str) -> None:
    repeated = f"SELECT count(*) - count(DISTINCT {view}_id) FROM mi_cdm.{view}"
    assert await shelf.value(repeated) == 0
