"""The mapping desk: diagnoses as they were written, what they are mapped to, and who said so."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from chassis.auth.access import READERS, Caller, Hospitals, Role, caller_of, may
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page
from chassis.service import Home
from services.catalog.diagnoses.mapping import Mapped, approve_exact, change, undo
from services.catalog.diagnoses.store import (
    DiagnosisItem,
    Equivalence,
    MappingRecord,
    Status,
    history_of,
    list_diagnoses,
    one_diagnosis,
)
from services.catalog.diagnoses.suggestions import Suggestions, suggest
from services.catalog.vocabulary.terms.search import Terms

DiagnosisId = Annotated[int, Path(ge=1, le=2**31 - 1, description="radiology_condition_id")]
Concept = Annotated[int, Field(ge=1, le=2**31 - 1)]
Statuses = Annotated[Sequence[Status], Query(description="Only these; can be given again.", max_length=5)]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [] if value in (None, 0) else [value]


class MappingChange(BaseModel):
    """What a diagnosis means."""

    model_config = ConfigDict(extra="forbid")

    concept_id: Annotated[
        tuple[Concept, ...], BeforeValidator(_as_list), Field(max_length=20, description="One or several; 0 for none.")
    ] = ()
    equivalence: Equivalence = "UNMATCHED"
    status: Status
    revision: int | None = Field(
        None, ge=0, description="`mapping_revision` as you saw it; without it, whatever it is."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.status == "APPROVED" and not self.concept_id:
            raise ValueError("an approved diagnosis has a concept_id; say UNMAPPED when it has none")
        if self.status == "UNMAPPED" and self.concept_id:
            raise ValueError("an UNMAPPED diagnosis has no concept_id")
        return self


class Approved(BaseModel):
    approved: int


def diagnosis_routes(home: Home, terms: Terms) -> APIRouter:
    """Reading for those who search, changing for stewards of all hospitals: a diagnosis belongs to all that have it."""
    routes, database = router("/api/v1/diagnoses", "diagnoses"), home.database

    @routes.get("")
    @may(*READERS)
    async def list_all(
        hospitals: Hospitals, status: Statuses = (), limit: Limit = 50, cursor: Cursor = None
    ) -> Page[DiagnosisItem]:
        """The most frequent first."""
        return await list_diagnoses(database, hospitals, status, limit, cursor)

    @routes.post("/approve-exact")
    @may(Role.STEWARD, everywhere=True)
    async def approve_all_exact(caller: Annotated[Caller, Depends(caller_of)]) -> Approved:
        """Approve what was mapped by an exact code or an exact name, and is not changed since."""
        async with database.pool.acquire() as connection, connection.transaction():
            return Approved(approved=await approve_exact(connection, caller.subject))

    @routes.get("/{diagnosis_id}")
    @may(*READERS)
    async def get_one(diagnosis_id: DiagnosisId, hospitals: Hospitals) -> DiagnosisItem:
        """A diagnosis and what it is mapped to."""
        return await one_diagnosis(database, hospitals, diagnosis_id)

    @routes.get("/{diagnosis_id}/history")
    @may(*READERS)
    async def get_history(diagnosis_id: DiagnosisId, hospitals: Hospitals) -> Sequence[MappingRecord]:
        """Every change, the last one first."""
        await one_diagnosis(database, hospitals, diagnosis_id)
        return await history_of(database, diagnosis_id)

    @routes.get("/{diagnosis_id}/suggestions")
    @may(*READERS)
    async def get_suggestions(
        diagnosis_id: DiagnosisId, hospitals: Hospitals, limit: Annotated[int, Query(ge=1, le=50)] = 10
    ) -> Suggestions:
        """What it may mean, the most likely first, and why."""
        return await suggest(database, terms, await one_diagnosis(database, hospitals, diagnosis_id), limit)

    @routes.put("/{diagnosis_id}/mapping")
    @may(Role.STEWARD, everywhere=True)
    async def put_mapping(
        diagnosis_id: DiagnosisId, wanted: MappingChange, caller: Annotated[Caller, Depends(caller_of)]
    ) -> DiagnosisItem:
        """Approve, change, flag or mark as unmappable. 409 when somebody was quicker."""
        said = Mapped(wanted.status, tuple(sorted(set(wanted.concept_id))), wanted.equivalence, "PERSON")
        async with database.pool.acquire() as connection, connection.transaction():
            await change(connection, diagnosis_id, said, caller.subject, wanted.revision)
        return await one_diagnosis(database, None, diagnosis_id)

    @routes.post("/{diagnosis_id}/undo")
    @may(Role.STEWARD, everywhere=True)
    async def take_back(diagnosis_id: DiagnosisId, caller: Annotated[Caller, Depends(caller_of)]) -> DiagnosisItem:
        """Take the last change back."""
        async with database.pool.acquire() as connection, connection.transaction():
            await undo(connection, diagnosis_id, caller.subject)
        return await one_diagnosis(database, None, diagnosis_id)

    return routes
