"""A frame of an enhanced object reads as an image of its own."""

from imaging.header.dicom_json import Document, number, text
from imaging.header.functional_groups import frame_document, frame_documents


def _sequence(*items: Document) -> Document:
    return {"vr": "SQ", "Value": list(items)}


def _thickness(value: float) -> Document:
    return {"00289110": _sequence({"00180050": {"vr": "DS", "Value": [value]}})}


ENHANCED: Document = {
    "00080060": {"vr": "CS", "Value": ["MR"]},
    "00180050": {"vr": "DS", "Value": [1]},
    "52009229": _sequence(_thickness(2)),
    "52009230": _sequence(_thickness(3), {}),
}


def test_the_frames_own_value_wins_over_the_shared_and_the_images() -> None:
    first, second = frame_documents(ENHANCED)
    assert (number(first, "SliceThickness"), number(second, "SliceThickness")) == (3, 2)
    assert text(second, "Modality") == "MR"


def test_a_frame_outside_the_groups_has_what_all_share() -> None:
    assert number(frame_document(ENHANCED, 7), "SliceThickness") == 2
    assert number(frame_document(ENHANCED, -1), "SliceThickness") == 2


def test_a_plain_image_is_its_own_frame() -> None:
    plain: Document = {"00180050": {"vr": "DS", "Value": [1]}}
    assert frame_documents(plain) == [plain]
    assert frame_document(plain) == plain
