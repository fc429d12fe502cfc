"""What a run tells of itself: one trace for each upload, lines of one shape, numbers, and never who the patient is."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydicom.uid import generate_uid

from chassis.messaging.ports import Event
from chassis.messaging.topics import (
    INSTANCE_EXTRACTED,
    INSTANCE_RECEIVED,
    INSTANCE_REFUSED,
    OCCURRENCE_CHANGED,
    TYPE_HEADER,
    dead_letters_of,
)
from chassis.service import Home
from tests.addresses import empty_database
from tests.journey.extract_stage import Stage
from tests.journey.home import open_journey_home
from tests.journey.outside import settled
from tests.journey.trace_collector import Collector, collector
from tests.makers import ct_bytes
from tests.system import System, running_system
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

_STUDY, _KEY = generate_uid(), "rcdm_admin_00112233445566778899aabbccddeeff"
_NUMBER = "471108151923"  # so long that no measured time has it by chance
_PATIENT = {
    "PatientName": "Canary^Qadir",
    "PatientID": f"CANARY-{_NUMBER}",
    "AccessionNumber": "CANARYACC9",
    "PatientBirthDate": "19230405",
    "PatientComments": "Canary Qadir telephones",
    "StudyInstanceUID": _STUDY,
}
_NEVER = re.compile(rf"canary|qadir|{_NUMBER}|(?<!\d)19230405(?!\d)|{re.escape(_STUDY)}".encode(), re.IGNORECASE)
_STAGES = {"POST /api/v1/uploads", "ingest put", "ingest outbox", "ingest relay", "extract instance.received",
           "extract describe", "blob put", "catalog instance.extracted", "catalog outbox"}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What was told while a patient's images came, good and bad ones."""

    collector: Collector
    processes: int
    lines: str
    metrics: bytes
    headers: list[Mapping[str, str]]
    errors: list[bytes]


@pytest.fixture(scope="module")
async def run(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    data = tmp_path_factory.mktemp("told") / "data"
    async with empty_database(postgres_server) as dsn:
        with (
            collector() as collected,
            running_system(
                data, RCDM_DATABASE=dsn, RCDM_SITE_KEY="the site key of journeys", RCDM_ADMIN_KEY=_KEY,
                RCDM_TRACES=collected.address, RCDM_LOG="json", OTEL_BSP_SCHEDULE_DELAY="100",
            ) as system,
            httpx.Client(base_url=system.address, timeout=30, headers={"authorization": f"Bearer {_KEY}"}) as http,
        ):  # fmt: skip
            _send(http, ct_bytes(**_PATIENT))
            await until(lambda: {span.name for span in collected.trace_of("ingest put")} >= _STAGES, what="a trace")
            errors = _mishaps(http)
            async with open_journey_home(dsn, data) as home:
                headers = await _headers_once_poisoned(home, system)
            metrics = _metrics(system)
        yield Run(collected, len(system.servers), system.printed(), metrics, headers, errors)


def _send(http: httpx.Client, *bodies: bytes) -> None:
    files = [("files", (f"Canary^Qadir-{number}.dcm", body)) for number, body in enumerate(bodies)]
    answer = http.post("/api/v1/uploads", files=files)
    assert answer.status_code < 500, answer.text
    settled(http, answer.json()["upload_id"])


def _metrics(system: System) -> bytes:
    return b"".join(httpx.get(f"{server.address}/metrics").content for server in system.servers)


def _mishaps(http: httpx.Client) -> list[bytes]:
    """What goes wrong at the door with this patient, and what those who asked were told."""
    sop = generate_uid()
    _send(http, ct_bytes(**_PATIENT, SOPInstanceUID=sop), ct_bytes(**_PATIENT, SOPInstanceUID=sop, Rows=8))
    _send(http, ct_bytes(**_PATIENT)[:-100], b"Canary^Qadir", ct_bytes(**_PATIENT, BitsAllocated=7))
    asked = ["occurrences?PatientName=Canary^Qadir", f"occurrences?limit=CANARY-{_NUMBER}",
             f"occurrences/CANARY-{_NUMBER}", "occurrences?date_from=19230405canary", "occurrences?cursor=Canary",
             f"images/{_NUMBER}/tags", "uploads/Canary^Qadir", "canary/qadir"]  # fmt: skip
    answers = [http.get(f"/api/v1/{path}") for path in asked]
    answers.append(http.post("/api/v1/uploads", content=b"Canary", headers={"content-type": "multipart/form-data"}))
    answers.append(http.post("/api/v1/uploads", files=[("Canary", ("Canary", b"x"))], data={"canary": "Qadir"}))
    answers.append(http.post("/dicom-web/studies", content=b"Canary", headers={"content-type": "text/Canary"}))
    answers.append(http.post("/api/v1/datasets", json={"name": "Canary^Qadir", "canary": f"CANARY-{_NUMBER}"}))
    assert all(400 <= answer.status_code < 500 for answer in answers), [answer.status_code for answer in answers]
    return [answer.content for answer in answers]


async def _headers_once_poisoned(home: Home, system: System) -> list[Mapping[str, str]]:
    """Those of every record there is, when one of this patient was buried."""
    poison = Event(_STUDY, b"Canary^Qadir", {TYPE_HEADER: INSTANCE_RECEIVED.message.DESCRIPTOR.full_name})
    await home.events.append(INSTANCE_RECEIVED.name, [poison])
    letter = b'rcdm_dead_letters{group="extract",reason="BadRequest"} 1.0'
    await until(lambda: letter in _metrics(system), what="the letter is counted")
    names = [topic.name for topic in (INSTANCE_RECEIVED, INSTANCE_EXTRACTED, INSTANCE_REFUSED, OCCURRENCE_CHANGED)]
    names.append(dead_letters_of("extract"))
    return [record.headers for name in names for record in await Stage(home).records(name)]


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
    assert len(lines) == run.lines.count("\n") - run.processes  # each has a greeting for people


def test_one_line_tells_of_each_record_with_its_trace(run: Run) -> None:
    handled = [json.loads(line) for line in run.lines.splitlines() if '"handled"' in line]
    line: dict[str, Any] = next(line for line in handled if line["topic"] == "instance.received")
    told = {"service", "topic", "partition", "offset", "attempt", "milliseconds", "outcome"}
    assert told <= line.keys()
    assert line["service"] == "extract"


def test_every_record_of_an_upload_carries_its_trace(run: Run) -> None:
    carried = [headers["traceparent"][3:35] for headers in run.headers if "traceparent" in headers]
    assert run.collector.trace_of("ingest put")[0].trace in carried
    assert len(carried) == len(run.headers) - 2  # the poison, and the letter it became


def test_no_log_line_number_span_or_header_tells_who_the_patient_is(run: Run) -> None:
    """F13: neither a name nor a number of his, nor the number of his study."""
    for told in (
        run.lines.encode(),
        run.metrics,
        *run.collector.bodies,
        *(str(headers).encode() for headers in run.headers),
    ):
        assert not (found := _NEVER.search(told)), told[max(0, found.start() - 200) : found.end() + 50]


@pytest.mark.parametrize("word", [f"canary-{_NUMBER}".encode(), b"qadir", b"19230405"])
def test_no_error_says_again_what_was_asked_for(run: Run, word: bytes) -> None:
    """F13"""
    assert [body for body in run.errors if word in body.lower()] == []
