"""Where blobs lie: keys that every store takes."""

from itertools import permutations

from chassis.blobs.keys import RENDERERS, dataset_key, dicom_key, extraction_key, key_segments, png_key, png_prefix
from imaging.pixels.render import RENDERER_VERSION

ONE, OTHER = "ab" + "0" * 62, "ab" + "1" * 62


def test_no_key_goes_on_below_another() -> None:
    """A folder would refuse the later one; S3 would take both, and a move from one to the other would fail."""
    keys = [
        key
        for sha256 in (ONE, OTHER)
        for key in (
            dicom_key(sha256), extraction_key(sha256), png_key(png_prefix(sha256, "1"), 1),
            png_key(png_prefix(sha256, "1.1"), 2), dataset_key("liver", "1-" + sha256[:12], "manifest.csv"),
        )
    ]  # fmt: skip
    assert all(key_segments(key) for key in keys)
    assert not [pair for pair in permutations(keys, 2) if pair[1].startswith(f"{pair[0]}/")]


def test_pictures_of_this_renderer_are_found_again() -> None:
    """Whoever removes an object's pictures looks for those of every renderer that ever drew."""
    assert RENDERERS[-1] == RENDERER_VERSION
