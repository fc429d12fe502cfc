"""Column makers shared by the table classes: a type as PostgreSQL names it, and whether it may be empty."""

from typing import Any

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Identity, Integer, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine
from sqlmodel import Field


def column(kind: TypeEngine[Any] | type[TypeEngine[Any]], required: bool = False) -> Any:
    """A plain column."""
    return Field(default=None, sa_column=Column(kind, nullable=not required))


def key(kind: type[TypeEngine[Any]] = Integer) -> Any:
    """The primary key, numbered by the database."""
    return Field(default=None, sa_column=Column(kind, Identity(), primary_key=True))


def reference(target: str, required: bool = False, kind: type[TypeEngine[Any]] = Integer) -> Any:
    """A foreign key to `schema.table.column`; one to an OMOP row follows when its number changes."""
    follows = "CASCADE" if target.startswith("cdm.") else None
    return Field(default=None, sa_column=Column(kind, ForeignKey(target, onupdate=follows), nullable=not required))


def part_of(target: str) -> Any:
    """A foreign key (int8) to what a row goes with: nothing stays of it when that is deleted."""
    return Field(default=None, sa_column=Column(BigInteger, ForeignKey(target, ondelete="CASCADE"), nullable=False))


def text(required: bool = False) -> Any:
    """Text of any length."""
    return column(Text, required)


def varchar(length: int, required: bool = False) -> Any:
    """Text as long as OMOP or DICOM allows."""
    return column(String(length), required)


def integer(required: bool = False) -> Any:
    """int4, as OMOP's ids are."""
    return column(Integer, required)


def bigint(required: bool = False) -> Any:
    """int8."""
    return column(BigInteger, required)


def number(required: bool = False) -> Any:
    """A double."""
    return column(Double, required)


def numbers() -> Any:
    """Doubles, as a DICOM vector has them."""
    return column(ARRAY(Double))


def texts(required: bool = False) -> Any:
    """A set or list of texts."""
    return column(ARRAY(Text), required)


def document(required: bool = False) -> Any:
    """jsonb."""
    return column(JSONB, required)
