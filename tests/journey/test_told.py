"""What a run tells of itself: one trace for each upload, lines of one shape, numbers, and never who the patient is."""

import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from pydicom.uid import generate_uid

from chassis.adapters.postgres_log import postgres_log
from chassis.ports import Event
from chassis.topics import INSTANCE_RECEIVED, TYPE_HEADER
from tests.addresses import empty_database
from tests.journey.outside import settled
from tests.journey.trace_collector import Collector, collector
from tests.makers import ct_bytes
from tests.system import running_system
from tests.waiting import until

pytestmark = pytest.mark.timeout(240)

_STUDY = generate_uid()
_PATIENT = {
    "PatientName": "Canary^Qadir",
    "PatientID": "CANARY-4711",
    "AccessionNumber": "CANARYACC9",
    "PatientBirthDate": "19230405",
    "PatientComments": "Canary Qadir telephones",
    "StudyInstanceUID": _STUDY,
}
_NEVER = re.compile(rb"canary|qadir|4711|19230405|" + re.escape(_STUDY.encode()), re.IGNORECASE)
_STAGES = {"POST /api/v1/uploads", "ingest put", "ingest outbox", "ingest relay", "extract instance.received",
           "extract describe", "blob put", "catalog instance.extracted", "catalog outbox"}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What was told while a patient's images came, good and bad ones."""

    collector: Collector
    lines: str
    metrics: bytes
    headers: list[str]
    errors: list[bytes]


@pytest.fixture(scope="module")
async def run(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    folder, key = tmp_path_factory.mktemp("told"), secrets.token_urlsafe(32)
    async with empty_database(postgres_server) as dsn:
        with (
            collector() as collected,
            running_system(
                folder / "data", RCDM_DATABASE=dsn, RCDM_SITE_KEY=secrets.token_hex(32), RCDM_ADMIN_KEY=key,
                RCDM_LOG="json", RCDM_TRACES=collected.address, OTEL_BSP_SCHEDULE_DELAY="100",
            ) as system,
            httpx.Client(base_url=system.address, timeout=30, headers={"authorization": f"Bearer {key}"}) as http,
        ):  # fmt: skip
            _send(http, ct_bytes(**_PATIENT))
            await until(lambda: {span.name for span in collected.trace_of("ingest put")} >= _STAGES, 20, "a trace")
            errors = _mishaps(http)
            headers = await _poisoned(dsn, http)
            metrics = _metrics(http)
        yield Run(collected, (folder / "server.log").read_text(), metrics, headers, errors)


def _send(http: httpx.Client, *bodies: bytes) -> None:
    files = [("files", (f"Canary^Qadir-{number}.dcm", body)) for number, body in enumerate(bodies)]
    answer = http.post("/api/v1/uploads", files=files)
    assert answer.status_code < 500, answer.text
    settled(http, answer.json()["upload_id"])


def _metrics(http: httpx.Client) -> bytes:
    return http.get("/metrics").content


def _mishaps(http: httpx.Client) -> list[bytes]:
    """What goes wrong at the door with this patient, and what those who asked were told."""
    sop = generate_uid()
    _send(http, ct_bytes(**_PATIENT, SOPInstanceUID=sop), ct_bytes(**_PATIENT, SOPInstanceUID=sop, Rows=8))
    _send(http, ct_bytes(**_PATIENT)[:-100], b"Canary^Qadir", ct_bytes(**_PATIENT, BitsAllocated=7))
    asked = ["occurrences?PatientName=Canary^Qadir", "occurrences?limit=CANARY-4711", "occurrences/CANARY-4711",
             "occurrences?date_from=19230405canary", "occurrences?cursor=Canary", "images/4711000/tags",
             "uploads/Canary^Qadir", "canary/qadir"]  # fmt: skip
    answers = [http.get(f"/api/v1/{path}") for path in asked]
    answers.append(http.post("/api/v1/uploads", content=b"Canary", headers={"content-type": "multipart/form-data"}))
    answers.append(http.post("/api/v1/uploads", files=[("Canary", ("Canary", b"x"))], data={"canary": "Qadir"}))
    answers.append(http.post("/dicom-web/studies", content=b"Canary", headers={"content-type": "text/Canary"}))
    answers.append(http.post("/api/v1/datasets", json={"name": "Canary^Qadir", "canary": "CANARY-4711"}))
    assert all(400 <= answer.status_code < 500 for answer in answers), [answer.status_code for answer in answers]
    return [answer.content for answer in answers]


async def _poisoned(dsn: str, http: httpx.Client) -> list[str]:
    """The headers of all records once one of this patient was buried."""
    poison = Event(_STUDY, b"Canary^Qadir", {TYPE_HEADER: INSTANCE_RECEIVED.message.DESCRIPTOR.full_name})
    async with postgres_log(dsn, 8) as log:
        await log.append(INSTANCE_RECEIVED.name, [poison])
    letter = b'rcdm_dead_letters{group="extract",reason="BadRequest"} 1.0'
    await until(lambda: letter in _metrics(http), 30, "the letter is counted")
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch("SELECT coalesce(headers, '') FROM log.record")]
    finally:
        await connection.close()


