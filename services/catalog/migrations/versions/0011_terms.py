"""Names of conditions by the grams in them, made anew with each vocabulary: derived, so beside the R-CDM."""

from alembic import op

revision = "catalog_0011"
down_revision = "catalog_0010"

# `terms` is null where so many terms have the gram that their list is never read.
_TABLES = """
CREATE TABLE catalog.term (
    term_number integer PRIMARY KEY, concept_id integer NOT NULL, term text NOT NULL, targets integer[] NOT NULL
);

CREATE TABLE catalog.term_gram (
    gram bigint PRIMARY KEY, term_count integer NOT NULL, terms bytea
);

CREATE SEQUENCE catalog.term_index_number;

CREATE TABLE catalog.term_lengths (
    term_index_id bigint PRIMARY KEY, lengths bytea NOT NULL
);

ALTER TABLE catalog.term_gram ALTER terms SET STORAGE EXTERNAL;

ALTER TABLE catalog.term_lengths ALTER lengths SET STORAGE EXTERNAL
"""


def upgrade() -> None:
    """Makes the tables, empty: the next load of a vocabulary fills them."""
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
