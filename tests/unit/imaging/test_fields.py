"""The R-CDM's values are read from what devices write, slips included."""

from datetime import date, datetime, time
from typing import Any

import pytest

from imaging.deidentify.text import clean_machine_text
from imaging.fields.fields import age_in_days, image_fields, occurrence_fields
from imaging.fields.patient_position import VIEW_POSITIONS
from imaging.header.dicom_json import Document, tag_key


def _document(**values: Any) -> Document:
    return {
        tag_key(keyword): {"vr": "LO", "Value": value if isinstance(value, list) else [value]}
        for keyword, value in values.items()
    }


def test_an_empty_document_has_only_unknowns() -> None:
    occurrence, image = occurrence_fields({}), image_fields({})
    assert (occurrence.study_date, occurrence.dosage_value, occurrence.protocol) == (None, None, None)
    assert (image.rows, image.image_type, image.image_type_class, image.number_of_frames) == (None, (), "UNKNOWN", 1)


def test_the_protocol_is_the_protocol_name_else_the_study_description() -> None:
    both = occurrence_fields(_document(ProtocolName="Liver", StudyDescription="Abdomen"))
    assert (both.protocol, both.protocol_source_tag, both.study_description) == ("Liver", "ProtocolName", "Abdomen")
    one = occurrence_fields(_document(StudyDescription="Abdomen"))
    assert (one.protocol, one.protocol_source_tag) == ("Abdomen", "StudyDescription")


def test_the_study_date_falls_back_and_its_time_does_not() -> None:
    whole = occurrence_fields(_document(StudyDate="2024.01.02", StudyTime="00:00:00"))
    assert whole.study_datetime == datetime(2024, 1, 2)
    part = occurrence_fields(_document(SeriesDate="20240103", StudyTime="101112"))
    assert (part.study_date, part.study_datetime) == (date(2024, 1, 3), None)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("045Y", 16436),
        ("018M", 548),
        ("002W", 14),
        ("010D", 10),
        ("45", None),
        ("-45Y", None),
        ("", None),
        (None, None),
    ],
)
def test_ages_are_days(written: str | None, days: int | None) -> None:
    assert age_in_days(written) == days


@pytest.mark.parametrize(
    ("values", "position"),
    [
        ({"PatientPosition": "hfs "}, "HFS"),
        ({"ViewPosition": "PA"}, "PA"),
        ({"PatientPosition": "FEET", "ViewPosition": "LL"}, "LL"),
        ({"ViewPosition": "MLO"}, "MLO"),
        ({"ViewPosition": "cc"}, "CC"),
        ({"ViewPosition": "JANE"}, None),
    ],
)
def test_positions_are_terms_of_the_standard(values: dict[str, str], position: str | None) -> None:
    assert occurrence_fields(_document(**values)).person_position == position


def test_a_view_position_leaves_as_it_came() -> None:
    """Every term is among the words that stay of a header."""
    assert {clean_machine_text(view) for view in VIEW_POSITIONS} == VIEW_POSITIONS


@pytest.mark.parametrize(
    ("values", "side"),
    [
        ({"Laterality": "R"}, "R"),
        ({"ImageLaterality": "l", "Laterality": "R"}, "L"),
        ({"ImageLaterality": "", "Laterality": "B"}, "B"),
        ({"Laterality": "left"}, None),
        ({}, None),
    ],
)
def test_the_side_of_the_image_counts_before_that_of_the_series(values: dict[str, str], side: str | None) -> None:
    assert image_fields(_document(**values)).laterality == side


@pytest.mark.parametrize(
    ("values", "dosage"),
    [
        ({"Modality": "CT", "KVP": 120, "MagneticFieldStrength": 3}, (120.0, "kVp")),
        ({"Modality": "MR", "MagneticFieldStrength": 1.5, "KVP": 0}, (1.5, "T")),
        ({"Modality": "MR", "MagneticFieldStrength": 15000}, (1.5, "T")),
        ({"Modality": "CT", "KVP": "high"}, (None, None)),
        ({"Modality": "MR", "KVP": 120}, (None, None)),
    ],
)
def test_the_dosage_is_kilovolts_or_tesla(values: dict[str, Any], dosage: tuple[float | None, str | None]) -> None:
    found = occurrence_fields(_document(**values))
    assert (found.dosage_value, found.dosage_unit) == dosage


@pytest.mark.parametrize(
    ("values", "kvp", "tesla"),
    [
        ({"Modality": "PT", "KVP": ["140.5", "80"], "MagneticFieldStrength": "30000"}, 140.5, 3),
        ({"KVP": 0, "MagneticFieldStrength": -1}, None, None),
        ({"KVP": "high"}, None, None),
    ],
)
def test_an_image_has_its_own_kilovolts_and_tesla(
    values: dict[str, Any], kvp: float | None, tesla: float | None
) -> None:
    found = image_fields(_document(**values))
    assert (found.kvp, found.magnetic_field_strength) == (kvp, tesla)


