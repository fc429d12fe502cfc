"""`make eval-phase`: which contrast phase is said of series whose phase is known: precision, recall, sources.

Series whose truth is known by construction, those the rules were made with and those written down before (held out);
and, where they lie beside the checkout (../shared/dicom, ../shared/dicom2), real ones whose kind leaves no doubt.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from imaging.dicom.errors import Refusal
from imaging.dicom.header import read_tags
from imaging.header.dicom_json import Document, text
from imaging.phase.rules import PhaseDecision
from tests.bench import phases_held_out, phases_known
from tests.bench.phase_cases import Case, decided_phases, elements, single
from tests.makers import ct_dataset

_SHARED = Path(__file__).parents[3] / "shared"
_SAYS_NOTHING = ("UNKNOWN", "NOT_APPLICABLE")


@dataclass(frozen=True)
class Outcome:
    """One series: what it is, and what was said of it."""

    kind: str
    truth: str
    decision: PhaseDecision

    @property
    def is_right(self) -> bool:
        return self.truth == self.decision.phase


@dataclass
class Table:
    """The outcomes of one set, and what is counted of them."""

    title: str
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [
            f"{one.kind}: {one.truth} was called {one.decision.phase} ({one.decision.source}, {one.decision.reason})"
            for one in self.outcomes
            if not one.is_right
        ]

    def lines(self) -> Iterator[str]:
        yield f"{self.title}: {len(self.outcomes)} series, {len(self.outcomes) - len(self.wrong)} right"
        yield f"  {'value':16}{'series':>8}{'named':>8}{'right':>8}{'precision':>11}{'recall':>8}"
        for value in sorted({_value(one.truth) for one in self.outcomes} | {self._said(one) for one in self.outcomes}):
            yield self._line(value)
        yield f"  {'source':16}{'':8}{'named':>8}{'right':>8}{'precision':>11}"
        by_source: defaultdict[str, list[bool]] = defaultdict(list)
        for one in self.outcomes:
            if one.decision.phase not in _SAYS_NOTHING:
                by_source[one.decision.source].append(one.is_right)
        for source, right in sorted(by_source.items()):
            yield f"  {source:16}{'':8}{len(right):8}{sum(right):8}{sum(right) / len(right):11.3f}"

    def kinds(self) -> Iterator[str]:
        counts: defaultdict[str, Counter[bool]] = defaultdict(Counter)
        for one in self.outcomes:
            counts[one.kind][one.is_right] += 1
        for kind, found in sorted(counts.items()):
            yield f"  {kind:60}{found[True]:5} of {found.total():5} right"

    def _line(self, value: str) -> str:
        true = [one for one in self.outcomes if _value(one.truth) == value]
        named = [one for one in self.outcomes if self._said(one) == value]
        right = sum(one.is_right for one in named)
        precision = f"{right / len(named):.3f}" if named else "–"
        recall = f"{sum(one.is_right for one in true) / len(true):.3f}" if true else "–"
        return f"  {value:16}{len(true):8}{len(named):8}{right:8}{precision:>11}{recall:>8}"

    @staticmethod
    def _said(one: Outcome) -> str:
        return _value(one.decision.phase)


def cases(part: ModuleType) -> Iterator[Case]:
    """All of one module: descriptions, agents and studies."""
    for kind, modality, truth, description in _rows(part.WORDS):
        yield single(kind, modality, truth, SeriesDescription=description)
    for modality, truth, agent in _rows(part.AGENTS):
        yield single(f"agent alone, {modality}", modality, truth, ContrastBolusAgent=agent)
    yield from part.studies()


def evaluated(title: str, wanted: Iterable[Case]) -> Table:
    table = Table(title)
    for case in wanted:
        made = list(elements(case))
        decisions = decided_phases([ct_dataset(**says, PixelData=None).to_json_dict() for _, says in made])
        of_series = {id(series): (series, decision) for (series, _), decision in zip(made, decisions, strict=True)}
        table.outcomes += [Outcome(case.kind, series.truth, decision) for series, decision in of_series.values()]
    return table


# Kind, truth, files under ../shared, description: what a reader cannot doubt, or the README of the files says.
_REAL = (
    ("T1 after contrast", "POST_CONTRAST", "dicom/brain-tumor-progression-mr/*.dcm", ""),
    ("gradient echo with +c", "POST_CONTRAST", "dicom/rider-neuro-mr/**/*", "sag 3d gre +c"),
    ("flip angles before contrast", "NON_CONTRAST", "dicom/rider-neuro-mr/**/*", "ax 5 flip"),
    ("flip angles before contrast", "NON_CONTRAST", "dicom/rider-neuro-mr/**/*", "ax 10 flip"),
    ("CT with an agent, no words", "POST_CONTRAST", "dicom/lymphoma-dupe-positions-ct/*", ""),
    ("CT of a skull", "NON_CONTRAST", "dicom/skull-ct/DICOM/S002/*", ""),
    ("dynamic phantom", "DYNAMIC_1", "dicom/imagedata-phantom/dynamic/time00/*", ""),
    ("dynamic phantom", "DYNAMIC_2", "dicom/imagedata-phantom/dynamic/time01/*", ""),
    ("dynamic phantom", "DYNAMIC_3", "dicom/imagedata-phantom/dynamic/time02/*", ""),
    ("MOLLI", "UNKNOWN", "dicom/molli-enhanced-mr/IM_0001", ""),
    ("resting state", "UNKNOWN", "dicom/dcm_qa_enh/Siemens/XA10/*", ""),
    ("nativ", "NON_CONTRAST", "dicom2/adit-heads/*", "t1_mprage_tra_nativ"),
    ("nativ", "NON_CONTRAST", "dicom2/adit-heads/*", "Kopf nativ  2.0  H70h"),
    ("nativ", "NON_CONTRAST", "dicom2/adit-heads/*", "Kopf nativ  5.0  H42s"),
    ("pCASL", "UNKNOWN", "dicom2/philips-enh/*", "3DpCASL"),
    ("BOLD", "UNKNOWN", "dicom2/siemens-sag-enhanced/*", ""),
    ("three-plane localizers", "UNKNOWN", "dicom2/ge-localizers/*", ""),
    ("diffusion", "UNKNOWN", "dicom2/uih-mr/*", ""),
    *(("DSC", f"DYNAMIC_{n}", f"dicom2/legacy-converted-enhanced/*000{n}.img", "") for n in range(1, 5)),
)  # fmt: skip


def real_series() -> Table:
    """One outcome for each series and answer; empty where the files are not. An examination is a person and a day."""
    table, rows = Table("real files"), list(_real_rows())
    examinations: defaultdict[Hashable, list[_Row]] = defaultdict(list)
    for row in rows:
        examinations[row.examination].append(row)
    for together in examinations.values():
        decisions = decided_phases([row.document for row in together])
        found = {
            (row.kind, row.truth, row.series, one.phase): one for row, one in zip(together, decisions, strict=True)
        }
        table.outcomes += [Outcome(kind, truth, decision) for (kind, truth, *_), decision in found.items()]
    return table


@dataclass(frozen=True)
class _Row:
    kind: str
    truth: str
    examination: Hashable
    series: str
    document: Document


def _real_rows() -> Iterator[_Row]:
    for kind, truth, pattern, description in _REAL:
        for path in sorted(one for one in _SHARED.glob(pattern) if one.is_file()):
            try:
                tags = read_tags(path.read_bytes())
            except Refusal:
                continue
            document = tags.document
            is_scan = text(document, "Modality") in ("CT", "MR") and text(document, "PixelRepresentation") is not None
            if is_scan and description in ("", text(document, "SeriesDescription")):
                examination = (tags.identity.patient_id, text(document, "StudyDate"))
                yield _Row(kind, truth, examination, text(document, "SeriesInstanceUID") or "", document)


def _rows(lines: str) -> Iterator[list[str]]:
    yield from (line.split("|") for line in lines.strip().splitlines())


def _value(phase: str) -> str:
    """DYNAMIC_1 … DYNAMIC_k are one value here, and so are PHASE_k."""
    return phase.rstrip("0123456789").rstrip("_")


def _unknown_share(tables: Iterable[Table]) -> str:
    """Over CT and MR alone: what has no phase is no gap."""
    applicable = [one for table in tables for one in table.outcomes if one.truth != "NOT_APPLICABLE"]
    unknown = sum(one.decision.phase == "UNKNOWN" for one in applicable)
    return f"UNKNOWN of CT and MR: {unknown} of {len(applicable)} series ({unknown / len(applicable):.0%})"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    tables = [
        evaluated("made with the rules", cases(phases_known)),
        evaluated("held out", cases(phases_held_out)),
        real_series(),
    ]
    for table in tables:
        print("\n".join([*table.lines(), "", *table.kinds(), "", *table.wrong, ""]))
    print(_unknown_share(tables))
    sys.exit(0 if not tables[0].wrong else 1)


if __name__ == "__main__":
    main()
