"""Who mapped a diagnosis to what, and when."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from chassis.database import Database


class Change(BaseModel):
    """One change; `before` and `after` are whole mappings."""

    mapping_revision: int
    changed_by: str
    changed_at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


async def history_of(database: Database, condition_id: int) -> Sequence[Change]:
    """The last one first."""
    rows = await database.pool.fetch(
        "SELECT mapping_revision, changed_by, changed_at, before, after FROM rcdm.radiology_condition_change"
        " WHERE radiology_condition_id = $1 ORDER BY mapping_revision DESC",
        condition_id,
    )
    return [
        Change.model_validate({**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])})
        for row in rows
    ]