def test_exposure_times_are_milliseconds() -> None:
    assert occurrence_fields(_document(ExposureTime=500)).exposure_time_ms == 500
    assert occurrence_fields(_document(ExposureTimeInuS=2500)).exposure_time_ms == 2.5
    exposure = _document(CTExposureSequence=_document(ExposureTimeInms=812.5))
    shared = _document(SharedFunctionalGroupsSequence=exposure)
    assert occurrence_fields(shared).exposure_time_ms == 812.5


@pytest.mark.parametrize(
    ("image_type", "expected"),
    [
        (["ORIGINAL", "PRIMARY", "AXIAL"], "PRIMARY"),
        (["DERIVED", "SECONDARY", "REFORMATTED"], "SECONDARY"),
        (["ORIGINAL", "PRIMARY", "LOCALIZER"], "LOCALIZER"),
        (["DERIVED", "", "MPR"], "UNKNOWN"),
        ([], "UNKNOWN"),
    ],
)
def test_image_types_have_a_class(image_type: list[str], expected: str) -> None:
    assert image_fields(_document(ImageType=image_type)).image_type_class == expected


def test_vectors_are_whole_or_none() -> None:
    image = image_fields(
        _document(ImageOrientationPatient=[1, 0, 0, 0, 1], PixelSpacing=["0.5", 0.5], WindowCenter=[40, 300])
    )
    assert image.image_orientation_patient is None
    assert (image.pixel_spacing, image.window_center) == ((0.5, 0.5), (40.0, 300.0))


def test_numbers_too_large_for_their_column_are_none() -> None:
    """B17: IS overflow."""
    image = image_fields(_document(InstanceNumber=99999999999, SeriesNumber=7, Rows=-1, NumberOfFrames=0))
    assert (image.instance_number, image.series_number, image.rows, image.number_of_frames) == (None, 7, None, 1)


def test_an_enhanced_image_is_read_at_its_first_frame() -> None:
    orientation = _document(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    shared = _document(PlaneOrientationSequence=orientation, PixelMeasuresSequence=_document(SliceThickness=2.5))
    frames = [
        _document(
            PlanePositionSequence=_document(ImagePositionPatient=[0, 0, place]),
            FrameContentSequence=_document(FrameAcquisitionDateTime="20240102030405", TemporalPositionIndex=2),
            MRDiffusionSequence=_document(DiffusionBValue=800),
        )
        for place in (5, 6)
    ]
    image = image_fields(_document(SharedFunctionalGroupsSequence=shared, PerFrameFunctionalGroupsSequence=frames))
    assert (image.image_orientation_patient, image.image_position_patient) == ((1, 0, 0, 0, 1, 0), (0, 0, 5))
    assert (image.slice_thickness, image.temporal_position, image.diffusion_b_value) == (2.5, 2, 800)
    assert (image.acquisition_date, image.acquisition_time) == (date(2024, 1, 2), time(3, 4, 5))


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("T2 FLAIR axial", "FLAIR"),
        ("t1_mprage_sag", "T1"),
        ("T1post", "T1"),
        ("ax T2W TSE", "T2"),
        ("ep2d_diff_b1000", "DWI"),
        ("ep2d_diff_ADC", "ADC"),
        ("T2* GRE", "T2_STAR"),
        ("T1 and T2 map", None),
        ("Localizer", None),
        ("Fact2 study", None),
    ],
)
def test_sequence_kinds_need_whole_words(description: str, kind: str | None) -> None:
    assert image_fields(_document(Modality="MR", SeriesDescription=description)).sequence_kind == kind
    assert image_fields(_document(Modality="CT", SeriesDescription=description)).sequence_kind is None


@pytest.mark.parametrize(
    ("creator", "block", "element", "value"),
    [
        ("SIEMENS MR HEADER", "00190010", "0019100C", 1000),
        ("Philips Imaging DD 001", "20010010", "20011003", 1000.0),
        ("GEMS_PARM_01", "00430010", "00431039", 1_000_001_000),
    ],
)
def test_makers_keep_the_b_value_in_their_own_places(creator: str, block: str, element: str, value: float) -> None:
    document = {block: {"vr": "LO", "Value": [creator]}, element: {"vr": "IS", "Value": [value, 0]}}
    assert image_fields(document).diffusion_b_value == 1000
    assert image_fields({element: document[element]}).diffusion_b_value is None
