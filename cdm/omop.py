"""The OMOP CDM 5.4 tables that R-CDM rows point to, as the migration makes them; fields and types as published."""

from datetime import date, datetime

from sqlalchemy import Date, DateTime
from sqlmodel import SQLModel

from cdm import columns


class _Cdm(SQLModel):
    """Lies in the schema `cdm`."""

    __table_args__ = {"schema": "cdm"}


class CareSite(_Cdm, table=True):
    __tablename__ = "care_site"
    care_site_id: int = columns.key()
    care_site_name: str | None = columns.varchar(255)
    place_of_service_concept_id: int | None = columns.integer()
    location_id: int | None = columns.integer()
    care_site_source_value: str | None = columns.varchar(50)
    place_of_service_source_value: str | None = columns.varchar(50)


class Person(_Cdm, table=True):
    """`person_source_value` is the pseudonym; who it is stands in the vault alone."""

    __tablename__ = "person"
    person_id: int = columns.key()
    gender_concept_id: int = columns.integer(required=True)
    year_of_birth: int = columns.integer(required=True)
    month_of_birth: int | None = columns.integer()
    day_of_birth: int | None = columns.integer()
    birth_datetime: datetime | None = columns.column(DateTime)
    race_concept_id: int = columns.integer(required=True)
    ethnicity_concept_id: int = columns.integer(required=True)
    location_id: int | None = columns.integer()
    provider_id: int | None = columns.integer()
    care_site_id: int | None = columns.integer()
    person_source_value: str | None = columns.varchar(50)
    gender_source_value: str | None = columns.varchar(50)
    gender_source_concept_id: int | None = columns.integer()
    race_source_value: str | None = columns.varchar(50)
    race_source_concept_id: int | None = columns.integer()
    ethnicity_source_value: str | None = columns.varchar(50)
    ethnicity_source_concept_id: int | None = columns.integer()


class VisitOccurrence(_Cdm, table=True):
    __tablename__ = "visit_occurrence"
    visit_occurrence_id: int = columns.key()
    person_id: int = columns.reference("cdm.person.person_id", required=True)
    visit_concept_id: int = columns.integer(required=True)
    visit_start_date: date = columns.column(Date, required=True)
    visit_start_datetime: datetime | None = columns.column(DateTime)
    visit_end_date: date = columns.column(Date, required=True)
    visit_end_datetime: datetime | None = columns.column(DateTime)
    visit_type_concept_id: int = columns.integer(required=True)
    provider_id: int | None = columns.integer()
    care_site_id: int | None = columns.integer()
    visit_source_value: str | None = columns.varchar(50)
    visit_source_concept_id: int | None = columns.integer()
    admitted_from_concept_id: int | None = columns.integer()
    admitted_from_source_value: str | None = columns.varchar(50)
    discharged_to_concept_id: int | None = columns.integer()
    discharged_to_source_value: str | None = columns.varchar(50)
    preceding_visit_occurrence_id: int | None = columns.integer()


class ConditionOccurrence(_Cdm, table=True):
    __tablename__ = "condition_occurrence"
    condition_occurrence_id: int = columns.key()
    person_id: int = columns.reference("cdm.person.person_id", required=True)
    condition_concept_id: int = columns.integer(required=True)
    condition_start_date: date = columns.column(Date, required=True)
    condition_start_datetime: datetime | None = columns.column(DateTime)
    condition_end_date: date | None = columns.column(Date)
    condition_end_datetime: datetime | None = columns.column(DateTime)
    condition_type_concept_id: int = columns.integer(required=True)
    condition_status_concept_id: int | None = columns.integer()
    stop_reason: str | None = columns.varchar(20)
    provider_id: int | None = columns.integer()
    visit_occurrence_id: int | None = columns.reference("cdm.visit_occurrence.visit_occurrence_id")
    visit_detail_id: int | None = columns.integer()
    condition_source_value: str | None = columns.varchar(50)
    condition_source_concept_id: int | None = columns.integer()
    condition_status_source_value: str | None = columns.varchar(50)


class ProcedureOccurrence(_Cdm, table=True):
    __tablename__ = "procedure_occurrence"
    procedure_occurrence_id: int = columns.key()
    person_id: int = columns.reference("cdm.person.person_id", required=True)
    procedure_concept_id: int = columns.integer(required=True)
    procedure_date: date = columns.column(Date, required=True)
    procedure_datetime: datetime | None = columns.column(DateTime)
    procedure_end_date: date | None = columns.column(Date)
    procedure_end_datetime: datetime | None = columns.column(DateTime)
    procedure_type_concept_id: int = columns.integer(required=True)
    modifier_concept_id: int | None = columns.integer()
    quantity: int | None = columns.integer()
    provider_id: int | None = columns.integer()
    visit_occurrence_id: int | None = columns.reference("cdm.visit_occurrence.visit_occurrence_id")
    visit_detail_id: int | None = columns.integer()
    procedure_source_value: str | None = columns.varchar(50)
    procedure_source_concept_id: int | None = columns.integer()
    modifier_source_value: str | None = columns.varchar(50)


class ObservationPeriod(_Cdm, table=True):
    __tablename__ = "observation_period"
    observation_period_id: int = columns.key()
    person_id: int = columns.reference("cdm.person.person_id", required=True)
    observation_period_start_date: date = columns.column(Date, required=True)
    observation_period_end_date: date = columns.column(Date, required=True)
    period_type_concept_id: int = columns.integer(required=True)
