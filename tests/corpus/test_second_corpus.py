"""The real files of kinds that were once told wrongly: what the system says of each series, held against what is true.

`python -m tests.corpus.test_second_corpus` prints the table; with an address and a key, of a system that runs already.
"""

import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.journey.outside import Json, every_image
from tests.system import System, rcdm, running_system

CORPUS = Path(__file__).resolve().parents[2] / "../shared/dicom2"

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Truth:
    """Of the series of a collection whose description matches: allowed values, and phases that would be wrong."""

    collection: str
    description: str
    localizer: bool = False
    sequences: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    never: str = r"$^"
    frames: int = 0


_DYNAMIC = tuple(f"DYNAMIC_{place}" for place in range(1, 5))
_STATIC = r"DYNAMIC_|PHASE_|POST|ARTERIAL|VENOUS|DELAYED"
TRUTHS = (
    Truth("adit-heads", r"AAHead_Scout|Topogramm", localizer=True),
    Truth("adit-heads", r"t1_mprage_tra_nativ", sequences=("T1",), phases=("NON_CONTRAST",)),
    Truth("adit-heads", r"Kopf nativ", phases=("NON_CONTRAST",)),
    Truth("adit-heads", r"t2_tse_tra", sequences=("T2",), never=_STATIC),
    Truth("adit-heads", r"SWI_Images", sequences=("SWI",), never=_STATIC),
    Truth("adit-heads", r"TRACEW", sequences=("DWI",), never=_STATIC),
    Truth("adit-heads", r"_ADC$", sequences=("ADC",), never=_STATIC),
    Truth("adit-heads", r"Radiological Report", phases=("NOT_APPLICABLE",)),
    Truth("ge-localizers", r"3-Plane Localizer", localizer=True),
    Truth("legacy-converted-enhanced", r"weisskoff", sequences=("DSC",), phases=_DYNAMIC),
    Truth("philips-cs", r"T1W_", sequences=("T1",), never=_STATIC),
    Truth("philips-enh", r"MPRAGE", sequences=("T1",), never=_STATIC),
    Truth("philips-enh", r"pCASL", sequences=("ASL",), never=_STATIC),
    Truth("siemens-sag-enhanced", r"Product EPI", sequences=("BOLD",), never=_STATIC),
    Truth("uih-mr", r"dti_tra", sequences=("DTI", "DWI"), never=_STATIC, frames=20),
)  # fmt: skip


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("second") / "data") as running:
        for folder in _collections():
            rcdm(running, "upload", str(folder), "--hospital", folder.name)
        yield running


@pytest.fixture(scope="module")
def series(system: System) -> dict[str, list[list[Json]]]:
    with system.client() as http:
        return {folder.name: _series_of(http, folder.name) for folder in _collections()}


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: f"{truth.collection}: {truth.description}")
def test_what_is_said_of_a_series_is_true(series: dict[str, list[list[Json]]], truth: Truth) -> None:
    matching = [images for images in series[truth.collection] if _is_about(truth, images)]
    assert matching
    assert [_faults(truth, images) for images in matching] == [[]] * len(matching)


@pytest.mark.parametrize("collection", ["philips-cs", "philips-enh", "uih-mr", "siemens-sag-enhanced"])
def test_nothing_is_held_back_as_a_secondary_capture(system: System, collection: str) -> None:
    """An empty ConversionType converts nothing (PS3.3 C.8.6.1)."""
    answer = rcdm(
        system, "dataset", "create", f"dry-{collection}", f"hospital={collection}", "--format", "nifti", "--dry-run"
    )
    assert "secondary_capture" not in answer["exclusions"]
    assert answer["images"] > 0


def _collections() -> list[Path]:
    return sorted(path for path in CORPUS.iterdir() if path.is_dir())


def _series_of(http: httpx.Client, hospital: str) -> list[list[Json]]:
    by_series: defaultdict[str, list[Json]] = defaultdict(list)
    for image in every_image(http, hospital=hospital).values():
        by_series[image["series_instance_uid"]].append(image)
    return list(by_series.values())


def _is_about(truth: Truth, images: Sequence[Json]) -> bool:
    return bool(re.search(truth.description, images[0]["series_description"] or ""))


def _faults(truth: Truth, images: Sequence[Json]) -> list[str]:
    """Of the images that have pixels; a raw-data object beside them says nothing of contrast."""
    shown = [image for image in images if image["render_status"] == "PICTURE"] or list(images)
    faults = []
    for image in shown:
        said = {name: image[name] for name in ("image_type_class", "sequence_kind", "image_phase", "number_of_frames")}
        if (image["image_type_class"] == "LOCALIZER") != truth.localizer:
            faults.append(f"class: {said}")
        if truth.sequences and image["sequence_kind"] not in truth.sequences:
            faults.append(f"sequence: {said}")
        if (truth.phases and image["image_phase"] not in truth.phases) or re.search(truth.never, image["image_phase"]):
            faults.append(f"phase: {said}")
        if truth.frames and image["number_of_frames"] != truth.frames:
            faults.append(f"frames: {said}")
    return faults


def _print_table(http: httpx.Client) -> None:
    print("| collection | series | images | frames | class | sequence | plane | phase (source) | right |")
    print("|---|---|---:|---:|---|---|---|---|---|")
    for folder in _collections():
        for images in _series_of(http, folder.name):
            truths = [truth for truth in TRUTHS if truth.collection == folder.name and _is_about(truth, images)]
            right = "–" if not truths else "no" if any(_faults(truth, images) for truth in truths) else "yes"
            frames = sum(image["number_of_frames"] for image in images)
            columns = [_counted(images, name) for name in ("image_type_class", "sequence_kind", "image_plane")]
            phases = Counter(f"{image['image_phase']} ({image['phase_source']})" for image in images)
            columns.append(", ".join(f"{value} {count}" for value, count in sorted(phases.items())))
            cells = [folder.name, images[0]["series_description"] or "", str(len(images)), str(frames), *columns, right]
            print("| " + " | ".join(cells) + " |")


def _counted(images: Sequence[Json], name: str) -> str:
    counts = Counter(str(image[name] or "–") for image in images)
    return ", ".join(f"{value} {count}" for value, count in sorted(counts.items()))


def main() -> None:
    if len(sys.argv) == 3:
        with httpx.Client(base_url=sys.argv[1], headers={"Authorization": f"Bearer {sys.argv[2]}"}, timeout=60) as http:
            _print_table(http)
        return
    with tempfile.TemporaryDirectory() as folder, running_system(Path(folder) / "data") as system:
        for collection in _collections():
            rcdm(system, "upload", str(collection), "--hospital", collection.name)
        with system.client() as http:
            _print_table(http)


if __name__ == "__main__":
    main()
