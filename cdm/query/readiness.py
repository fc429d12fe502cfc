"""What a question can rely on at this moment: its answer is whole, or there is none."""

from sqlalchemy import BigInteger, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from cdm.query.filters import OccurrenceFilter
from cdm.query.images import asks_kinds
from cdm.query.tag_index import Searchable, searchable_tags
from chassis.errors import Unavailable

_MEASURING = table(
    "radiology_measuring",
    *(column("last_occurrence_id", BigInteger), column("until_occurrence_id", BigInteger)),
    schema="rcdm",
)


async def ready_for(connection: AsyncSession | AsyncConnection, wanted: OccurrenceFilter) -> Searchable:
    """The searchable tags that are. Raises Unavailable while older images are still read for what the filter asks."""
    if asks_kinds(wanted):
        place = (await connection.execute(select(_MEASURING.c[0], _MEASURING.c[1]))).first()
        if place is not None:
            raise Unavailable(
                "Images from before the upgrade are still being read for filters by measures, or by several of plane, "
                f"phase and sequence: {100 * place[0] // place[1]} %. Leave these out, or try again later."
            )
    return await searchable_tags(connection, wanted)
