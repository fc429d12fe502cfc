"""`make eval-phase`: which contrast phase is said of series whose phase is known, as a confusion table.

Made studies whose truth is known by construction, stored and catalogued as any others; and, where they lie beside the
checkout (../shared/dicom), real series whose descriptions leave no doubt to a reader.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from pydicom.uid import generate_uid

from chassis.adapters.embedded_postgres import embedded_postgres
from chassis.logs import configure_logging
from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes

_REAL = Path(__file__).parents[3] / "shared" / "dicom"
_SLICES = 4


@dataclass(frozen=True)
class Series:
    """One acquisition of a study: its truth, what its headers say, and how many seconds after the injection it was."""

    truth: str
    says: dict[str, Any]
    seconds: int | None = None


@dataclass(frozen=True)
class Case:
    """A study of a kind; `start` is the clock at the first second."""

    kind: str
    series: tuple[Series, ...]
    common: dict[str, Any] = field(default_factory=dict)
    start: int = 10 * 3600


@dataclass
class Table:
    """truth → said → how many series, and the same by kind of study."""

    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    kinds: defaultdict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[str] = field(default_factory=list)

    def note(self, kind: str, truth: str, said: str, why: str) -> None:
        self.counts[truth][said] += 1
        self.kinds[kind][truth == said] += 1
        if truth != said:
            self.wrong.append(f"{kind}: {truth} was said to be {said} ({why})")

    @property
    def is_right(self) -> bool:
        return not self.wrong

    def lines(self) -> Iterator[str]:
        said = sorted({name for row in self.counts.values() for name in row})
        width = max(map(len, self.counts))
        yield f"{'truth':{width}} " + " ".join(f"{name[:14]:>14}" for name in said)
        for truth in sorted(self.counts):
            row = self.counts[truth]
            yield f"{truth:{width}} " + " ".join(f"{row[name] or '':>14}" for name in said)
        yield ""
        for kind, found in sorted(self.kinds.items()):
            yield f"{kind:52} {found[True]:5} of {found.total():5} right"
        yield from self.wrong[:20]


def cases() -> Iterator[Case]:
    """The same ones each time."""
    chance = Random(3)
    agent = {"ContrastBolusAgent": "Iopamidol"}
    four = (("NON_CONTRAST", -60), ("ARTERIAL_LATE", 35), ("PORTAL_VENOUS", 70), ("DELAYED", 180))
    named = {
        "English": ("w/o contrast", "Late arterial", "Portal venous", "Delayed 3 min"),
        "abbreviated": ("Liver PRE", "LATE ART 1.0", "PORTAL 5.0", "DELAY"),
        "Korean": ("복부 조영전", "후기동맥기", "복부문맥기CT", "지연기"),
        "names that mislead": (
            "Non contrast Heart",
            "Portable late arterial",
            "Post op portal venous",
            "Model delayed",
        ),
    }
    for language, words in named.items():
        for _ in range(5):
            yield Case(
                f"four-phase liver CT, {language}",
                tuple(
                    Series(truth, {"SeriesDescription": word} | (agent if truth != "NON_CONTRAST" else {}), seconds)
                    for (truth, seconds), word in zip(four, words, strict=True)
                ),
            )
    for kind, start in (("by time since injection", 36_000), ("by time across midnight", 86_400 - 60)):
        for _ in range(5):
            moments = [(truth, seconds + chance.randrange(-3, 4)) for truth, seconds in four[1:]]
            yield Case(
                f"three-phase liver CT, {kind}",
                tuple(
                    Series(truth, {"SeriesDescription": "Abdomen 5.0", **agent}, seconds) for truth, seconds in moments
                ),
                {"ContrastBolusStartTime": _clock(start)},
                start,
            )
    for _ in range(5):
        yield Case(
            "dynamic MR, one description for all",
            tuple(
                Series(f"DYNAMIC_{n}", {"SeriesDescription": "t1 vibe dyn", "AcquisitionNumber": n}, 20 * n)
                for n in range(1, 6)
            ),
            {"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "one series": True},
        )  # fmt: skip
    for _ in range(5):
        yield Case(
            "CT with agent later, nothing in words",
            (
                Series("NON_CONTRAST", {"SeriesDescription": "Chest 5.0"}, 0),
                Series("POST_CONTRAST", {"SeriesDescription": "Chest 5.0", **agent}, 120),
            ),
        )
    for _ in range(5):
        yield Case(
            "CT twice, the first with an empty agent: order names none",
            (
                Series("PHASE_1", {"SeriesDescription": "Chest 5.0", "ContrastBolusAgent": ""}, 0),
                Series("PHASE_2", {"SeriesDescription": "Chest 5.0", **agent}, 120),
            ),
        )
    for _ in range(5):
        yield Case("no agent, no words, no times", (Series("NON_CONTRAST", {"SeriesDescription": "Posterior fossa"}),))
    for text in ("A-P projection", "Artifact check", "Press box", "Cartilage", "Pre-op planning", "Oral contrast"):
        yield Case("words that are no phase", (Series("POST_CONTRAST", {"SeriesDescription": text, **agent}),))


# Kind, truth, files: series whose description or folder leaves a reader no doubt.
_REAL_SERIES = (
    ("real: T1 after contrast", "POST_CONTRAST", "brain-tumor-progression-mr/*.dcm", ""),
    ("real: gradient echo with +c", "POST_CONTRAST", "rider-neuro-mr/**/*", "sag 3d gre +c"),
    ("real: CT with an agent, no words", "POST_CONTRAST", "lymphoma-dupe-positions-ct/*", ""),
    ("real: dynamic phantom, one series", "DYNAMIC_1", "imagedata-phantom/dynamic/time00/*", ""),
    ("real: dynamic phantom, one series", "DYNAMIC_2", "imagedata-phantom/dynamic/time01/*", ""),
    ("real: dynamic phantom, one series", "DYNAMIC_3", "imagedata-phantom/dynamic/time02/*", ""),
)


def real_messages() -> Iterator[tuple[str, pb.InstanceExtracted]]:
    """With the kind they stand for, the truth as their diagnosis; nothing where the files are not."""
    for kind, truth, pattern, description in _REAL_SERIES:
        for path in sorted(one for one in _REAL.glob(pattern) if one.is_file()):
            message = extracted(path.read_bytes())[0]
            said = json.loads(message.extraction.tags).get("0008103E", {}).get("Value", [""])[0]
            if description in ("", said):
                message.diagnosis.text = f"truth {truth}"
                yield kind, message


async def evaluated(shelf: Shelf, *, with_real: bool = False) -> Table:
    """Everything catalogued, then asked of the catalogue; `with_real`: the files beside the checkout, too."""
    table = Table()
    for case in cases():
        study = str(generate_uid())
        await shelf.take(*_messages(case, study))
        for truth, said, why in await _said(shelf, study):
            table.note(case.kind, truth, said, why)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for kind, message in real_messages() if with_real else ():
        await shelf.take(message)
        found[message.instance.study_instance_uid].add(kind)
    for study, kinds in found.items():
        for truth, said, why in await _said(shelf, study):
            table.note(" / ".join(sorted(kinds)), truth, said, why)
    return table


def _messages(case: Case, study: str) -> Iterator[pb.InstanceExtracted]:
    frames, only = generate_uid(), generate_uid()
    common = {name: value for name, value in case.common.items() if name != "one series"}
    for number, series in enumerate(case.series, start=1):
        uid = only if case.common.get("one series") else generate_uid()
        clock = {} if series.seconds is None else _moment(case.start + series.seconds)
        for place in range(_SLICES):
            body = ct_bytes(
                **{
                    "StudyInstanceUID": study, "SeriesInstanceUID": uid, "FrameOfReferenceUID": frames,
                    "SeriesNumber": number, "ImagePositionPatient": [0, 0, 5 * place], "InstanceNumber": place + 1,
                    "SpecificCharacterSet": "ISO_IR 192", "StudyID": series.truth, "PatientID": study[-20:],
                }
                | common | clock | series.says
            )  # fmt: skip
            message = extracted(body)[0]
            message.diagnosis.text = f"truth {series.truth}"
            yield message


async def _said(shelf: Shelf, study: str) -> Sequence[tuple[str, str, str]]:
    """Truth, phase and reason of each acquisition: the truth travels as the diagnosis, which no rule reads."""
    rows = await shelf.rows(
        "SELECT DISTINCT replace(source_text, 'truth ', '') AS truth, image_phase AS said, phase_reason AS why"
        " FROM rcdm.radiology_image JOIN rcdm.radiology_condition USING (radiology_condition_id)"
        " JOIN rcdm.radiology_occurrence USING (radiology_occurrence_id)"
        f" WHERE study_instance_uid = '{study}'"
    )
    return [(str(row["truth"]), str(row["said"]), str(row["why"])) for row in rows]


def _clock(seconds: int) -> str:
    seconds %= 86_400
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"


def _moment(seconds: int) -> dict[str, str]:
    return {"AcquisitionDate": f"202401{10 + seconds // 86_400:02d}", "AcquisitionTime": _clock(seconds)}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    configure_logging("text", "bench")
    table = asyncio.run(_measure())
    print("\n".join(table.lines()))
    sys.exit(0 if table.is_right else 1)


async def _measure() -> Table:
    with tempfile.TemporaryDirectory(prefix="rcdm-eval-") as folder:
        async with (
            embedded_postgres(Path(folder) / "postgres") as server,
            open_shelf(server, Path(folder) / "data") as shelf,
        ):
            return await evaluated(shelf, with_real=True)


if __name__ == "__main__":
    main()
