"""A map of persons where the site's database is linked: the persons it names come first, their visits last."""

from collections.abc import Sequence

from chassis.database import Database
from chassis.secrets import SiteKeys
from services.catalog.omop.source import Progress
from services.catalog.omop_link.matching import named_persons
from services.catalog.omop_link.mirror import mirror, refresh
from services.catalog.omop_link.visits import link_visits
from services.catalog.person_map.apply import Applied, apply_map
from services.catalog.person_map.read import MapLine


async def apply_with_link(
    database: Database,
    keys: SiteKeys,
    address: str,
    lines: Sequence[MapLine],
    dry_run: bool,
    progress: Progress = lambda *_: None,
) -> Applied:
    """A dry run brings nobody over: who is not here yet counts as unknown. Raises as `mirror` and `apply_map`."""
    if dry_run:
        return await apply_map(database, keys, lines, dry_run, progress)
    await mirror(database, keys, address, await named_persons(database, keys, address, lines), progress)
    applied = await apply_map(database, keys, lines, dry_run, progress)
    # Only now the studies of these persons are known, and with them the days of the visits that are wanted.
    await refresh(database, keys, address, progress)
    await link_visits(database, progress)
    return applied
