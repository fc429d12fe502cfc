"""A service is a value: its name, its tables, and how it opens its routes, reactions and tasks on a home."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from chassis.db.database import Database
from chassis.messaging.ports import BlobStore, EventLog, Record
from chassis.messaging.topics import Topic
from chassis.secrets import SiteKeys
from chassis.settings import Settings


@dataclass(frozen=True)
class Home:
    """Where a service lives: what the three addresses of the settings opened."""

    settings: Settings
    database: Database
    events: EventLog
    blobs: BlobStore
    keys: SiteKeys


class PartlyFailed(Exception):
    """Raised by a handler that handled every record of its batch but these (by place in the batch)."""

    def __init__(self, failures: Mapping[int, Exception]) -> None:
        super().__init__(f"{len(failures)} records failed")
        self.failures = failures


@dataclass(frozen=True)
class Reaction:
    """What a service does about a topic. `handle` may be called twice with the same records.

    A call that takes longer than `attempt_seconds` is stopped and has failed: one that hangs must not hold its
    partition for ever (reliability C11).
    """

    topic: Topic[Any]
    handle: Callable[[Sequence[Any]], Awaitable[None]]
    max_records: int = 100
    attempt_seconds: float = 300


@dataclass(frozen=True)
class Burials:
    """What a service does about records that another group buried."""

    group: str
    handle: Callable[[Sequence[Record]], Awaitable[None]]


@dataclass(frozen=True)
class Running:
    """An opened service. A task that ends or fails ends the process: the host owns the task group."""

    routes: Sequence[APIRouter] = ()
    reactions: Sequence[Reaction] = ()
    burials: Sequence[Burials] = ()
    tasks: Sequence[Callable[[], Awaitable[None]]] = ()


@dataclass(frozen=True)
class Service:
    """`migrations` is the folder of its alembic versions, in a schema of its name; None: no tables."""

    name: str
    open: Callable[[Home], AbstractAsyncContextManager[Running]]
    migrations: Path | None = None
