"""A made-up site with an OMOP database of its own, and a role there that may only read."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from chassis.db.database import open_database
from chassis.db.migrate import migrate
from services.catalog.service import service
from services.catalog.site_omop.dump.files import TABLES as IN_ORDER
from tests.addresses import empty_database
from tests.omop.site import TABLES

PASSWORD = "canary-password"


@dataclass(frozen=True)
class Site:
    """`owner` may do everything in it; `reader` has SELECT and nothing else."""

    owner: str
    reader: str

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.owner, server_settings={"search_path": "cdm"})
        await connection.execute(statement)
        await connection.close()

    async def value(self, question: str) -> object:
        connection = await asyncpg.connect(self.owner, server_settings={"search_path": "cdm"})
        found: object = await connection.fetchval(question)
        await connection.close()
        return found


@asynccontextmanager
async def linked_site(server: str, folder: Path) -> AsyncIterator[Site]:
    """The tables of the CDM 5.4 with the two persons of tests/omop/site.py; gone afterwards."""
    role = f"reader_{secrets.token_hex(4)}"
    async with empty_database(server) as dsn:
        async with open_database(dsn) as database:
            await migrate(database, [service])
        site = Site(_searching(dsn), _searching(_of_role(dsn, role)))
        await site.execute("DROP SCHEMA rcdm, mi_cdm, vault, catalog CASCADE; DROP INDEX person_source_value_once")
        await site.execute(
            f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; GRANT USAGE ON SCHEMA cdm TO {role};"
            f" GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO {role}"
        )
        await _fill(site, folder)
        yield site
        await site.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def _fill(site: Site, folder: Path) -> None:
    connection = await asyncpg.connect(site.owner)
    for name in sorted(TABLES, key=lambda one: IN_ORDER.index(Path(one).stem.lower())):
        text = TABLES[name]
        delimiter = "\t" if name.endswith(".tsv") else ","
        (folder / name).write_text(text)
        await connection.copy_to_table(
            Path(name).stem.lower(), schema_name="cdm", source=folder / name, format="csv", header=True,
            delimiter=delimiter, columns=text.partition("\n")[0].split(delimiter),
        )  # fmt: skip
    await connection.close()


def _searching(dsn: str) -> str:
    return f"{dsn}{'&' if '?' in dsn else '?'}options=-csearch_path%3Dcdm"


def _of_role(dsn: str, role: str) -> str:
    parts = urlsplit(dsn)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{place}"))
