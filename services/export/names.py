"""Names that leave the house: data set names, pseudonyms, and paths inside an archive; never a real identifier."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chassis.errors import BadRequest
from chassis.secrets import SiteKeys

DATASET_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
VERSION_NAME = r"^(latest|[0-9]{1,9}-[0-9a-f]{12})$"
LONGEST_SEGMENT = 100
# Behind the members' files, in this order. Versions of the first releases have the first, the last and the one before.
OWN_FILES = (
    "manifest.csv", "manifest.jsonl", "manifest.parquet", "monai.json", "croissant.json", "load.py", "dataset.json",
    "README.txt",
)  # fmt: skip
MANIFEST, DESCRIPTION, README = OWN_FILES[0], OWN_FILES[-2], OWN_FILES[-1]
SPLITS = ("train", "validation", "test")
_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)})
_REMEMBERED = 4096
_SHIFTED_DAYS = 9 * 365


@dataclass(frozen=True)
class Subject:
    """Whose and which pictures: pseudonyms of one data set."""

    person: str
    occurrence: str
    series: str


def check_dataset_name(name: str) -> str:
    """The name, if every file system can carry it. Raises BadRequest."""
    if not re.fullmatch(DATASET_NAME, name):
        raise BadRequest(
            "A data set's name has 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first."
        )
    if name.endswith(".") or _is_reserved(name):
        raise BadRequest(f"{name!r} cannot be a folder's name on Windows; choose another name for the data set.")
    return name


class Pseudonyms:
    """The same thing has the same name in all versions of one data set, and an unrelated one in any other."""

    def __init__(self, keys: SiteKeys, dataset: str) -> None:
        self._keys = keys.project(dataset)
        # Members come ordered by person, study and series: little needs to be remembered.
        self.uid = lru_cache(_REMEMBERED)(self._keys.uid)
        self.subject = lru_cache(_REMEMBERED)(self._subject)
        self.person = lru_cache(_REMEMBERED)(self._person)
        self.shift_days = lru_cache(_REMEMBERED)(self._shift_days)
        self.fraction = lru_cache(_REMEMBERED)(self._fraction)

    def _subject(self, person_key: str, hospital: str, study_uid: str, series_uid: str, number: int | None) -> Subject:
        return Subject(
            person=self.person(person_key),
            occurrence=f"O-{self._keys.pseudonym('occurrence', hospital, study_uid)[:12]}",
            series=f"S{max(number or 0, 0):03d}-{self._keys.pseudonym('series', hospital, series_uid)[:6]}",
        )

    def uids(self, old: Any) -> list[str]:
        """What a worker asks: new UIDs for old ones. Raises TypeError for anything but a list of texts."""
        if not isinstance(old, list) or not all(isinstance(uid, str) for uid in old):
            raise TypeError
        return [self.uid(uid) for uid in old]

    def _person(self, person_key: str) -> str:
        return f"P-{self._keys.pseudonym('person', person_key)[:12]}"

    def _shift_days(self, person_key: str) -> int:
        """Into the past, by one to ten years: no date of the future comes of it (reliability E4)."""
        return -365 - int(self._keys.fraction("shift", person_key) * _SHIFTED_DAYS)

    def _fraction(self, person_key: str) -> float:
        return self._keys.fraction("split", person_key)


def file_path(root: str, split: str | None, subject: Subject, mode: str, plane: str, phase: str, name: str) -> str:
    """Where a file lies in its archive; `name` is its own inside its folder's series."""
    folders = [root, *([split] if split else [])]
    if mode == "flat":
        return "/".join([*folders, f"{subject.person}_{subject.occurrence}_{subject.series}_{name}"])
    groups = {"phase": [phase], "plane": [plane], "both": [phase, plane]}.get(mode, [])
    inner = [subject.person, subject.occurrence, *map(segment, groups), subject.series, name]
    return "/".join([*folders, *inner])


def segment(text: str) -> str:
    """A folder's name out of any text: upper case, so that no two differ by case alone."""
    plain = re.sub(r"[^A-Z0-9_-]+", "_", text.upper())[:LONGEST_SEGMENT].strip("_-") or "UNKNOWN"
    return f"{plain}_" if _is_reserved(plain) else plain


def _is_reserved(name: str) -> bool:
    return name.partition(".")[0].upper() in _RESERVED
