"""A question as text that can be copied: its parameters stand in it, quoted as PostgreSQL reads them."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect


def written_sql(statement: Select[Any]) -> str:
    """One statement for psql. Values stay values: a quote in one is doubled, a backslash means itself."""
    compiled = statement.compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})  # type: ignore[no-untyped-call]
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    return re.sub(r"\$(\d+)", lambda place: _literal(values[int(place[1]) - 1]), str(compiled)) + ";"


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    if isinstance(value, bool | int | float | Decimal):
        return str(value)
    if isinstance(value, str | date):
        # standard_conforming_strings is on since PostgreSQL 9.1: only the quote has a meaning.
        return "'" + str(value).replace("'", "''") + "'"
    raise TypeError(f"no literal for {type(value).__name__}")
