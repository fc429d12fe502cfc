"""Between those who write images and those who make a tag searchable: a lock that ends with the transaction."""

from services.catalog.lookups import Connection

_SEARCHABLE_TAGS = 7_263_011


async def see_searchable_tags(connection: Connection) -> None:
    """Until the transaction ends no tag becomes searchable: whoever writes images sees them all."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _SEARCHABLE_TAGS)


async def change_searchable_tags(connection: Connection) -> None:
    """Waits for those who write images, and they wait for us."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _SEARCHABLE_TAGS)
