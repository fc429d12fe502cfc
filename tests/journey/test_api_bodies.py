"""Pictures, objects, manifests and archives: validators, lengths, ranges; versions, operations and what they hold."""

import hashlib
import io
import zipfile

import pytest

from tests.journey.outside import Json, every_item
from tests.journey.surface import Surface, assert_problem, events_of, final_operation

pytestmark = pytest.mark.timeout(300)

_MANIFEST = {
    *("path", "sha256", "split", "person", "occurrence", "study_uid", "series_uid", "sop_uid", "frame", "modality"),
    *("plane", "plane_source", "phase", "phase_source", "phase_confidence", "rows", "columns", "pixel_spacing"),
    *(
        "body_part",
        "laterality",
        "view_position",
        "series_description",
        "slice_thickness",
        "window_center",
        "window_width",
        "slope",
        "intercept",
    ),
}


def _bodies(surface: Surface) -> list[str]:
    image = f"/api/v1/images/{surface.image['image_id']}"
    return [f"{image}/png?frame=1", f"{image}/dicom", f"{surface.version}/archive", f"{surface.version}/manifest.csv"]


def test_bodies_have_validators_and_lengths(surface: Surface) -> None:
    """D14: an ETag, a length, 304 for who has it."""
    for path in _bodies(surface):
        whole = surface.http.get(path)
        assert int(whole.headers["content-length"]) == len(whole.content), path
        assert whole.headers["accept-ranges"] == "bytes", path
        again = surface.http.get(path, headers={"If-None-Match": whole.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path


def test_head_tells_what_get_would(surface: Surface) -> None:
    for path in _bodies(surface):
        head, whole = surface.http.head(path), surface.http.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        for name in ("etag", "content-length", "content-type", "accept-ranges"):
            assert head.headers[name] == whole.headers[name], path


def test_bodies_come_in_ranges(surface: Surface) -> None:
    """D5"""
    for path in _bodies(surface):
        whole = surface.http.get(path).content
        middle = surface.http.get(path, headers={"Range": "bytes=10-59"})
        assert (middle.status_code, middle.content) == (206, whole[10:60]), path
        assert middle.headers["content-range"] == f"bytes 10-59/{len(whole)}", path
        assert surface.http.get(path, headers={"Range": "bytes=-7"}).content == whole[-7:], path
        assert_problem(surface.http.get(path, headers={"Range": f"bytes={len(whole)}-"}), 416)
        many = ",".join(f"{n}-{n}" for n in range(500))
        assert surface.http.get(path, headers={"Range": f"bytes={many}"}).status_code in (200, 416), path
        assert surface.http.get(path, headers={"Range": f"bytes=-{'9' * 4000}"}).status_code in (200, 206, 416), path


def test_received_bytes_come_back_and_pictures_are_not_sniffed(surface: Surface) -> None:
    """D1, F9"""
    path = f"/api/v1/images/{surface.image['image_id']}"
    dicom, picture = surface.http.get(f"{path}/dicom"), surface.http.get(f"{path}/png")
    assert hashlib.sha256(dicom.content).hexdigest() == surface.image["image_sha256"]
    assert (dicom.headers["content-type"], picture.headers["content-type"]) == ("application/dicom", "image/png")
    assert "attachment" in dicom.headers["content-disposition"]
    assert picture.headers["x-content-type-options"] == "nosniff"


def test_a_version_tells_its_rule_and_its_hashes(surface: Surface) -> None:
    version = surface.http.get(surface.version).json()
    assert version.keys() >= {"version", "state", "rule", "exclusions", "content_sha256", "manifest_sha256", "members"}
    assert sum(version["exclusions"].values()) >= 1
    latest = surface.http.get(f"/api/v1/datasets/{surface.dataset['dataset']}/versions/latest").json()
    assert latest["version"] == surface.dataset["version"]
    assert surface.dataset.keys() == {"operation_id", "dataset", "version"}


def test_the_manifest_names_every_member_of_the_archive(surface: Surface) -> None:
    """D7, D9"""
    header, *lines = surface.http.get(f"{surface.version}/manifest.csv").text.splitlines()
    assert set(header.split(",")) >= _MANIFEST
    members = every_item(surface.http, f"{surface.version}/members", 4)
    with zipfile.ZipFile(io.BytesIO(surface.http.get(f"{surface.version}/archive").content)) as archive:
        assert archive.testzip() is None
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == len(members) == len(lines)


def test_the_same_name_makes_the_next_version_and_they_differ_by_nothing(surface: Surface) -> None:
    body = {"name": "again", "filter": {"hospital": ["A"]}, "mode": "phase", "format": "png"}
    first, second = (surface.http.post("/api/v1/datasets", json=body).json() for _ in range(2))
    for accepted in (first, second):
        assert final_operation(surface.http, accepted["operation_id"])["state"] == "done"
    path = f"/api/v1/datasets/again/versions/{second['version']}/diff"
    difference = surface.http.get(path, params={"from": first["version"]}).json()
    assert [difference[name] for name in ("added", "removed", "changed")] == [0, 0, 0]
    assert "again" in [item["name"] for item in every_item(surface.http, "/api/v1/datasets", 1)]


def test_an_operation_is_watched_and_cancelled(surface: Surface) -> None:
    operation = f"/api/v1/operations/{surface.dataset['operation_id']}"
    assert surface.http.get(operation).json().keys() >= {"state", "done", "total", "result", "error"}
    assert events_of(surface.http, f"{operation}/events")[-1]["state"] == "done"
    assert_problem(surface.http.delete(operation), 409)
    body = {"name": "stopped", "mode": "flat", "format": "png"}
    started = surface.http.post("/api/v1/datasets", json=body).json()["operation_id"]
    cancelled = surface.http.delete(f"/api/v1/operations/{started}").status_code
    assert final_operation(surface.http, started)["state"] == ("cancelled" if cancelled == 200 else "done")


_WRONG: list[Json] = [
    {"mode": "x"},
    {"name": "../x"},
    {"format": "exe"},
    {"split": {"train": 2}},
    {"filter": {"nonsense": 1}},
    {"filter": {"plane": ["UP"]}},
    {"more": 1},
]


@pytest.mark.parametrize("wrong", _WRONG, ids=str)
def test_a_data_set_that_cannot_be_is_refused(surface: Surface, wrong: Json) -> None:
    answer = surface.http.post("/api/v1/datasets", json={"name": "wrong", "mode": "phase", "format": "png", **wrong})
    assert_problem(answer, 400)
