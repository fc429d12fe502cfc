"""How a code was meant: `c220` of KCD-7 is C22.0, and below it nothing is."""

import re
from collections.abc import Iterator

# As people write the vocabularies, and as OMOP names them.
_VOCABULARIES = {
    "KCD": "KCD7", "KCD7": "KCD7", "KCD8": "KCD7", "ICD10": "ICD10", "ICD10CM": "ICD10CM", "ICD9CM": "ICD9CM",
    "SNOMED": "SNOMED", "SNOMEDCT": "SNOMED",
}  # fmt: skip
_DOTTED = frozenset({"KCD7", "ICD10", "ICD10CM"})
_WITHOUT_DOT = re.compile(r"([A-Z]\d[0-9A-Z])([0-9A-Z]{1,4})")


def vocabulary_id(said: str) -> str:
    """KCD-7 → KCD7, ICD-10 → ICD10; an unknown name stays as it is."""
    return _VOCABULARIES.get(re.sub(r"[^A-Z0-9]", "", said.upper()), said.strip())


def concept_code(said: str, vocabulary: str) -> str:
    """In upper case, with the dot after the third character where the vocabulary has one."""
    code = "".join(said.upper().split())
    match = _WITHOUT_DOT.fullmatch(code) if vocabulary in _DOTTED else None
    return f"{match[1]}.{match[2]}" if match else code


def broader_codes(code: str) -> Iterator[str]:
    """The codes above it, the nearest first: C22.01, C22.0, C22."""
    stem, _, rest = code.partition(".")
    for length in range(len(rest) - 1, -1, -1):
        yield f"{stem}.{rest[:length]}" if length else stem
