"""What had to be assumed about persons and studies, counted and listed by kind; the rows are the view rcdm.quality."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import text

from cdm.query.access import Scope
from chassis.auth.access import READERS, Hospitals, may
from chassis.db.database import Database
from chassis.http.app import router
from chassis.http.paging import Cursor, Limit, Page, read_number, write_cursor
from chassis.service import Home
from services.catalog.db import reading


class Assumption(StrEnum):
    """As the view names them."""

    PERSON_FROM_DICOM = "PERSON_FROM_DICOM"
    BIRTH_YEAR_FROM_AGE = "BIRTH_YEAR_FROM_AGE"
    BIRTH_YEAR_FROM_STUDY = "BIRTH_YEAR_FROM_STUDY"
    SEX_UNKNOWN = "SEX_UNKNOWN"
    NO_PATIENT_ID = "NO_PATIENT_ID"
    PLACEHOLDER_ID = "PLACEHOLDER_ID"
    SEVERAL_PERSONS = "SEVERAL_PERSONS"
    ISSUERS_DIFFER = "ISSUERS_DIFFER"
    SAME_ID_APART = "SAME_ID_APART"
    BIRTH_DATES_DIFFER = "BIRTH_DATES_DIFFER"
    NO_STUDY_DATE = "NO_STUDY_DATE"
    UID_ASSIGNED = "UID_ASSIGNED"
    VISIT_MADE = "VISIT_MADE"
    OUTSIDE_OBSERVATION = "OUTSIDE_OBSERVATION"
    SEX_DIFFERS = "SEX_DIFFERS"
    BIRTH_YEAR_DIFFERS = "BIRTH_YEAR_DIFFERS"


_MEANINGS = {
    Assumption.PERSON_FROM_DICOM: "The site did not say who it is: the person was made from DICOM.",
    Assumption.BIRTH_YEAR_FROM_AGE: "No date of birth: the year is that of the study less the age.",
    Assumption.BIRTH_YEAR_FROM_STUDY: "Neither a date of birth nor an age: the year of birth is that of the study.",
    Assumption.SEX_UNKNOWN: "No study says the sex, or two say different ones.",
    Assumption.NO_PATIENT_ID: "No image has a PatientID: the study stands for a person of its own.",
    Assumption.PLACEHOLDER_ID: "The PatientID stands for nobody (UNKNOWN, 0000 …): name, birth date and sex say who it"
    " is, or the study stands for a person of its own.",
    Assumption.SEVERAL_PERSONS: "Images name several patients: the one most of them name was taken.",
    Assumption.ISSUERS_DIFFER: "One PatientID came with several issuers, or with one only now and then; birth date and"
    " sex agree: one person was made of them.",
    Assumption.SAME_ID_APART: "Somebody else has the same PatientID from another issuer, or from none: birth date or"
    " sex contradict or are not known, so they were kept apart.",
    Assumption.BIRTH_DATES_DIFFER: "Images with one PatientID say different birth dates; they may be of several"
    " people.",
    Assumption.NO_STUDY_DATE: "No StudyDate: the day the study was received was taken.",
    Assumption.UID_ASSIGNED: "Images came without usable UIDs: some were assigned, as who sent them chose.",
    Assumption.VISIT_MADE: "The visit was made up for the study, of its day.",
    Assumption.OUTSIDE_OBSERVATION: "On a day outside the site's observation periods: one of that day was made.",
    Assumption.SEX_DIFFERS: "The study says another sex than the site says of the person.",
    Assumption.BIRTH_YEAR_DIFFERS: "The study says another year of birth than the site says of the person.",
}

_OF_PERSONS = frozenset(
    {Assumption.PERSON_FROM_DICOM, Assumption.BIRTH_YEAR_FROM_AGE, Assumption.BIRTH_YEAR_FROM_STUDY,
     Assumption.SEX_UNKNOWN, Assumption.ISSUERS_DIFFER, Assumption.SAME_ID_APART, Assumption.BIRTH_DATES_DIFFER}
)  # fmt: skip


# A person is seen by whoever sees a study of it.
_SEEN = """
FROM rcdm.quality quality
LEFT JOIN rcdm.radiology_occurrence study ON study.radiology_occurrence_id = quality.radiology_occurrence_id
LEFT JOIN rcdm.radiology_hospital hospital ON hospital.radiology_hospital_id = study.radiology_hospital_id
WHERE (CAST(:hospitals AS text[]) IS NULL OR hospital.text = ANY(:hospitals) OR quality.person_id IN (
    SELECT theirs.person_id FROM rcdm.radiology_occurrence theirs
    JOIN rcdm.radiology_hospital place ON place.radiology_hospital_id = theirs.radiology_hospital_id
    WHERE place.text = ANY(:hospitals)))
