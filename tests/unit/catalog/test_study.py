"""What follows for a study from all of its images."""

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from imaging.fields.fields import occurrence_fields
from imaging.header.dicom_json import Document
from services.catalog.load.study import Cell, combined_modality, first_said, phases, search_text, totals
from services.catalog.omop.persons import Seen, person_facts

CELL = Cell(
    phase_group="f|1.2|1|", frame_of_reference_uid="f", series_instance_uid="1.2", acquisition_number=1,
    temporal_position=None, own_phase="POST_CONTRAST", own_phase_source="AGENT", image_plane="AXIAL",
    image_type_class="PRIMARY", modality="CT", sequence_kind=None, has_agent=True, acquisition_settings=(),
    render_status="PICTURE", count=3, series_number=1, series_description="Abdomen",
    acquired_at=datetime(2024, 1, 1, 10), low_mm=0, high_mm=30, confidence=0.3, reason=None, content_time=time(9),
)  # fmt: skip


@pytest.mark.parametrize(
    ("modalities", "text"),
    [
        (["CT"], "CT"),
        (["PT", "CT"], "PETCT"),
        (["MR", "PT"], "PETMR"),
        (["CT", "NM"], "NMCT"),
        (["CT", "SR", "KO"], "CT"),
        (["PT", "CT", "SEG"], "PETCT"),
        (["DX", "CR"], "CR/DX"),
        (["SR"], "SR"),
        ([], None),
    ],
)
def test_a_study_has_one_modality_text(modalities: list[str], text: str | None) -> None:
    assert combined_modality(modalities) == text


def test_counts_are_over_all_images() -> None:
    sagittal = replace(CELL, image_plane="SAGITTAL", count=2, render_status="NO_PICTURE", content_time=time(8))
    counted = totals([CELL, sagittal], phases([CELL, sagittal]))
    assert (counted.images, counted.pictures, counted.series) == (5, 3, 1)
    assert (counted.planes, counted.content_time) == ({"AXIAL": 3, "SAGITTAL": 2}, time(8))


def test_a_phase_group_has_one_phase() -> None:
    late = replace(CELL, own_phase="ARTERIAL_LATE", own_phase_source="TIME", count=1)
    early = replace(CELL, own_phase="ARTERIAL_EARLY", own_phase_source="TIME", count=2)
    assert {one.phase for one in phases([CELL, late, early]).values()} == {"ARTERIAL_EARLY"}
    assert phases([CELL, late, early]) == phases([early, late, CELL])


def test_ten_thousand_images_are_weighed_quickly() -> None:
    cells = [replace(CELL, phase_group=f"f|1.{n}|1|", series_instance_uid=f"1.{n}", count=500) for n in range(20)]
    assert totals(cells, phases(cells)).images == 10_000


def test_each_field_is_what_the_first_image_says_that_says_it() -> None:
    silent: Document = {"00080060": {"vr": "CS", "Value": ["CT"]}}
    telling: Document = {"00081030": {"vr": "LO", "Value": ["Abdomen"]}, "00180060": {"vr": "DS", "Value": [120]}}
    said = first_said([occurrence_fields(silent), occurrence_fields(telling)])
    assert (said.modality, said.study_description, said.dosage_value, said.dosage_unit) == ("CT", "Abdomen", 120, "kVp")
    assert said.protocol_source_tag == "StudyDescription"


def test_search_text_is_composed_lower_case() -> None:
    assert search_text(["Abdomen", None, "간"]) == "abdomen 간"


DAY = date(2024, 1, 10)


@pytest.mark.parametrize(
    ("studies", "year", "gender", "assumption"),
    [
        ([Seen(DAY, 1960, 23000, "F")], 1960, 8532, None),
        ([Seen(DAY, None, 16436, "M")], 1979, 8507, "BIRTH_YEAR_FROM_AGE"),
        ([Seen(DAY, None, None, "U")], 2024, 0, "BIRTH_YEAR_FROM_STUDY"),
        ([Seen(DAY, None, 16436, "U"), Seen(DAY, 1978, None, "O")], 1978, 0, None),
        ([Seen(DAY, 1960, None, "M"), Seen(DAY, 1960, None, "F")], 1960, 0, None),
    ],
)
def test_a_person_follows_from_all_studies(studies: list[Seen], year: int, gender: int, assumption: str | None) -> None:
    facts = person_facts(studies)
    assert (facts.year_of_birth, facts.gender_concept_id, facts.assumption) == (year, gender, assumption)
    assert person_facts(studies[::-1]) == facts
