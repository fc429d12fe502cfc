"""What clients read of searchable tags."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class SearchableTag(BaseModel):
    """A tag whose values are kept beside the studies. It can be asked for before it is READY, only more slowly."""

    keyword: str
    state: Literal["INDEXING", "READY"]
    progress: float = Field(description="Of the images that were there when it was made searchable, 0 to 1.")
    errors: int = Field(
        description="Images, of the hospitals you see, whose value is no number where one belongs, up to 10,000."
    )
    made_by: str
    made_at: datetime
    ready_at: datetime | None


class TagError(BaseModel):
    """An image whose value cannot be searched for as a number."""

    image_id: int
    sop_instance_uid: str
    detail: str
