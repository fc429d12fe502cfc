"""Pictures of real files: all that can be decoded are, and nothing but NoPicture is ever raised."""

import csv
import hashlib
import warnings
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from imaging.pixels.errors import NoPicture
from imaging.pixels.render import render

pytestmark = pytest.mark.corpus
FILES = Path(__file__).parents[2] / "../shared/dicom"

# Decodable in principle; refused by our rules.
# Mosaics of 48 slices that somebody made smaller: they do not fit any more.
NO_PICTURE = {"nibabel/0.dcm": "mosaic", "nibabel/1.dcm": "mosaic"}


def _rows() -> list[dict[str, str]]:
    with (FILES / "manifest.csv").open(newline="") as manifest:
        return list(csv.DictReader(manifest))


def _read(path: str) -> Dataset | None:
    """None when the reader itself cannot; the reader complains about half of these files in warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dcmread(FILES / path, force=True)
        except Exception:
            return None


def _outcome(path: str) -> str:
    dataset = _read(path)
    if dataset is None:
        return "unreadable"
    try:
        return "picture" if list(render(dataset)) else "nothing"
    except NoPicture as none:
        return none.reason.value


def test_every_decodable_file_gives_pictures() -> None:
    """B20."""
    outcomes = {row["path"]: _outcome(row["path"]) for row in _rows() if row["decodes"] == "yes"}
    assert {path: outcome for path, outcome in outcomes.items() if outcome != "picture"} == NO_PICTURE


def test_every_other_file_gives_pictures_or_a_reason() -> None:
    """B16, B20."""
    outcomes = {row["path"]: _outcome(row["path"]) for row in _rows() if row["decodes"] != "yes"}
    assert "nothing" not in outcomes.values()
    without = {path for path, outcome in outcomes.items() if outcome == "no_pixels"}
    assert len(without) > 100


def test_nine_encodings_of_one_image_have_one_digest() -> None:
    """B22."""
    digests = set()
    for row in _rows():
        if row["path"].startswith("dcm_qa_ts/"):
            digest = hashlib.sha256()
            assert list(render(dcmread(FILES / row["path"]), digest=digest))
            digests.add(digest.hexdigest())
    assert len(digests) == 1
