"""A small vocabulary about livers, lungs and nothing real: every trap of a real one, in names that we made up."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.vocabulary.athena import VALID, Row, write_file

FIRST = 2_000_000_000
VERSION = "v0.1 01-JAN-26"
KOREAN, ENGLISH = 4175771, 4180186

# SNOMED-like conditions by code: name, Korean name, parent. The codes are no SNOMED codes.
CONDITIONS: Mapping[str, tuple[str, str, str | None]] = {
    "M1": ("Made-up disease", "가상 질환", None),
    "M2": ("Disease of liver", "간 질환", "M1"),
    "M3": ("Disease of lung", "폐 질환", "M1"),
    "M4": ("Malignant neoplasm of liver", "간의 악성 신생물", "M2"),
    "M5": ("Liver cell carcinoma", "간세포암종", "M4"),
    "M6": ("Cirrhosis of liver", "간경변증", "M2"),
    "M7": ("Fatty change of liver", "지방간", "M2"),
    "M8": ("Pneumonia", "폐렴", "M3"),
    "M9": ("Bacterial pneumonia", "세균성 폐렴", "M8"),
    "M10": ("Pulmonary embolism", "폐색전증", "M3"),
    "M11": ("Secondary malignant neoplasm of lung", "폐의 이차성 악성 신생물", "M3"),
    "M12": ('Nodule of lung, so-called "coin lesion"', "폐결절", "M3"),
    "M13": ("Portal hypertension", "문맥 고혈압", "M2"),
    "M14": ("Bleeding of oesophageal varices", "식도 정맥류 출혈", "M1"),
}
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "M5": ("Hepatocellular carcinoma", "HCC", "간암", "간세포암"),
    "M8": ("Lung inflammation", "폐염"),
    "M10": ("PE", "Embolism of lung artery"),
}
# Source codes: vocabulary, name, and the conditions they map to.
CODES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "C22.0": ("KCD7", "간세포암종", ("M5",)),
    "K74.6": ("KCD7", "기타 및 상세불명의 간경변증", ("M6",)),
    "I85.0": ("KCD7", "출혈을 동반한 식도정맥류와 간경변증", ("M6", "M14")),
    "J18.9": ("ICD10", "Pneumonia, unspecified", ("M8",)),
    "J18": ("ICD10", "Pneumonia, organism unspecified", ("M8",)),
    "K76.0": ("ICD10", "Fatty change of liver", ("M7",)),
    "R91": ("ICD10", "Abnormal finding of lung", ("OLD",)),
    "Z12.2": ("ICD10", "Screening examination of lung", ("OBS",)),
    "Z00.0": ("ICD10", "General examination, unmapped", ()),
}
_VOCABULARIES = ("None", "SNOMED", "KCD7", "ICD10", "Domain", "Vocabulary")
_DOMAINS = ("Metadata", "Condition", "Observation", "Meas Value")
_CLASSES = ("Undefined", "Clinical Finding", "KCD7 code", "ICD10 code", "Qualifier Value")
_RELATIONSHIPS = {"Maps to": "Mapped from", "Mapped from": "Maps to", "Is a": "Subsumes", "Subsumes": "Is a",
                  "Maps to value": "Value mapped from", "Value mapped from": "Maps to value"}  # fmt: skip


def concept_id(code: str) -> int:
    """Of a condition or a source code above; OLD is deprecated, OBS an observation, VAL a value."""
    return FIRST + 1 + [*CONDITIONS, *CODES, "OLD", "OBS", "VAL"].index(code)


def made_up_vocabulary(folder: Path) -> Path:
    """All eight files in this folder."""
    write_file(folder, "CONCEPT", _concepts())
    write_file(folder, "CONCEPT_SYNONYM", _synonyms())
    write_file(folder, "CONCEPT_RELATIONSHIP", _relationships())
    write_file(folder, "CONCEPT_ANCESTOR", _ancestors())
    write_small_files(folder)
    return folder


def write_small_files(folder: Path) -> None:
    """The four that only list names."""
    versions = {"None": VERSION}
    write_file(folder, "VOCABULARY", ((one, one, "made up", versions.get(one, ""), 0) for one in _VOCABULARIES))
    write_file(folder, "DOMAIN", ((one, one, 0) for one in _DOMAINS))
    write_file(folder, "CONCEPT_CLASS", ((one, one, 0) for one in _CLASSES))
    write_file(folder, "RELATIONSHIP", ((one, one, 0, 0, back, 0) for one, back in _RELATIONSHIPS.items()))


def _concepts() -> Iterator[Row]:
    yield (0, "No matching concept", "Metadata", "None", "Undefined", "", "No matching concept", *VALID)
    for code, (name, _, _) in CONDITIONS.items():
        yield (concept_id(code), name, "Condition", "SNOMED", "Clinical Finding", "S", code, *VALID)
    for code, (vocabulary, name, _) in CODES.items():
        yield (concept_id(code), name, "Condition", vocabulary, f"{vocabulary} code", "", code, *VALID)
    yield (concept_id("OLD"), "Shadow of lung", "Condition", "SNOMED", "Clinical Finding", "", "OLD", "19700101",
           "20200101", "D")  # fmt: skip
    yield (
        concept_id("OBS"),
        "Screened for lung disease",
        "Observation",
        "SNOMED",
        "Clinical Finding",
        "S",
        "OBS",
        *VALID,
    )
    yield (concept_id("VAL"), "Bleeding", "Meas Value", "SNOMED", "Qualifier Value", "S", "VAL", *VALID)


def _synonyms() -> Iterator[Row]:
    for code, (_, korean, _) in CONDITIONS.items():
        yield (concept_id(code), korean, KOREAN)
    for code, names in SYNONYMS.items():
        for name in names:
            yield (concept_id(code), name, ENGLISH if name.isascii() else KOREAN)


def _relationships() -> Iterator[Row]:
    for code, (_, _, targets) in CODES.items():
        for target in targets:
            yield from _both_ways(code, target, "Maps to")
    yield from _both_ways("I85.0", "VAL", "Maps to value")
    for code, (_, _, parent) in CONDITIONS.items():
        yield from _both_ways(code, code, "Maps to")
        if parent:
            yield from _both_ways(code, parent, "Is a")


def _both_ways(one: str, other: str, relationship: str) -> Iterator[Row]:
    yield (concept_id(one), concept_id(other), relationship, *VALID)
    if one != other or relationship != "Maps to":
        yield (concept_id(other), concept_id(one), _RELATIONSHIPS[relationship], *VALID)


def _ancestors() -> Iterator[Row]:
    for code in CONDITIONS:
        ancestor: str | None = code
        level = 0
        while ancestor:
            yield (concept_id(ancestor), concept_id(code), level, level)
            ancestor, level = CONDITIONS[ancestor][2], level + 1
