"""A file of mappings is taken: line by line said what came of it, all in one transaction."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from chassis.db.database import Database
from chassis.errors import BadRequest
from services.catalog.db import Connection
from services.catalog.diagnoses.files.lines import Refused, Said, Table, read_table
from services.catalog.diagnoses.files.source_to_concept_map import NEEDED as MAP_COLUMNS
from services.catalog.diagnoses.files.source_to_concept_map import map_said
from services.catalog.diagnoses.files.usagi import NEEDED as USAGI_COLUMNS
from services.catalog.diagnoses.files.usagi import usagi_said
from services.catalog.diagnoses.mapping import BY_PEOPLE, Mapped, change
from services.catalog.diagnoses.matching import concept_code, vocabulary_id
from services.catalog.load.records import diagnosis
from services.catalog.load.write import find_conditions

MOST_DIAGNOSES = 20_000
_MOST_TOLD = 1000
_LONGEST_TEXT = 1000
_METHOD = "IMPORT"
_KNOWN = """
SELECT radiology_condition_id, source_text, source_code, source_vocabulary_id, mapping_status, equivalence,
    mapping_method, rcdm.map_code(source_text, source_code) AS map_code,
    ARRAY(SELECT condition_concept_id FROM rcdm.radiology_condition_target target
          WHERE target.radiology_condition_id = said.radiology_condition_id ORDER BY 1) AS targets
