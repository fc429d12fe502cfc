"""What went wrong and is mended in the client: records that could not be handled, builds that wait, a session's end."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pydicom.uid import generate_uid

from chassis.blobs.keys import PNG, dicom_key
from chassis.db.embedded.paths import running_place
from chassis.messaging.ports import Event
from chassis.messaging.postgres.log import postgres_log
from chassis.messaging.topics import INSTANCE_RECEIVED
from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.callers import client_with, new_key
from tests.makers import ct_bytes
from tests.system import System, rcdm, running_system
from tests.web.conftest import Sight, watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Data sets of fewer than five patients wait for a steward."""
    with running_system(tmp_path_factory.mktemp("operators") / "data", RCDM_SMALLEST_COHORT="5") as running:
        yield running


def _in_a_thread(coroutine: object) -> None:
    """Playwright's own event loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()  # type: ignore[arg-type]


async def _tell_of(system: System, images: Mapping[str, bytes]) -> None:
    """As if they had been stored, and were lost."""
    place = running_place(system.data)
    assert place is not None
    async with postgres_log(place.dsn(), 8) as log:
        await log.append(INSTANCE_RECEIVED.name, [_received(*image) for image in images.items()])


def _received(study: str, body: bytes) -> Event:
    sha256 = hashlib.sha256(body).hexdigest()
    instance = pb.Instance(
        hospital="LOST",
        study_instance_uid=study,
        series_instance_uid=generate_uid(),
        sop_instance_uid=generate_uid(),
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sha256=sha256,
        size=len(body),
        blob_key=dicom_key(sha256),
    )
    return INSTANCE_RECEIVED.event(study, pb.InstanceReceived(instance=instance))


async def _bring_back(system: System, body: bytes) -> None:
    async with system.blobs() as store:
        await store.put(dicom_key(hashlib.sha256(body).hexdigest()), body)


def test_records_whose_objects_were_lost_are_sent_again_when_those_are_back(sight: Sight, system: System) -> None:
    """One by one, and all of a reason; what still cannot be handled is back in the list."""
    studies: list[str] = [generate_uid() for _ in range(3)]
    images = {uid: ct_bytes(StudyInstanceUID=uid, SeriesInstanceUID=generate_uid()) for uid in studies}
    _in_a_thread(_tell_of(system, images))
    page = sight.open("/operations")
    letters = page.get_by_role("region", name="Records that could not be handled")
    rows = letters.get_by_role("row").filter(has_text="BlobMissing")
    expect(rows).to_have_count(len(images), timeout=20_000)
    first = images.pop(rcdm(system, "replay", "--list")["items"][0]["key"])
    _in_a_thread(_bring_back(system, first))
    rows.first.get_by_role("button", name="Try again").click()
    expect(rows).to_have_count(len(images))
    for body in images.values():
        _in_a_thread(_bring_back(system, body))
    failures = page.get_by_role("region", name="Failures by reason")
    failures.get_by_role("button", name="Try all again").first.click()
    expect(failures.get_by_role("status")).to_contain_text("2 are on their way again")
    expect(failures.get_by_text("None.")).to_be_visible(timeout=20_000)
    expect(letters.get_by_text("None.")).to_be_visible(timeout=20_000)
    assert rcdm(system, "replay", "--list")["items"] == []


def test_a_small_data_set_waits_until_a_steward_lets_it_be_built(
    browser: Browser, sight: Sight, system: System, tmp_path: Path
) -> None:
    (tmp_path / "one.dcm").write_bytes(ct_bytes(StudyInstanceUID=generate_uid(), SeriesInstanceUID=generate_uid()))
    rcdm(system, "upload", str(tmp_path), "--hospital", "SMALL")
    with system.client() as http:
        key = new_key(http, "researcher")["key"]
    with client_with(system, key) as http:
        answer = http.post("/api/v1/datasets", json={"name": "few", "filter": {"hospital": ["SMALL"]}, "mode": "flat"})
    assert answer.is_success, answer.text
    theirs = watched(browser, system)
    theirs.log_in(key)
    page = theirs.open("/datasets/few")
    expect(page.get_by_text("It has so few patients that a steward has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page = sight.open("/datasets/few")
    page.get_by_label("Approve: Why").fill("the patients agreed")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_test_id("state")).to_have_text("ready", timeout=60_000)
    page = theirs.open("/datasets/few")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    assert theirs.wrong == []


def test_a_build_that_failed_says_why(sight: Sight, system: System, tmp_path: Path) -> None:
    (tmp_path / "one.dcm").write_bytes(ct_bytes(StudyInstanceUID=generate_uid(), SeriesInstanceUID=generate_uid()))
    rcdm(system, "upload", str(tmp_path), "--hospital", "HARMED")
    _in_a_thread(_lose_pictures(system))
    page = sight.open("/datasets/new?hospital=HARMED&name=harmed&mode=flat")
    page.get_by_role("button", name="Freeze and build").click()
    expect(page.get_by_test_id("state")).to_have_text("failed", timeout=60_000)
    expect(page.get_by_role("alert")).to_contain_text("frame 1")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("frame 1")


async def _lose_pictures(system: System) -> None:
    async with system.blobs() as store:
        for key in [entry.key async for entry in store.list(PNG.rstrip("/"))]:
            await store.delete(key)


def test_who_logs_out_is_out(browser: Browser, system: System) -> None:
    seen = watched(browser, system)
    seen.log_in()
    seen.page.get_by_role("button", name="Log out").click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    seen.page.goto(f"{system.address}/operations")
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    assert seen.page.request.get(f"{system.address}/api/v1/occurrences").status == 401
    assert seen.wrong == []
