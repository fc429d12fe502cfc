"""A list as clients see it: items, an opaque cursor to the next page, a total."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from chassis.errors import BadRequest

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")]


class Page(BaseModel, Generic[T]):
    items: Sequence[T]
    next: str | None = None
    total: int
    total_is_estimate: bool = False


def write_cursor(values: Sequence[Any]) -> str:
    """The last item's sort values, opaque to clients."""
    return base64.urlsafe_b64encode(json.dumps(list(values), default=str).encode()).decode().rstrip("=")


LARGEST_ID = 2**63 - 1  # bigint, the widest whole number of ours


def read_cursor(cursor: str, length: int) -> list[Any]:
    """Raises BadRequest when the cursor is not one of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(map(_fits, values)):
        raise bad_cursor()
    return values


def read_numbers(cursor: str, length: int, largest: int = LARGEST_ID) -> list[int]:
    """Of a list whose places are whole numbers from 0 to `largest`. Raises BadRequest."""
    values = read_cursor(cursor, length)
    if not all(type(value) is int and 0 <= value <= largest for value in values):
        raise bad_cursor()
    return values


def read_number(cursor: str | None, start: int, largest: int = LARGEST_ID) -> int:
    """The place after which the page begins; `start` without a cursor. Raises BadRequest."""
    return start if cursor is None else read_numbers(cursor, 1, largest)[0]


def bad_cursor() -> BadRequest:
    """What a list says that reads more from its cursor than numbers."""
    return BadRequest("The cursor is not one this list gave out; start again without it.", parameter="cursor")


def _fits(value: Any) -> bool:
    """Could we have written it? PostgreSQL knows no U+0000 and no wider whole numbers."""
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int) and abs(value) <= LARGEST_ID
