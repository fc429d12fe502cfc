"""The Store Instances Response Module (PS3.18 I.2) as DICOM JSON (PS3.18 F.2)."""

from collections.abc import Sequence
from typing import Any

from services.ingest.outcomes import Outcome, OutcomeKind
from services.ingest.reasons import failure_reason

_SOP_CLASS, _SOP_INSTANCE, _RETRIEVE_URL = "00081150", "00081155", "00081190"
_WARNING_REASON, _FAILURE_REASON, _FAILED, _REFERENCED = "00081196", "00081197", "00081198", "00081199"
DOES_NOT_MATCH_CLASS = 0xB007  # PS3.18 Table I.2-2: a warning, the instance is stored

Dataset = dict[str, Any]


def stow_answer(base: str, outcomes: Sequence[Outcome]) -> Dataset:
    """`base` is the public address of our DICOMweb root, without a slash at its end."""
    kept = [outcome for outcome in outcomes if outcome.kind is not OutcomeKind.REFUSED]
    failed = [outcome for outcome in outcomes if outcome.kind is OutcomeKind.REFUSED]
    studies = {outcome.header.study_instance_uid for outcome in kept if outcome.header}
    answer: Dataset = {}
    if len(studies) == 1:
        answer[_RETRIEVE_URL] = _element("UR", f"{base}/studies/{studies.pop()}")
    if failed:
        answer[_FAILED] = _element("SQ", *(_failed(outcome) for outcome in failed))
    if kept:
        answer[_REFERENCED] = _element("SQ", *(_referenced(base, outcome) for outcome in kept))
    return answer


def status_of(kept: int, received: int) -> int:
    """PS3.18 Table 10.5.3-1; a warning does not change it, since senders take all but 200 for a failure."""
    if kept == received:
        return 200
    return 202 if kept else 409


def _referenced(base: str, outcome: Outcome) -> Dataset:
    header = outcome.header
    assert header is not None
    study, series = header.study_instance_uid, header.series_instance_uid
    address = f"{base}/studies/{study}/series/{series}/instances/{header.sop_instance_uid}"
    warned = {_WARNING_REASON: _element("US", DOES_NOT_MATCH_CLASS)} if header.warnings else {}
    return {**_reference(outcome), _RETRIEVE_URL: _element("UR", address), **warned}


def _failed(outcome: Outcome) -> Dataset:
    assert outcome.reason is not None
    return {**_reference(outcome), _FAILURE_REASON: _element("US", failure_reason(outcome.reason.code))}


def _reference(outcome: Outcome) -> Dataset:
    """Both attributes are type 1 or 2 of every item: empty where the file did not tell."""
    header = outcome.header
    if header is None:
        return {_SOP_CLASS: _element("UI"), _SOP_INSTANCE: _element("UI")}
    return {_SOP_CLASS: _element("UI", header.sop_class_uid), _SOP_INSTANCE: _element("UI", header.sop_instance_uid)}


def _element(vr: str, *values: Any) -> Dataset:
    return {"vr": vr, "Value": list(values)} if values else {"vr": vr}