FROM rcdm.radiology_condition said
"""


class RefusedLine(BaseModel):
    line: int
    reason: str


class Imported(BaseModel):
    """What came of a file. A line that is refused changes nothing; the others do."""

    dry_run: bool
    diagnoses: int = Field(description="That the file says something of.")
    changed: int
    unchanged: int
    new: int = Field(description="Of those changed: no study has them yet; the mapping waits for one.")
    refused_total: int
    refused: Sequence[RefusedLine] = Field(description=f"The first {_MOST_TOLD}, by line.")


@dataclass(frozen=True)
class Known:
    """A diagnosis that is here, and what is said of it."""

    condition_id: int
    status: str
    equivalence: str
    targets: tuple[int, ...]
    method: str | None

    @property
    def is_decided(self) -> bool:
        """By a person, and not taken back."""
        return self.status == "APPROVED" or (self.method in BY_PEOPLE and self.status != "UNCHECKED")


@dataclass
class Shelf:
    """The diagnoses that are here, by all that a file may call them."""

    by_name_and_code: dict[tuple[str, str], list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_code: dict[tuple[str, str], list[Known]] = field(default_factory=lambda: defaultdict(list))

    def find(self, said: Said) -> Sequence[Known]:
        """Those that a line means; a code of the file's own, which is nobody's here, counts for nothing."""
        if not said.name:
            return self.by_code.get(_code_key(said.code, said.vocabulary or ""), [])
        name = folded(said.name)
        return self.by_name_and_code.get((name, folded(said.code))) or self.by_name.get(name, [])


class _Undone(Exception):
    """A dry run ends without a trace."""


async def take_file(database: Database, body: bytes, by: str, dry_run: bool, replace: bool) -> Imported:
    """Raises BadRequest when the file cannot be read at all. `replace`: also what a person here said otherwise."""
    table = read_table(body)
    said, refused = _said(table)
    counts: dict[str, int] = defaultdict(int)
    try:
        async with database.pool.acquire() as connection, connection.transaction():
            shelf = await _shelf(connection)
            for one in said:
                outcome = await _take(connection, shelf, one, by, replace)
                if isinstance(outcome, Refused):
                    refused.append(outcome)
                else:
                    for name in outcome:
                        counts[name] += 1
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    refused.sort(key=lambda one: one.line)
    return Imported(
        dry_run=dry_run, diagnoses=len(said), changed=counts["changed"], unchanged=counts["unchanged"],
        new=counts["new"], refused_total=len(refused),
        refused=[RefusedLine(line=one.line, reason=one.reason) for one in refused[:_MOST_TOLD]],
    )  # fmt: skip


def _said(table: Table) -> tuple[Sequence[Said], list[Refused]]:
    is_map = "source_code" in table.header
    if not is_map and "sourceCode" not in table.header:
        raise BadRequest(
            f"Line 1 is neither Usagi's ({', '.join(USAGI_COLUMNS)}, …) nor that of source_to_concept_map"
            f" ({', '.join(MAP_COLUMNS)}, …).",
            line=1,
        )
    said, refused = map_said(table) if is_map else usagi_said(table)
    if len(said) > MOST_DIAGNOSES:
        raise BadRequest(
            f"The file maps {len(said):,} diagnoses; {MOST_DIAGNOSES:,} can be taken at once: cut it into several."
        )
    return said, [*table.refused, *refused]


async def _shelf(connection: Connection) -> Shelf:
    shelf = Shelf()
    for row in await connection.fetch(_KNOWN):
        known = Known(
            row["radiology_condition_id"], row["mapping_status"], row["equivalence"], tuple(row["targets"]),
            row["mapping_method"],
        )  # fmt: skip
        text, code = row["source_text"] or row["source_code"], row["source_code"]
        shelf.by_name_and_code[folded(text), folded(code)].append(known)
        if not code:
            shelf.by_name[folded(text)].append(known)
        shelf.by_code[_code_key(row["map_code"], row["source_vocabulary_id"])].append(known)
    return shelf


async def _take(connection: Connection, shelf: Shelf, said: Said, by: str, replace: bool) -> Refused | Sequence[str]:
    known = shelf.find(said)
    kept = [one for one in known if one.is_decided and not replace and not _same(one, said)]
    if kept and said.status != "UNCHECKED":
        return Refused(
            said.line, f"Diagnosis {kept[0].condition_id} was mapped otherwise by a person: look, or say replace."
        )
    open_ids = [one.condition_id for one in known if _is_news(one, said)]
    is_new = not known and (said.status != "UNCHECKED" or bool(said.targets))
    if not known and is_new:
        if not said.name or len(said.name) > _LONGEST_TEXT:
            return Refused(said.line, "No diagnosis here has this code." if not said.name else "The name is too long.")
        open_ids = await _make(connection, said)
    wanted = Mapped(
        said.status, () if said.status == "UNMAPPED" else said.targets, said.equivalence, _METHOD, said.score
    )
    try:
        for condition_id in open_ids:
            await change(connection, condition_id, wanted, f"{said.by} (imported by {by})" if said.by else by, None)
    except BadRequest as error:  # before anything was written
        return Refused(said.line, error.detail)
    return ["changed", *(["new"] if is_new else [])] if open_ids else ["unchanged"]


async def _make(connection: Connection, said: Said) -> list[int]:
    """What no study has yet, as an upload would write it."""
    code, vocabulary = (said.code, said.vocabulary) if said.vocabulary else ("", "")
    one = diagnosis(said.name, code, vocabulary)
    assert one is not None, "a name is there"
    return list((await find_conditions(connection, [one])).values())


def _same(known: Known, said: Said) -> bool:
    targets = () if said.status == "UNMAPPED" else said.targets
    return (known.status, known.targets, known.equivalence) == (said.status, targets, said.equivalence)


def _is_news(known: Known, said: Said) -> bool:
    """A proposal says nothing to whom a person, or another proposal, already said something."""
    if said.status == "UNCHECKED":
        return bool(said.targets) and known.status in ("UNMAPPED", "AUTO_MAPPED") and not known.is_decided
    return not _same(known, said) or not known.is_decided


def folded(text: str) -> str:
    """As names are compared: composed, without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _code_key(code: str, vocabulary: str) -> tuple[str, str]:
    named = vocabulary_id(vocabulary)
    return named, concept_code(code, named)
