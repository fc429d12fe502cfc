"""A dry run of de-identification on one image: before and after, for a steward who says why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from cdm.query.access import Scope
from chassis.errors import NotFound, Unavailable
from chassis.sandbox.process import WorkerDied
from chassis.service import Home
from services.export.build.files import assigned_uids
from services.export.http.pixel_values import Looker
from services.export.names import Pseudonyms

_IMAGE = """
SELECT image_sha256, image_bytes, sop_instance_uid,
    coalesce(person_source_value, concat('person ', person_id)) AS person_key
FROM rcdm.radiology_image JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
JOIN cdm.person USING (person_id)
WHERE image_id = $1 AND ($2::text[] IS NULL OR hospital.text = ANY($2))
"""


class ElementChange(BaseModel):
    """An element that does not stay as it is."""

    element: str = Field(description="Keyword, with the sequences and items around it.")
    before: str | None = Field(description="Null: it was not there.")
    after: str | None = Field(description="Null: it is removed.")


class Preview(BaseModel):
    """What would leave instead of one image's header."""

    image_id: int
    person: str
    changes: Sequence[ElementChange]


@dataclass(frozen=True)
class Previewer:
    """Asks a worker what it would do."""

    home: Home
    looker: Looker

    async def preview(self, name: str, image_id: int, hospitals: Scope, *, characteristics: bool) -> Preview:
        """As of a data set of this name. Raises NotFound, Refused for what cannot be cleaned, Unavailable."""
        row = await self.home.database.pool.fetchrow(_IMAGE, image_id, None if hospitals is None else sorted(hospitals))
        if row is None:
            raise NotFound("There is no such image.", image_id=image_id)
        names = Pseudonyms(self.home.keys, name)
        subject = {
            "pseudonym": names.person(row["person_key"]),
            "shift_days": names.shift_days(row["person_key"]),
            "characteristics": characteristics,
        }
        assigned = await assigned_uids(self.home, image_id)
        said = {"format": "preview", "subject": subject, "assigned": assigned}
        try:
            result, _ = await self.looker.ask(row, said, names.uids)
        except WorkerDied:
            raise Unavailable("The worker ended in the middle of this object; its build would leave it out.") from None
        found = [ElementChange(**one) for one in json.loads(result.body)]
        return Preview(image_id=image_id, person=subject["pseudonym"], changes=found)
