"""The hospital's own OMOP database where it is: opened to read one moment of it, never to write."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

from chassis.database import is_away
from chassis.errors import SettingsError, Unavailable
from services.catalog.lookups import Connection

# A whole table of the vocabulary is read by one statement.
_STATEMENT_MS = 3_600_000
_LOCK_MS = 10_000
_CONNECT_SECONDS = 15
_SETTINGS = {
    "default_transaction_read_only": "on", "statement_timeout": str(_STATEMENT_MS), "lock_timeout": str(_LOCK_MS),
    "timezone": "UTC", "datestyle": "ISO, YMD",
}  # fmt: skip
_REFUSES = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_SCHEMA = re.compile(r"schema:([a-z_][a-z0-9_]{0,62})")
_OURS = frozenset({"cdm", "rcdm", "mi_cdm", "vault", "catalog", "ingest", "extract", "export", "access", "log"})
_IS_OURS = """
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'rcdm') AND EXISTS (
    SELECT FROM pg_class WHERE oid = to_regclass('person') AND relnamespace::regnamespace::text = 'cdm')
"""
_AWAY = "The site's OMOP database (RCDM_OMOP) does not answer. Nothing was changed; try again later."
_NO_ADDRESS = "RCDM_OMOP: write postgresql://reader@host/name?search_path=cdm, or schema:name for a schema of ours."


@asynccontextmanager
async def open_site(address: str, ours: str) -> AsyncIterator[Connection]:
    """In one read-only transaction, so that all tables are of the same moment. `ours` is where RCDM_DATABASE is.

    Raises SettingsError, Unavailable; neither holds the address, for a password may be in it.
    """
    dsn, settings = _place(address, ours)
    try:
        # Said again for the transaction: nothing in the address undoes it.
        async with _connected(dsn, settings) as site, site.transaction(isolation="repeatable_read", readonly=True):
            await _refuse_ours(site)
            yield site
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _in_words(error) from None


@asynccontextmanager
async def _connected(dsn: str, settings: Mapping[str, str]) -> AsyncIterator[Connection]:
    site = await _connect(dsn, settings)
    try:
        yield site
    finally:
        await site.close(timeout=_CONNECT_SECONDS)


async def _connect(dsn: str, settings: Mapping[str, str]) -> Connection:
    try:
        return await asyncpg.connect(dsn, server_settings={**_SETTINGS, **settings}, timeout=_CONNECT_SECONDS)
    except ValueError:  # also that of asyncpg, of an address it cannot read
        raise SettingsError(_NO_ADDRESS) from None
    except OSError:
        raise Unavailable(_AWAY) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _in_words(error) from None


def _place(address: str, ours: str) -> tuple[str, dict[str, str]]:
    if address.startswith("postgresql://"):
        return address, {}
    named = _SCHEMA.fullmatch(address)
    if named is None or named[1] in _OURS:
        raise SettingsError(_NO_ADDRESS)
    return ours, {"search_path": named[1]}


async def _refuse_ours(site: Connection) -> None:
    """Our own tables would be copied onto themselves."""
    if await site.fetchval(_IS_OURS):
        raise SettingsError("RCDM_OMOP: this is the system's own cdm schema; name the database or schema of the site.")


def _in_words(error: Exception) -> Exception:
    kind = type(error).__name__
    if isinstance(error, _REFUSES):
        return SettingsError(f"RCDM_OMOP: the server answers and refuses us ({kind}); write another user or database.")
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return SettingsError("RCDM_OMOP: the user may not read all tables that are needed: GRANT SELECT on them.")
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
        return Unavailable(
            f"What was read of the site cannot be kept in TMPDIR ({error.strerror}). Nothing was changed."
        )
    if is_away(error):
        return Unavailable(_AWAY)
    return Unavailable(f"The site's OMOP database (RCDM_OMOP) ended the question ({kind}). Nothing was changed.")


def shown(address: str) -> str:
    """Without user and password, and what else an address may carry."""
    scheme, _, place = address.partition("://")
    return f"{scheme}://{place.rpartition('@')[2].partition('?')[0]}" if place else scheme
