"""Bad files through the whole system: each ends as said, its good neighbour is stored and drawn, the system goes on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.hostile_archives import hostile_archives, odd_archives
from tests.journey.hostile_files import ALL, DRAWN, REFUSED, WITHOUT_PICTURE
from tests.journey.outside import Json, add_files, every_image, open_upload, settled
from tests.makers import ct_bytes
from tests.system import System, rcdm, running_system

pytestmark = pytest.mark.timeout(300)

_ARCHIVES, _ODD_ARCHIVES = hostile_archives(), odd_archives()
_CUTS = 40
_GROWTH_BYTES = 256 << 20


@dataclass(frozen=True)
class Case:
    """What was answered about a bad file and the good one behind it in the same request."""

    status: int
    items: list[Json]


@dataclass(frozen=True)
class Sent:
    """Everything was sent and has settled."""

    cases: dict[str, Case]
    counts: Json
    images: dict[str, Json]
    memory_before: int
    memory_most: int


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all that is bad."""
    with running_system(tmp_path_factory.mktemp("bad") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def http(system: System) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture(scope="module")
def sent(system: System, http: httpx.Client) -> Sent:
    upload = open_upload(http, "BAD")
    add_files(http, upload, [("first.dcm", ct_bytes())])
    before = _memory(system, "VmRSS")
    bodies = {**{name: hostile.make() for name, hostile in ALL.items()}, **_ARCHIVES, **_ODD_ARCHIVES}
    cases = {name: _send(http, upload, name, body) for name, body in bodies.items()}
    counts = settled(http, upload)
    return Sent(cases, counts, every_image(http, hospital="BAD"), before, _memory(system, "VmHWM"))


@pytest.mark.parametrize("name", [*ALL, *_ARCHIVES, *_ODD_ARCHIVES])
def test_the_good_neighbour_is_stored_and_drawn(sent: Sent, http: httpx.Client, name: str) -> None:
    """A10"""
    case = sent.cases[name]
    assert (case.status, case.items[-1]["outcome"]) == (201, "stored")
    _assert_drawn(http, sent.images[case.items[-1]["sop_instance_uid"]])


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_by_name(sent: Sent, name: str) -> None:
    """B2, B3, B4, B6, B12, B13, B16: with a code, a sentence, and nothing of the file in it."""
    item = sent.cases[name].items[0]
    assert (item["outcome"], item.get("reason", {}).get("code")) == ("refused", REFUSED[name].end)
    assert item["reason"]["detail"].endswith(".")
    assert not re.search(r"Recursion|Error|/etc/passwd|alert", item["reason"]["detail"])


@pytest.mark.parametrize("name", _ARCHIVES)
def test_a_hostile_archive_is_refused_as_a_whole(sent: Sent, name: str) -> None:
    """D12"""
    item, _ = sent.cases[name].items
    assert (item["name"], item["outcome"], item["reason"]["code"]) == (name, "refused", "archive_unsafe")


@pytest.mark.parametrize("name", _ODD_ARCHIVES)
def test_of_an_archive_with_an_odd_member_the_others_are_taken(sent: Sent, name: str) -> None:
    """D12"""
    odd, good, _ = sent.cases[name].items
    assert (odd["outcome"], odd["reason"]["code"]) == ("refused", "archive_unsafe")
    assert (good["name"], good["outcome"]) == (f"{name}/a.dcm", "stored")


@pytest.mark.parametrize("name", WITHOUT_PICTURE)
def test_an_image_that_cannot_be_drawn_says_why(sent: Sent, http: httpx.Client, name: str) -> None:
    """B7, B8, B9, B16: stored and catalogued, without a picture, for a named reason."""
    image = _image(sent, name)
    assert (image["render_status"], image["no_picture_reason"]) == ("NO_PICTURE", WITHOUT_PICTURE[name].end)
    assert http.get(f"/api/v1/images/{image['image_id']}/png").status_code == 404


@pytest.mark.parametrize("name", DRAWN)
def test_an_odd_header_does_not_keep_an_image_from_being_drawn(sent: Sent, http: httpx.Client, name: str) -> None:
    """B10, B14, B15, B17"""
    image = _image(sent, name)
    _assert_drawn(http, image)
    tags = http.get(f"/api/v1/images/{image['image_id']}/tags")
    assert tags.status_code == 200
    assert not re.search(r"\bNaN\b|\bInfinity\b|\\u0000", tags.text)


def test_a_program_in_the_preamble_does_not_come_out(sent: Sent, http: httpx.Client) -> None:
    """B1"""
    image = _image(sent, "program in the preamble")
    body = http.get(f"/api/v1/images/{image['image_id']}/dicom").content
    assert body[:132] == bytes(128) + b"DICM"


def test_korean_that_lies_about_its_character_set_is_read(sent: Sent) -> None:
    """B14"""
    image = _image(sent, "Korean said to be UTF-8")
    assert image["warnings"]


def test_a_file_cut_anywhere_is_never_stored(http: httpx.Client, sent: Sent) -> None:
    """B5: cut at forty places, all in one request, behind the whole file; between two elements it is an image without
    pixels, and another object under the same UID."""
    whole = ct_bytes()
    places = range(len(whole) // _CUTS, len(whole), len(whole) // _CUTS)
    cuts = [(f"cut at {place}", whole[:place]) for place in places]
    answer = add_files(http, open_upload(http, "CUT"), [("whole", whole), *cuts])
    outcomes = [item["outcome"] for item in answer.json()["items"]]
    assert outcomes == ["stored"] + ["refused"] * len(cuts)


def test_other_bytes_under_a_known_uid_are_refused_and_the_first_stay(http: httpx.Client, sent: Sent) -> None:
    """A14"""
    uid = sent.cases["empty"].items[-1]["sop_instance_uid"]
    first = http.get(f"/api/v1/images/{sent.images[uid]['image_id']}/dicom").content
    answer = add_files(http, open_upload(http, "BAD"), [("again.dcm", ct_bytes(SOPInstanceUID=uid))])
    assert (answer.status_code, answer.json()["items"][0]["reason"]["code"]) == (422, "conflicting_bytes")
    assert http.get(f"/api/v1/images/{sent.images[uid]['image_id']}/dicom").content == first


def test_nothing_failed_and_nothing_is_stuck(sent: Sent) -> None:
    """C9: what cannot be drawn is no failure, so nothing lies in the dead letters."""
    assert (sent.counts["failed"], sent.counts["pending"]) == (0, 0)
    assert sent.counts["no_picture"] == len(WITHOUT_PICTURE)


def test_memory_stays_bounded(sent: Sent) -> None:
    """B2, B9, D12: the service's own; pixels are decoded elsewhere."""
    assert sent.memory_most - sent.memory_before < _GROWTH_BYTES


def test_the_process_lives_and_takes_the_next_upload(system: System, http: httpx.Client, sent: Sent) -> None:
    """B9, B11"""
    upload = open_upload(http, "AFTER")
    assert add_files(http, upload, [("next.dcm", ct_bytes())]).status_code == 201
    assert settled(http, upload)["catalogued"] == 1
    assert system.is_running()


def test_the_audit_is_clean_after_all_of_it(system: System, sent: Sent) -> None:
    """C15"""
    report: dict[str, Any] = rcdm(system, "audit")["report"]
    assert (report["clean"], report["findings"]) == (True, [])


def test_the_log_tells_no_name_and_no_accident(system: System, sent: Sent) -> None:
    """F13"""
    printed = system.printed()
    assert not any(word in printed for word in ("Test^Case", "ACC-1", "Traceback"))


def _send(http: httpx.Client, upload: str, name: str, body: bytes) -> Case:
    answer = add_files(http, upload, [(name, body), (f"neighbour of {name}", ct_bytes())])
    assert answer.status_code < 500, (name, answer.text)
    return Case(answer.status_code, answer.json().get("items", []))


def _image(sent: Sent, name: str) -> Json:
    item = sent.cases[name].items[0]
    assert item["outcome"] == "stored", item
    return sent.images[item["sop_instance_uid"]]


def _assert_drawn(http: httpx.Client, image: Json) -> None:
    answer = http.get(f"/api/v1/images/{image['image_id']}/png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), image
    assert answer.content.startswith(b"\x89PNG")


def _memory(system: System, what: str) -> int:
    """VmRSS or VmHWM (the most so far) of the server's own process, in bytes."""
    status = Path(f"/proc/{system.pid}/status").read_text()
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024
