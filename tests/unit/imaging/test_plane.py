"""Planes of the body from orientations, frames, words and modalities."""

from math import cos, radians, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists

from imaging.geometry.plane import (
    Plane,
    PlaneDecision,
    PlaneSource,
    common_plane,
    image_plane,
    is_localizer,
    plane_of_orientation,
)
from imaging.header.dicom_json import Document
from tests.unit.imaging.headers import dataset, header

AXIAL: list[float] = [1, 0, 0, 0, 1, 0]
CORONAL: list[float] = [1, 0, 0, 0, 0, -1]
SAGITTAL: list[float] = [0, 1, 0, 0, 0, -1]


def leaning(degrees: float) -> list[float]:
    """An axial picture tipped about the x axis: a head scan along the orbito-meatal line."""
    return [1, 0, 0, 0, cos(radians(degrees)), sin(radians(degrees))]


def enhanced(*orientations: list[float], **elements: Any) -> Document:
    frames = []
    for orientation in orientations:
        plane = dataset(ImageOrientationPatient=orientation)
        frames.append(dataset(PlaneOrientationSequence=[plane]))
    return header(Modality="MR", PerFrameFunctionalGroupsSequence=frames, **elements)


@pytest.mark.parametrize(
    ("orientation", "plane"),
    [
        (AXIAL, Plane.AXIAL),
        (CORONAL, Plane.CORONAL),
        (SAGITTAL, Plane.SAGITTAL),
        ([-1, 0, 0, 0, -1, 0], Plane.AXIAL),
        ([0, 1, 0, 1, 0, 0], Plane.AXIAL),
        ([2, 0, 0, 0, 2, 0], Plane.AXIAL),
        (leaning(20), Plane.AXIAL),
        (leaning(36.8), Plane.AXIAL),
        (leaning(36.9), Plane.OBLIQUE),
        (leaning(45), Plane.OBLIQUE),
        (leaning(53.2), Plane.CORONAL),
    ],
)
def test_the_largest_part_of_the_normal_above_eight_tenths_decides(orientation: list[float], plane: Plane) -> None:
    assert plane_of_orientation(orientation).plane is plane


def test_an_oblique_picture_tells_the_nearest_plane_and_the_angle() -> None:
    decision = plane_of_orientation(leaning(40))
    assert (decision.plane, decision.nearest, decision.angle_degrees) == (Plane.OBLIQUE, Plane.AXIAL, 40.0)


@pytest.mark.parametrize(
    "orientation",
    [[], AXIAL[:5], [*AXIAL, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, 0.06, 1, 0], [float("nan")] * 6],
)
def test_an_orientation_that_is_none_is_unknown_and_says_why(orientation: list[float]) -> None:
    decision = plane_of_orientation(orientation)
    assert decision.plane is Plane.UNKNOWN
    assert decision.reason


def test_a_slant_that_rounding_explains_is_let_through() -> None:
    assert plane_of_orientation([1, 0, 0, 0.04, 1, 0]).plane is Plane.AXIAL


