"""Keys as rows: made, listed, revoked; each change and its line in the trail are one transaction."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request

from chassis.auth.access import Caller
from chassis.auth.api_keys import digest_of, new_key
from chassis.auth.audit_log import Deed, Trail
from chassis.db.database import Database
from chassis.errors import NotFound
from services.access.models import KeyItem, KeyRequest, MadeKey

_COLUMNS = "key_id, name, roles, hospitals, created_at, created_by, expires_at, revoked_at"


class Keys:
    def __init__(self, database: Database, trail: Trail) -> None:
        self._database, self._trail = database, trail

    async def make(self, request: Request, maker: Caller, wanted: KeyRequest) -> MadeKey:
        """The only time the key itself is told."""
        key_id, key = new_key()
        until = datetime.now(UTC) + timedelta(days=wanted.days)
        hospitals = None if wanted.hospitals is None else sorted(set(wanted.hospitals))
        async with self._database.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "INSERT INTO access.key (key_id, name, digest, roles, hospitals, created_by, expires_at)"
                f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_COLUMNS}",
                key_id, wanted.name, digest_of(key), sorted(set(wanted.roles)), hospitals, maker.subject, until,
            )  # fmt: skip
            await self._trail.write(request, maker.subject, Deed("key.created", objects=[key_id]), connection)
        return MadeKey(**_told(row), key=key)

    async def page(self, after: str, limit: int) -> tuple[list[KeyItem], int]:
        """By public id, those behind `after`; and how many there are in all."""
        rows = await self._database.pool.fetch(
            f"SELECT {_COLUMNS} FROM access.key WHERE key_id > $1 ORDER BY key_id LIMIT $2", after, limit
        )
        total = await self._database.pool.fetchval("SELECT count(*) FROM access.key")
        return [KeyItem(**_told(row)) for row in rows], total

    async def revoke(self, request: Request, caller: Caller, key_id: str) -> KeyItem:
        """Twice is once. Raises NotFound."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE access.key SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE key_id = $1"
                f" RETURNING {_COLUMNS}", key_id,
            )  # fmt: skip
            if row is None:
                raise NotFound("There is no such key.", key_id=key_id)
            await self._trail.write(request, caller.subject, Deed("key.revoked", objects=[key_id]), connection)
        return KeyItem(**_told(row))


def _told(row: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    state = "revoked" if row["revoked_at"] else "living" if row["expires_at"] > now else "expired"
    return {**row, "state": state}
