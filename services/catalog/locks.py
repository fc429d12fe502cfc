"""Who may change what at the same time; every lock ends with its transaction."""

from collections.abc import Collection
from hashlib import blake2b

from services.catalog.lookups import Connection

_SEARCHABLE_TAGS = 7_263_011


async def lock_studies(connection: Connection, studies: Collection[tuple[str, str]]) -> None:
    """Until the transaction ends nobody else writes or settles these studies."""
    numbers = sorted(
        int.from_bytes(blake2b("\0".join(study).encode(), digest_size=8).digest(), signed=True) for study in studies
    )
    await connection.execute("SELECT pg_advisory_xact_lock(study) FROM unnest($1::bigint[]) AS study", numbers)


async def see_searchable_tags(connection: Connection) -> None:
    """Until the transaction ends no tag becomes searchable: whoever writes images sees them all."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _SEARCHABLE_TAGS)


async def change_searchable_tags(connection: Connection) -> None:
    """Waits for those who write images, and they wait for us."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _SEARCHABLE_TAGS)
