"""The lookup tables of the R-CDM: a text found or created at load time, with a concept id (0: not mapped)."""

from datetime import datetime

from sqlalchemy import DateTime, UniqueConstraint
from sqlmodel import SQLModel

from cdm import columns

_SCHEMA = {"schema": "rcdm"}


class RadiologyHospital(SQLModel, table=True):
    __tablename__ = "radiology_hospital"
    __table_args__ = (UniqueConstraint("text"), _SCHEMA)
    radiology_hospital_id: int = columns.key()
    text: str = columns.text(required=True)
    care_site_id: int | None = columns.reference("cdm.care_site.care_site_id")


class RadiologyDevice(SQLModel, table=True):
    """A device of one hospital; what a header does not name is the empty text."""

    __tablename__ = "radiology_device"
    __table_args__ = (
        UniqueConstraint("radiology_hospital_id", "station_name", "manufacturer", "model", "serial_number"),
        _SCHEMA,
    )
    radiology_device_id: int = columns.key()
    radiology_hospital_id: int = columns.reference("rcdm.radiology_hospital.radiology_hospital_id", required=True)
    station_name: str = columns.text(required=True)
    manufacturer: str = columns.text(required=True)
    model: str = columns.text(required=True)
    serial_number: str = columns.text(required=True)
    device_concept_id: int = columns.integer(required=True)


class RadiologyModality(SQLModel, table=True):
    """`CT`, `MR`; a study that mixes them has a text of its own, such as `PETCT`."""

    __tablename__ = "radiology_modality"
    __table_args__ = (UniqueConstraint("text"), _SCHEMA)
    radiology_modality_id: int = columns.key()
    text: str = columns.text(required=True)
    description: str | None = columns.text()
    concept_id: int = columns.integer(required=True)


class RadiologyProtocol(SQLModel, table=True):
    """A protocol of one hospital; `source_tag` says which element named it."""

    __tablename__ = "radiology_protocol"
    __table_args__ = (UniqueConstraint("radiology_hospital_id", "text", "source_tag"), _SCHEMA)
    radiology_protocol_id: int = columns.key()
    radiology_hospital_id: int = columns.reference("rcdm.radiology_hospital.radiology_hospital_id", required=True)
    text: str = columns.text(required=True)
    source_tag: str = columns.text(required=True)
    concept_id: int = columns.integer(required=True)


class RadiologyPersonPosition(SQLModel, table=True):
    """Patient Position (0018,5100) and View Position (0018,5101) terms side by side."""

    __tablename__ = "radiology_person_position"
    __table_args__ = (UniqueConstraint("text"), _SCHEMA)
    person_position_id: int = columns.key()
    text: str = columns.text(required=True)
    description: str | None = columns.text()
    concept_id: int = columns.integer(required=True)


class RadiologyUnits(SQLModel, table=True):
    __tablename__ = "radiology_units"
    __table_args__ = (UniqueConstraint("text"), _SCHEMA)
    radiology_units_id: int = columns.key()
    text: str = columns.text(required=True)
    description: str | None = columns.text()
    unit_concept_id: int = columns.integer(required=True)


class RadiologyCondition(SQLModel, table=True):
    """A diagnosis as it was written, once for each different writing, and the concept it was mapped to."""

    __tablename__ = "radiology_condition"
    __table_args__ = (UniqueConstraint("source_digest"), _SCHEMA)
    radiology_condition_id: int = columns.key()
    source_text: str = columns.varchar(1000, required=True)
    source_code: str = columns.varchar(50, required=True)
    source_vocabulary_id: str = columns.varchar(20, required=True)
    # MD5 of the three above: 1,000 Hangul syllables do not fit into an index entry.
    source_digest: str = columns.varchar(32, required=True)
    condition_concept_id: int = columns.integer(required=True)
    condition_source_concept_id: int = columns.integer(required=True)
    mapping_status: str = columns.text(required=True)
    equivalence: str = columns.text(required=True)
    match_score: float | None = columns.number()
    mapping_method: str | None = columns.text()
    mapped_by: str | None = columns.text()
    mapped_at: datetime | None = columns.column(DateTime(timezone=True))
    vocabulary_version: str | None = columns.text()
    mapping_revision: int = columns.integer(required=True)  # counts the changes