def test_image_type_axial_is_not_the_plane_of_a_reformat() -> None:
    reformat = header(Modality="CT", ImageType=["DERIVED", "SECONDARY", "AXIAL"], ImageOrientationPatient=CORONAL)
    assert image_plane(reformat).plane is Plane.CORONAL
    assert image_plane(header(Modality="CT", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"])).plane is Plane.UNKNOWN


@pytest.mark.parametrize("modality", ["CR", "DX", "MG", "XA", "RF"])
def test_a_projection_is_a_projection(modality: str) -> None:
    decision = image_plane(header(Modality=modality, SeriesDescription="AXIAL hip"))
    assert (decision.plane, decision.source) == (Plane.PROJECTION, PlaneSource.MODALITY)


@pytest.mark.parametrize("modality", ["CR", "DX", "MG", "US", "SC", "NM", "OT", ""])
def test_without_orientation_nothing_but_a_slice_is_axial(modality: str) -> None:
    assert image_plane(header(Modality=modality, SeriesDescription="axial")).plane is not Plane.AXIAL


def test_a_radiograph_stays_a_projection_even_with_an_orientation() -> None:
    assert image_plane(header(Modality="DX", ImageOrientationPatient=AXIAL)).plane is Plane.PROJECTION


def test_a_rotational_angiography_is_sliced_when_it_says_how_it_lies() -> None:
    assert image_plane(header(Modality="XA", ImageOrientationPatient=AXIAL)).plane is Plane.AXIAL


@pytest.mark.parametrize(
    ("kind", "plane"), [("WHOLE BODY", Plane.PROJECTION), ("STATIC", Plane.PROJECTION), ("RECON TOMO", Plane.UNKNOWN)]
)
def test_a_gamma_camera_projects_until_slices_are_reconstructed(kind: str, plane: Plane) -> None:
    assert image_plane(header(Modality="NM", ImageType=["ORIGINAL", "PRIMARY", kind, "EMISSION"])).plane is plane


@pytest.mark.parametrize(
    ("description", "plane"),
    [
        ("t2_tse_cor", Plane.CORONAL),
        ("T1 AX", Plane.AXIAL),
        ("Sag T2", Plane.SAGITTAL),
        ("tra", Plane.AXIAL),
        ("Cortex Tract Sagging Maxilla", Plane.UNKNOWN),
        ("AX and COR", Plane.UNKNOWN),
        ("", Plane.UNKNOWN),
    ],
)
def test_whole_words_count_when_there_is_no_orientation(description: str, plane: Plane) -> None:
    decision = image_plane(header(Modality="MR", SeriesDescription=description))
    assert decision.plane is plane
    assert decision.source is (PlaneSource.NONE if plane is Plane.UNKNOWN else PlaneSource.TEXT)


def test_words_never_mend_an_orientation_that_is_there() -> None:
    broken = header(Modality="MR", SeriesDescription="AX", ImageOrientationPatient=[0, 0, 0, 0, 0, 0])
    assert image_plane(broken).plane is Plane.UNKNOWN


def test_an_orientation_of_rubbish_is_unknown_and_no_error() -> None:
    rubbish = {"00080060": {"vr": "CS", "Value": ["CT"]}, "00200037": {"vr": "DS", "Value": ["x"] * 6}}
    assert image_plane(rubbish).plane is Plane.UNKNOWN


def test_frames_that_agree_give_their_plane() -> None:
    decision = image_plane(enhanced(CORONAL, CORONAL))
    assert (decision.plane, decision.source, decision.confidence) == (Plane.CORONAL, PlaneSource.FRAMES, 1.0)


def test_frames_that_share_an_orientation_are_read_once() -> None:
    shared = dataset(PlaneOrientationSequence=[dataset(ImageOrientationPatient=SAGITTAL)])
    frames = [dataset(), dataset()]
    document = header(SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames)
    assert image_plane(document).plane is Plane.SAGITTAL


def test_the_majority_of_frames_wins_and_says_so() -> None:
    decision = image_plane(enhanced(AXIAL, AXIAL, AXIAL, SAGITTAL))
    assert (decision.plane, decision.confidence) == (Plane.AXIAL, 0.75)
    assert "3 AXIAL" in decision.reason
    assert "1 SAGITTAL" in decision.reason


def test_a_three_plane_localizer_is_mixed() -> None:
    decision = image_plane(enhanced(AXIAL, CORONAL, SAGITTAL))
    assert decision.plane is Plane.UNKNOWN
    assert "mixed" in decision.reason


def test_a_series_has_the_plane_of_most_of_its_images() -> None:
    decisions = [plane_of_orientation(orientation) for orientation in (AXIAL, CORONAL, CORONAL)]
    assert common_plane(decisions).plane is Plane.CORONAL
    assert common_plane(decisions[:2]).plane is Plane.UNKNOWN
    assert common_plane([]).plane is Plane.UNKNOWN


def test_a_decision_says_where_it_comes_from() -> None:
    assert plane_of_orientation(AXIAL) == PlaneDecision(
        Plane.AXIAL,
        PlaneSource.ORIENTATION,
        "the slice normal is 0.0 degrees from that of AXIAL",
        1.0,
        Plane.AXIAL,
        0.0,
    )


@pytest.mark.parametrize(
    ("elements", "answer"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, True),
        ({"SeriesDescription": "AAHead_Scout_64ch"}, True),
        ({"SeriesDescription": "FAST LOCALIZER"}, True),
        ({"Modality": "MR", "SeriesDescription": "Survey_MST"}, True),
        ({"Modality": "MR", "ProtocolName": "T/S/C RF FAST PILOT"}, True),
        ({"Modality": "MR", "SeriesDescription": "3-PL LOC", "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"]}, True),
        ({"Modality": "MR", "SeriesDescription": "3Plane SSFSE"}, True),
        ({"Modality": "MR", "SeriesDescription": "AAHScout"}, True),
        ({"Modality": "MR", "SeriesDescription": "BHSurvey"}, True),
        ({"SeriesDescription": "lokalizer"}, True),
        ({"SeriesDescription": "Lokalisator"}, True),
        ({"SeriesDescription": "Topogramm"}, True),
        ({"SeriesDescription": "topograma 1.0"}, True),
        ({"SeriesDescription": "Repérage"}, True),
        ({"SeriesDescription": "localizador"}, True),
        ({"SeriesDescription": "スカウト"}, True),
        ({"SeriesDescription": "로컬라이저"}, True),
        ({"Modality": "CT", "SeriesDescription": "SCOUT LAT", "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"]}, True),
        ({"Modality": "CT", "SeriesDescription": "LOC HEAD"}, False),
        ({"Modality": "CT", "SeriesDescription": "needle localization"}, False),
        ({"Modality": "DX", "SeriesDescription": "Scanogram"}, False),
        ({"Modality": "MR", "SeriesDescription": "3D sag PLANE"}, False),
        ({"Modality": "MR", "Manufacturer": "GE MEDICAL", "SeriesDescription": "T1", "ProtocolName": "LOC"}, False),
        ({"Modality": "CT", "SeriesDescription": "Bone survey"}, False),
        ({"SeriesDescription": "Scouting for lesions"}, False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "SeriesDescription": "Chest"}, False),
        ({}, False),
    ],
)
def test_localizers_are_marked(elements: dict[str, Any], answer: bool) -> None:
    assert is_localizer(header(**elements)) is answer


def test_few_frames_in_all_three_planes_were_made_to_plan_others() -> None:
    def frames(*orientations: list[int]) -> list[Any]:
        return [dataset(PlaneOrientationSequence=[dataset(ImageOrientationPatient=one)]) for one in orientations]

    axial, coronal, sagittal = [1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1]
    three = frames(axial, coronal, sagittal)
    assert is_localizer(header(Modality="MR", PerFrameFunctionalGroupsSequence=three))
    assert not is_localizer(header(Modality="CT", PerFrameFunctionalGroupsSequence=three))
    assert not is_localizer(header(Modality="MR", PerFrameFunctionalGroupsSequence=frames(axial, coronal, axial)))
    assert not is_localizer(header(Modality="MR", PerFrameFunctionalGroupsSequence=three * 16))


@given(lists(floats(), max_size=8))
def test_any_numbers_can_be_an_orientation(orientation: list[float]) -> None:
    decision = plane_of_orientation(orientation)
    assert (decision.plane is Plane.UNKNOWN) == (decision.nearest is None)
