"""Writes vocabulary files as Athena does: tabs, no quoting, dates as yyyyMMdd, a line feed after every line."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

HEADERS: Mapping[str, Sequence[str]] = {
    "CONCEPT": ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "standard_concept",
                "concept_code", "valid_start_date", "valid_end_date", "invalid_reason"),
    "VOCABULARY": ("vocabulary_id", "vocabulary_name", "vocabulary_reference", "vocabulary_version",
                   "vocabulary_concept_id"),
    "DOMAIN": ("domain_id", "domain_name", "domain_concept_id"),
    "CONCEPT_CLASS": ("concept_class_id", "concept_class_name", "concept_class_concept_id"),
    "RELATIONSHIP": ("relationship_id", "relationship_name", "is_hierarchical", "defines_ancestry",
                     "reverse_relationship_id", "relationship_concept_id"),
    "CONCEPT_RELATIONSHIP": ("concept_id_1", "concept_id_2", "relationship_id", "valid_start_date", "valid_end_date",
                             "invalid_reason"),
    "CONCEPT_SYNONYM": ("concept_id", "concept_synonym_name", "language_concept_id"),
    "CONCEPT_ANCESTOR": ("ancestor_concept_id", "descendant_concept_id", "min_levels_of_separation",
                         "max_levels_of_separation"),
}  # fmt: skip
VALID = ("19700101", "20991231", "")
Row = Sequence[object]


def write_file(folder: Path, table: str, rows: Iterable[Row]) -> Path:
    """`<folder>/<table>.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{table}.csv"
    with path.open("w", newline="\n") as file:
        file.write("\t".join(HEADERS[table]) + "\n")
        file.writelines("\t".join(str(value) for value in row) + "\n" for row in rows)
    return path