def test_one_upload_is_one_trace_through_all_services(run: Run) -> None:
    """The context travels in the headers of events, so every span but the request's has its parent in the trace."""
    trace = run.collector.trace_of("ingest put")
    spans = {span.span for span in trace}
    roots = [span.name for span in trace if span.parent not in spans]
    assert roots == ["POST /api/v1/uploads"]
    assert {span.name for span in trace} >= _STAGES


def test_a_span_names_the_route_and_not_the_path(run: Run) -> None:
    facts = next(span.facts for span in run.collector.trace_of("ingest put") if span.name == "POST /api/v1/uploads")
    assert facts["http.route"] == "/api/v1/uploads"
    assert facts["http.response.status_code"] == 201


def test_where_an_images_time_went_stands_in_its_span(run: Run) -> None:
    facts = next(span.facts for span in run.collector.trace_of("ingest put") if span.name == "extract describe")
    assert {"tags_seconds", "decode_seconds", "png_seconds"} <= facts.keys()


def test_probes_are_not_traced(run: Run) -> None:
    assert not [span.name for span in run.collector.spans if "/readyz" in span.name or "/metrics" in span.name]


def test_every_line_of_the_log_is_one_json_object_of_one_shape(run: Run) -> None:
    lines = [json.loads(line) for line in run.lines.splitlines() if line.startswith("{")]
    assert all(line.keys() >= {"ts", "level", "event", "service"} for line in lines)
    assert len(lines) >= run.lines.count("\n") - 2  # the greeting is for people


def test_one_line_tells_of_each_record_with_its_trace(run: Run) -> None:
    handled = [json.loads(line) for line in run.lines.splitlines() if '"handled"' in line]
    line: dict[str, Any] = next(line for line in handled if line["topic"] == "instance.received")
    told = {"service", "topic", "partition", "offset", "attempt", "milliseconds", "outcome"}
    assert told <= line.keys()
    assert line["service"] == "extract"


def test_no_log_line_number_span_or_header_tells_who_the_patient_is(run: Run) -> None:
    """F13: neither a name nor a number of his, nor the number of his study."""
    for told in (run.lines.encode(), run.metrics, *run.collector.bodies, *map(str.encode, run.headers)):
        assert not (found := _NEVER.search(told)), told[max(0, found.start() - 200) : found.end() + 50]


@pytest.mark.parametrize("word", [b"canary-4711", b"qadir", b"19230405"])
def test_no_error_says_again_what_was_asked_for(run: Run, word: bytes) -> None:
    """F13"""
    assert [body for body in run.errors if word in body.lower()] == []
