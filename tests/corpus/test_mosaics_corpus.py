"""Real mosaics: every encoding is cut alike, and what cannot be cut says so."""

import hashlib
from pathlib import Path

import pytest

from imaging.dicom.header import read_tags
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import NoPicture
from imaging.pixels.render import render
from imaging.volume.frame_facts import frame_facts

pytestmark = pytest.mark.corpus
FILES = Path(__file__).parents[2] / "../shared/dicom"
UIH = FILES / "../dicom2/uih-mr"


def _cut(path: Path) -> tuple[str, set[tuple[int, int]], list[float]]:
    """The digest of all slices, their sizes, and where they lie in mm towards the head."""
    body, digest = path.read_bytes(), hashlib.sha256()
    sizes = {(picture.width, picture.height) for picture in render(pixel_dataset(body), digest=digest)}
    places = [facts.position for facts in frame_facts(read_tags(body).document)]
    return digest.hexdigest(), sizes, [round(place[2], 3) for place in places if place]


def test_nine_encodings_of_one_mosaic_give_the_same_slices() -> None:
    cut = [_cut(path) for path in sorted((FILES / "dcm_qa_ts").glob("*.dcm"))]
    assert len(cut) == 9
    assert all(one == cut[0] for one in cut)
    assert (cut[0][1], len(cut[0][2])) == ({(64, 64)}, 35)


def test_each_object_of_united_imaging_is_twenty_slices() -> None:
    for path in sorted(UIH.iterdir()):
        _, sizes, places = _cut(path)
        assert (sizes, len(places)) == ({(64, 64)}, 20)
        assert places == sorted(places)


def test_a_mosaic_that_was_made_smaller_says_that_it_does_not_fit() -> None:
    with pytest.raises(NoPicture, match="48 do not fit into 256 × 256 pixels"):
        _cut(FILES / "nibabel/0.dcm")
