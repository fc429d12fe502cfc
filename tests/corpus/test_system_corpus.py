"""B20: all real files through the whole system, their outcomes a golden table; planes and phases sorted into archives.

The table is written anew by `python -m tests.corpus.test_system_corpus` and read critically before it is kept.
"""

import csv
import json
import re
import subprocess
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.outside import Json, every_image
from tests.system import System, rcdm, running_system

CORPUS = Path(__file__).resolve().parents[2] / "../shared/dicom"
GOLDEN = Path(__file__).with_name("outcomes.json")
_ROUNDS = 20

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(300)]

Table = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Sent:
    """The first answer, the last outcome of every file by its digest, and the images by digest."""

    first: Json
    outcomes: dict[str, Json]
    images: dict[str, Json]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("corpus") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def sent(system: System) -> Sent:
    return _send(system)


def test_every_file_has_an_outcome_and_none_failed(sent: Sent) -> None:
    """B20: also the two that are no DICOM, the list and its explanation."""
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert sent.first["received"] == len(files) == len(sent.outcomes)
    assert (sent.first["progress"]["failed"], sent.first["progress"]["pending"]) == (0, 0)


def test_outcomes_are_those_we_looked_at(sent: Sent) -> None:
    """B20: per collection, pictures, refusals by reason, and images without a picture by reason."""
    assert _table(sent) == json.loads(GOLDEN.read_text())


def test_the_audit_is_clean(system: System, sent: Sent) -> None:
    """C15"""
    report = rcdm(system, "audit")["report"]
    assert (report["clean"], report["findings"]) == (True, [])


@pytest.mark.parametrize(
    ("collection", "mode", "folders"),
    [
        ("skull-ct", "plane", {"AXIAL", "CORONAL", "SAGITTAL"}),
        ("imagedata-phantom", "phase", {"DYNAMIC_1", "DYNAMIC_2", "DYNAMIC_3"}),
        ("rider-neuro-mr", "phase", {"NON_CONTRAST", "POST_CONTRAST"}),
    ],
)
def test_an_archive_separates_planes_and_phases(
    system: System, tmp_path: Path, collection: str, mode: str, folders: set[str]
) -> None:
    """D7, D9: and it opens in Python and in unzip, and every file is what the manifest says."""
    files = [
        str(path) for path in sorted((CORPUS / collection).rglob("*")) if path.is_file() and path.name != "DICOMDIR"
    ]
    rcdm(system, "upload", *files, "--hospital", collection)
    rcdm(system, "dataset", "create", collection, f"hospital={collection}", "--mode", mode)
    archive = tmp_path / "archive.zip"
    assert rcdm(system, "dataset", "download", collection, "-o", str(archive))["ok"] is True
    assert rcdm(system, "dataset", "verify", str(archive))["ok"] is True
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        found = {part for name in opened.namelist() for part in Path(name).parts[1:-1]}
    assert folders <= found
    assert subprocess.run(["unzip", "-tqq", str(archive)], check=False).returncode == 0


def test_no_name_of_a_patient_is_in_the_log(system: System, sent: Sent) -> None:
    """F13"""
    printed = system.printed()
    assert not re.search(r"Traceback|CompressedSamples|Hong\^Gildong|Yamada|<script", printed)


def _send(system: System) -> Sent:
    """What shares its SOP Instance UID with another file is sent once more under another hospital, until all is in."""
    first = rcdm(system, "upload", str(CORPUS), "--hospital", "CORPUS", expect=3)
    outcomes = {item["sha256"]: item for item in first["items"]}
    paths = {row["sha256"]: CORPUS / row["path"] for row in _manifest()}
    for number in range(_ROUNDS):
        again = [digest for digest, item in outcomes.items() if _stands_behind_another(item)]
        if not again:
            break
        one_of_each = {outcomes[digest]["sop_instance_uid"]: str(paths[digest]) for digest in again}
        answer = rcdm(system, "upload", *one_of_each.values(), "--hospital", f"CORPUS {number}")
        outcomes |= {item["sha256"]: item for item in answer["items"]}
    with system.client() as http:
        images = {image["image_sha256"]: image for image in _every_image(http)}
    return Sent(first, outcomes, images)


def _every_image(http: httpx.Client) -> list[Json]:
    hospitals = [value["value"] for value in http.get("/api/v1/occurrences/facets").json()["hospital"]]
    return [image for name in hospitals for image in every_image(http, hospital=name).values()]


def _table(sent: Sent) -> Table:
    counts: dict[str, Counter[str]] = {}
    for row in _manifest():
        item = sent.outcomes[row["sha256"]]
        ends = _label(item) if item["outcome"] == "refused" else _picture(sent.images[row["sha256"]])
        counts.setdefault(row["path"].partition("/")[0], Counter())[ends] += 1
    return {name: dict(sorted(counts[name].items())) for name in sorted(counts)}


def _stands_behind_another(item: Json) -> bool:
    """It shares its SOP Instance UID with a file that was kept."""
    return item["outcome"] == "same_image" or _label(item) == "conflicting_bytes"


def _label(item: Json) -> str:
    reason: dict[str, Any] = item.get("reason") or {}
    return str(reason.get("code"))


def _picture(image: Json) -> str:
    return f"no picture: {image['no_picture_reason']}" if image["no_picture_reason"] else "picture"


def _manifest() -> list[dict[str, str]]:
    with (CORPUS / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_system(Path(folder) / "data") as system:
        GOLDEN.write_text(json.dumps(_table(_send(system)), indent=1) + "\n")


if __name__ == "__main__":
    main()
