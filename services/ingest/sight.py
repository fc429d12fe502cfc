"""Which uploads a caller sees: those of its hospitals, and of these a mere bridge only its own."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from chassis.auth import Calling, Role


@dataclass(frozen=True)
class Sight:
    """None: any."""

    hospitals: frozenset[str] | None
    made_by: str | None

    @property
    def parameters(self) -> tuple[frozenset[str] | None, str | None]:
        """$1 and $2 of a statement that says SEEN."""
        return self.hospitals, self.made_by


SEEN = "($1::text[] IS NULL OR upload.hospital = ANY ($1)) AND ($2::text IS NULL OR upload.made_by = $2)"


def _sight(caller: Calling) -> Sight:
    return Sight(caller.hospitals, None if caller.may(Role.STEWARD, Role.OPERATOR) else caller.subject)


Sees = Annotated[Sight, Depends(_sight)]
