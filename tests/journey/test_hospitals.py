"""The wall between hospitals: who has a key for one sees, counts, finds and gets nothing of another."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from pydicom.uid import MRImageStorage, generate_uid

from tests.journey.callers import client_with, new_key
from tests.journey.outside import Json, add_files, every_item, open_upload, settled
from tests.journey.surface import Surface, assert_problem, create_dataset
from tests.makers import ct_bytes

pytestmark = pytest.mark.timeout(300)


_NORTH, _SOUTH = 3, 2  # images, each a study of its own


@dataclass(frozen=True)
class Walled:
    """A steward of each of two hospitals, and a bridge of the first."""

    north: httpx.Client
    south: httpx.Client
    bridge: httpx.Client
    south_upload: str


@pytest.fixture(scope="module")
def walled(surface: Surface) -> Iterator[Walled]:
    """CT in the north, MR with a word of its own in the south."""
    _fill(surface.http, "NORTH", [ct_bytes() for _ in range(_NORTH)])
    mr = {"SOPClassUID": MRImageStorage, "Modality": "MR", "SeriesDescription": "Southern"}
    upload = _fill(surface.http, "SOUTH", [ct_bytes(**mr) for _ in range(_SOUTH)])

    def client(role: str, hospital: str) -> httpx.Client:
        return client_with(surface.system, new_key(surface.http, role, hospitals=[hospital])["key"])

    with client("steward", "NORTH") as north, client("steward", "SOUTH") as south, client("bridge", "NORTH") as bridge:
        yield Walled(north, south, bridge, upload)


def _fill(http: httpx.Client, hospital: str, bodies: list[bytes]) -> str:
    upload = open_upload(http, hospital)
    add_files(http, upload, [(f"{number}.dcm", body) for number, body in enumerate(bodies)])
    assert settled(http, upload)["failed"] == 0
    return upload


def test_lists_and_totals_end_at_the_wall(walled: Walled) -> None:
    """F4"""
    for http, name, count in ((walled.north, "NORTH", _NORTH), (walled.south, "SOUTH", _SOUTH)):
        page = http.get("/api/v1/occurrences", params={"limit": 1}).json()
        assert page["total"] == count
        assert {item["hospital"] for item in every_item(http, "/api/v1/occurrences")} == {name}
        assert {item["hospital"] for item in every_item(http, "/api/v1/uploads")} == {name}


def test_a_filter_that_names_the_other_hospital_finds_nothing(walled: Walled) -> None:
    """F4: alone, beside the own one, and as a word."""
    for filters in ({"hospital": "SOUTH"}, {"q": "southern"}, {"modality": "MR"}):
        assert walled.north.get("/api/v1/occurrences", params=filters).json()["total"] == 0
    both = walled.north.get("/api/v1/occurrences", params={"hospital": ["NORTH", "SOUTH"]}).json()
    assert both["total"] == _NORTH


def test_facets_and_statistics_count_only_what_is_seen(walled: Walled) -> None:
    """F4"""
    facets = walled.north.get("/api/v1/occurrences/facets").json()
    assert [value["value"] for value in facets["hospital"]] == ["NORTH"]
    assert "MR" not in [value["value"] for value in facets["modality"]]
    statistics = walled.south.get("/api/v1/statistics").json()
    assert [statistics[name] for name in ("occurrences", "images", "hospitals")] == [_SOUTH, _SOUTH, 1]
    for name, value in (("modality", "MR"), ("plane", "AXIAL")):
        assert statistics[name] == [{"value": value, "count": _SOUTH}]


def test_what_was_assumed_is_counted_and_listed_up_to_the_wall(walled: Walled) -> None:
    """F4"""
    for http, name, count in ((walled.north, "NORTH", _NORTH), (walled.south, "SOUTH", _SOUTH)):
        visits = next(one for one in http.get("/api/v1/quality").json() if one["assumption"] == "VISIT_MADE")
        assert visits["count"] == count
        assert {item["hospital"] for item in every_item(http, "/api/v1/quality/VISIT_MADE")} == {name}


def test_nothing_of_the_other_hospital_is_there(walled: Walled) -> None:
    """F4: 404, word for word as for what is nowhere."""
    study = every_item(walled.south, "/api/v1/occurrences")[0]["radiology_occurrence_id"]
    image = every_item(walled.south, f"/api/v1/occurrences/{study}/images")[0]["image_id"]
    upload, nowhere = walled.south_upload, "01900000-0000-7000-8000-000000000000"
    for path, here, missing in (
        ("/api/v1/occurrences/{}", study, 999_999),
        ("/api/v1/occurrences/{}/series", study, 999_999),
        ("/api/v1/occurrences/{}/images", study, 999_999),
        ("/api/v1/images/{}", image, 999_999),
        ("/api/v1/images/{}/png", image, 999_999),
        ("/api/v1/images/{}/tags", image, 999_999),
        ("/api/v1/images/{}/dicom", image, 999_999),
        ("/api/v1/uploads/{}", upload, nowhere),
        ("/api/v1/uploads/{}/files", upload, nowhere),
        ("/api/v1/uploads/{}/events", upload, nowhere),
    ):
        assert walled.south.get(path.format(here)).status_code == 200, path
        hidden, absent = walled.north.get(path.format(here)), walled.north.get(path.format(missing))
        assert (hidden.status_code, hidden.json()["detail"]) == (404, absent.json()["detail"]), path
    assert add_files(walled.north, upload, [("x.dcm", ct_bytes())]).status_code == 404


def test_a_version_shows_only_to_who_sees_all_its_maker_saw(surface: Surface, walled: Walled) -> None:
    """F4: data sets, their members and archives, and the operation that built them."""
    made = create_dataset(walled.south, "walled", filter={})
    version = f"/api/v1/datasets/walled/versions/{made['version']}"
    paths = ["/api/v1/datasets/walled", f"/api/v1/operations/{made['operation_id']}"]
    paths += [
        version,
        *(f"{version}/{part}" for part in ("members", "manifest.csv", "archive", f"diff?from={made['version']}")),
    ]
    paths += [f"/api/v1/operations/{made['operation_id']}/events", surface.version]
    for path in paths:
        assert surface.http.get(path).status_code == 200, path
        assert walled.north.get(path).status_code == 404, path
    assert walled.north.delete(f"/api/v1/operations/{made['operation_id']}").status_code == 404
    assert walled.south.get(version).json()["members"] == _SOUTH
    assert [item["name"] for item in every_item(walled.south, "/api/v1/datasets")] == ["walled"]
    assert walled.north.get("/api/v1/datasets").json() == {
        "items": [],
        "next": None,
        "total": 0,
        "total_is_estimate": False,
    }


def test_a_taken_name_is_refused_without_saying_whose_it_is(surface: Surface, walled: Walled) -> None:
    """F4"""
    asked = {"name": surface.dataset["dataset"].upper(), "mode": "flat", "filter": {}}
    assert assert_problem(walled.north.post("/api/v1/datasets", json=asked), 409)["detail"].startswith(
        "This name is taken"
    )


def test_a_data_set_holds_nothing_from_behind_the_wall(walled: Walled) -> None:
    """F4: also when the filter asks for it."""
    asked = {"name": "over-the-wall", "mode": "flat", "filter": {"hospital": ["SOUTH"]}}
    assert_problem(walled.north.post("/api/v1/datasets", json=asked), 422)


def test_no_answer_tells_what_another_hospital_has(walled: Walled) -> None:
    """F6: an object is unique within its hospital."""
    uid = generate_uid()
    first, other = (ct_bytes(SOPInstanceUID=uid, InstanceNumber=number) for number in (1, 2))
    upload = open_upload(walled.south, "SOUTH")
    assert add_files(walled.south, upload, [("x.dcm", first)]).json()["stored"] == 1
    digests = {"sha256": [hashlib.sha256(body).hexdigest() for body in (first, other)]}
    assert walled.bridge.post("/api/v1/uploads/check", json=digests).json() == {"known": []}
    assert_problem(walled.bridge.post("/api/v1/uploads/check", json={**digests, "hospital": "SOUTH"}), 403)
    mine = open_upload(walled.bridge, "NORTH")
    # Not 45070 (conflicting bytes), and the same bytes are not a duplicate either.
    assert add_files(walled.bridge, mine, [("y.dcm", other)]).json()["stored"] == 1
    third = open_upload(walled.bridge, "NORTH")
    body = ct_bytes()
    add_files(walled.south, upload, [("z.dcm", body)])
    assert add_files(walled.bridge, third, [("z.dcm", body)]).json()["stored"] == 1
    for http, one in ((walled.south, upload), (walled.bridge, mine), (walled.bridge, third)):
        assert settled(http, one)["failed"] == 0


def test_an_upload_goes_to_a_hospital_of_its_key(walled: Walled) -> None:
    """F4: unsaid it is the only one; another is refused the same whether it exists or not."""
    body: Json = {"content": ct_bytes(), "headers": {"Content-Type": "application/dicom"}}
    upload = walled.bridge.post("/api/v1/uploads", **body).json()["upload_id"]
    assert walled.bridge.get(f"/api/v1/uploads/{upload}").json()["hospital"] == "NORTH"
    for path in ("/api/v1/uploads", "/dicom-web/studies"):
        details = {
            assert_problem(walled.bridge.post(path, params={"hospital": name}, **body), 403)["detail"]
            for name in ("SOUTH", "NO SUCH HOSPITAL")
        }
        assert len(details) == 1, path


def test_a_bridge_follows_its_own_uploads_only(surface: Surface, walled: Walled) -> None:
    """F4: not even another's of the same hospital."""
    own, other = open_upload(walled.bridge, "NORTH"), open_upload(surface.http, "NORTH")
    seen = {item["upload_id"] for item in every_item(walled.bridge, "/api/v1/uploads")}
    assert [walled.bridge.get(f"/api/v1/uploads/{one}/files").status_code for one in (own, other)] == [200, 404]
    assert (own in seen, other in seen) == (True, False)


def test_only_its_maker_or_a_steward_cancels_a_build(surface: Surface, walled: Walled) -> None:
    keys = [new_key(surface.http, "researcher", hospitals=["NORTH"])["key"] for _ in range(2)]
    with client_with(surface.system, keys[0]) as maker, client_with(surface.system, keys[1]) as other:
        made = create_dataset(maker, "mine")
        path = f"/api/v1/operations/{made['operation_id']}"
        assert (other.get(path).status_code, other.delete(path).status_code) == (200, 403)
        assert_problem(maker.delete(path), 409)
