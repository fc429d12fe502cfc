"""Which versions a caller sees: those whose maker saw no hospital that the caller does not see."""

from chassis.auth import Caller, Role
from chassis.database import Database
from chassis.errors import Forbidden


def seen(place: int) -> str:
    """A condition on export.version; the parameter at that place: the caller's hospitals, NULL for all."""
    return f"(${place}::text[] IS NULL OR version.hospitals <@ ${place})"


async def refuse_stranger(database: Database, caller: Caller, operation_id: object) -> None:
    """Only the maker of a version, or a steward, may stop its build. Raises Forbidden."""
    made_by = await database.pool.fetchval("SELECT made_by FROM export.version WHERE operation_id = $1", operation_id)
    if made_by != caller.subject and not caller.may(Role.STEWARD):
        raise Forbidden("Somebody else started this; ask them or a steward to cancel it.", needs=[Role.STEWARD])
