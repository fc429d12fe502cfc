"""Rows of the site's tables become files such as a dump or a download has."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.catalog.lookups import Connection

_ROWS_AT_ONCE = 5000


async def copy_out(site: Connection, question: str, path: Path, *values: Any, **form: str) -> int:
    """Into a file with a header line. Returns the number of rows."""
    told = await site.copy_from_query(
        question, *values, output=path, format="csv", header=True, encoding="utf-8", **form
    )
    return int(told.split()[-1])


async def copy_persons_out(
    site: Connection, columns: Sequence[str], persons: Sequence[int], path: Path, pseudonym: Callable[[str], str]
) -> int:
    """As `copy_out`, with a pseudonym in place of what the site calls them: that never lies on a disk of ours."""
    names, place = ", ".join(f"{one}::text" for one in columns), columns.index("person_source_value")
    cursor = await site.cursor(f"SELECT {names} FROM person WHERE person_id = ANY($1)", persons)
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        while rows := await cursor.fetch(_ROWS_AT_ONCE):
            for row in map(list, rows):
                row[place] = row[place] and pseudonym(row[place])
                writer.writerow(row)
            count += len(rows)
    return count