"""


class QualityCount(BaseModel):
    """How often something was assumed."""

    assumption: Assumption
    about: Literal["person", "study"]
    meaning: str
    count: int = Field(description="Persons or studies, of the hospitals you see.")


class QualityItem(BaseModel):
    """A person, or a study and its person."""

    person_id: int
    person: str | None = Field(description="The patient's pseudonym.")
    radiology_occurrence_id: int | None
    study_instance_uid: str | None
    hospital: str | None


async def quality_counts(database: Database, hospitals: Scope) -> Sequence[QualityCount]:
    """Every kind, also those that nothing had to be assumed of."""
    question = text(f"SELECT assumption, count(*) {_SEEN} GROUP BY 1")
    async with reading(database) as session:
        rows = await session.execute(question, {"hospitals": _names(hospitals)})
    counted: dict[str, int] = {row[0]: row[1] for row in rows}
    return [
        QualityCount(assumption=one, about=_about(one), meaning=_MEANINGS[one], count=counted.get(one, 0))
        for one in Assumption
    ]


async def quality_items(
    database: Database, hospitals: Scope, assumption: Assumption, limit: int, cursor: str | None
) -> Page[QualityItem]:
    """In the order of their ids."""
    key = "quality.person_id" if _about(assumption) == "person" else "quality.radiology_occurrence_id"
    seen = f"{_SEEN} AND assumption = :assumption"
    said: dict[str, Any] = {"hospitals": _names(hospitals), "assumption": assumption.value}
    question = text(
        "SELECT found.*, person_source_value AS person FROM ("
        f" SELECT coalesce(quality.person_id, study.person_id) AS person_id, study.radiology_occurrence_id,"
        f" study.study_instance_uid, hospital.text AS hospital, {key} AS place {seen} AND {key} > :after"
        f" ORDER BY {key} LIMIT :most) AS found JOIN cdm.person USING (person_id) ORDER BY place"
    )
    async with reading(database) as session:
        rows = (
            (await session.execute(question, {**said, "after": read_number(cursor, 0), "most": limit + 1}))
            .mappings()
            .all()
        )
        total = (await session.execute(text(f"SELECT count(*) {seen}"), said)).scalar_one()
    following = write_cursor([rows[limit - 1]["place"]]) if len(rows) > limit else None
    return Page(items=[QualityItem.model_validate(dict(row)) for row in rows[:limit]], next=following, total=total)


def _about(assumption: Assumption) -> Literal["person", "study"]:
    return "person" if assumption in _OF_PERSONS else "study"


def _names(hospitals: Scope) -> list[str] | None:
    return None if hospitals is None else sorted(hospitals)


def quality_routes(home: Home) -> APIRouter:
    """Only reading."""
    routes, database = router("/api/v1/quality", "quality"), home.database

    @routes.get("")
    @may(*READERS)
    async def get_counts(hospitals: Hospitals) -> Sequence[QualityCount]:
        """How often what was assumed about persons and studies."""
        return await quality_counts(database, hospitals)

    @routes.get("/{assumption}")
    @may(*READERS)
    async def list_items(
        assumption: Assumption, hospitals: Hospitals, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[QualityItem]:
        """The persons or studies of which it was assumed."""
        return await quality_items(database, hospitals, assumption, limit, cursor)

    return routes
