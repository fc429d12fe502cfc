"""What an audit can find, in words an operator can act on."""

from collections import Counter
from enum import StrEnum

from pydantic import BaseModel, Field

_NAMED = 1000  # findings named one by one; beyond that they are only counted


class Fault(StrEnum):
    """Each is a loss, an orphan or an alteration; none is normal."""

    LOST_OBJECT = "lost_object"  # the ledger knows the object, its bytes are gone
    ALTERED_OBJECT = "altered_object"  # its bytes are no longer those received
    ORPHAN_OBJECT = "orphan_object"  # bytes nobody knows
    LOST_PICTURE = "lost_picture"  # the catalogue knows the picture, its bytes are gone
    ALTERED_PICTURE = "altered_picture"
    ORPHAN_PICTURE = "orphan_picture"
    LOST_EVENT = "lost_event"  # stored, not catalogued, not failed, and nothing is on its way
    LOST_ROW = "lost_row"  # the ledger says catalogued, the catalogue has no such image
    ORPHAN_ROW = "orphan_row"  # the catalogue has an image the ledger never received
    WRONG_COUNT = "wrong_count"  # an occurrence's counters differ from its images
    LOST_DATASET_FILE = "lost_dataset_file"
    ALTERED_DATASET_FILE = "altered_dataset_file"  # made for an archive, and no longer as it was made
    ORPHAN_DATASET_FILE = "orphan_dataset_file"


class Finding(BaseModel):
    """`what` names the thing: a blob key, an SOP Instance UID, an id."""

    fault: Fault
    what: str
    detail: str


class Report(BaseModel):
    """Clean when nothing was found; failures that are known and buried are counted, not findings."""

    clean: bool = True
    counts: dict[str, int] = Field(default_factory=dict)
    faults: dict[str, int] = Field(default_factory=dict)
    findings: list[Finding] = Field(default_factory=list)


class Findings:
    """Collects while an audit runs."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._named: list[Finding] = []

    def add(self, fault: Fault, what: str, detail: str) -> None:
        self._faults[fault.value] += 1
        if len(self._named) < _NAMED:
            self._named.append(Finding(fault=fault, what=what, detail=detail))

    def report(self) -> Report:
        return Report(clean=not self._faults, counts=dict(self.counts), faults=dict(self._faults), findings=self._named)
