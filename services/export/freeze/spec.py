"""The rule of a version: everything besides the images that decides what it holds."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cdm.query.access import Scope
from cdm.query.members import MEMBER_RULES_VERSION
from imaging.deidentify.profile import PROFILE_VERSION, TABLE_EDITION
from imaging.volume.stacks import STACK_RULES_VERSION
from services.export import split
from services.export.models import DatasetRequest

# Raised when the same members would give other bytes.
ARCHIVE_RULES_VERSION = 3
# Made of whole objects, not of single pictures.
WHOLE = ("dicom", "nifti")
# What DICOM is de-identified by; of volumes nothing but numbers leaves.
_PROFILE = {"deidentification": {"table": f"PS3.15 E.1-1 {TABLE_EDITION}", "profile": PROFILE_VERSION}}
# Said in a rule only when the request says it.
_NOT_ALWAYS = ("cohort", "regular_volumes", "occurrences", "series")


def rule_of(request: DatasetRequest, hospitals: Scope) -> dict[str, Any]:
    """Everything besides the images that decides what a version holds. Of lists the length and a checksum."""
    scope = {} if hospitals is None else {"hospitals": sorted(hospitals)}
    stacks = {"stacks": STACK_RULES_VERSION} if request.format == "nifti" or request.regular_volumes else {}
    header = {"retain_patient_characteristics": request.retain_patient_characteristics, **_PROFILE}
    return {
        **request.model_dump(mode="json", exclude={"name", "retain_patient_characteristics", *_NOT_ALWAYS}),
        **{name: value for name in ("cohort", "regular_volumes") if (value := getattr(request, name))},
        **{name: _summary(listed) for name in ("occurrences", "series") if (listed := getattr(request, name))},
        **(header if request.format == "dicom" else {}),
        **scope,
        "rules": {
            "members": MEMBER_RULES_VERSION,
            "split": split.RULE_VERSION,
            "archive": ARCHIVE_RULES_VERSION,
            **stacks,
        },
    }


def _summary(listed: Sequence[Any]) -> dict[str, Any]:
    """Studies and series themselves are named to nobody outside."""
    return {"listed": len(listed), "sha256": hashlib.sha256(canonical(list(listed))).hexdigest()}


def canonical(value: Any) -> bytes:
    """The one JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()
