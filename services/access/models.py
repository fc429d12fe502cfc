"""What clients send and get about keys, sessions and the trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.auth.access import Role

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_Word = StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=_PRINTABLE)
_LONGEST_DAYS = 3650


class KeyRequest(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, _Word] = Field(description="Whose key it is: a device, a person's account, a program.")
    roles: Sequence[Role] = Field(min_length=1, max_length=len(Role))
    hospitals: Sequence[Annotated[str, _Word]] | None = Field(
        min_length=1, max_length=200, description="Whose data it reaches; null: all hospitals'."
    )
    days: int = Field(365, ge=1, le=_LONGEST_DAYS, description="Until it expires.")


class KeyItem(BaseModel):
    """A key as it can be listed: never the key itself."""

    key_id: str = Field(description="The public part; the trail names it.")
    name: str
    roles: Sequence[str]
    hospitals: Sequence[str] | None = Field(description="null: all.")
    state: Literal["living", "expired", "revoked"]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None


class MadeKey(KeyItem):
    key: str = Field(description="Shown this once; only its digest is kept.")


class Session(BaseModel):
    """Who the caller is here."""

    subject: str = Field(description="As the trail names the caller.")
    roles: Sequence[Role]
    hospitals: Sequence[str] | None = Field(description="null: all.")


class TrailItem(BaseModel):
    """One line of the trail."""

    trail_id: int
    at: datetime
    subject: str
    action: str = Field(description="key.created, key.revoked, session.opened, caller.refused or identity.read")
    route: str
    outcome: str
    objects: Sequence[str] = Field(description="Ids, UIDs or pseudonyms it was about.")
    reason: str
    client: str = Field(description="The address it came from.")
    request_id: str
