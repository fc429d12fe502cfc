"""Runs services until told to stop, or their migrations; failures end in a sentence of ours and exit code 1."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

import uvloop

from chassis.auth.api_keys import admin_key, login_link
from chassis.backends import open_tables
from chassis.db.migrate import migrate
from chassis.errors import RcdmError, SettingsError, story_of
from chassis.runtime import serve
from chassis.service import Service
from chassis.settings import Settings, read_settings
from chassis.telemetry.logging import configure_logging
from chassis.telemetry.metrics import log
from services import SERVICES
from services.cli.client.output import fail, say
from services.cli.local.samples import load_samples


def run(names: Sequence[str], samples: bool) -> None:
    """Raises SystemExit(1) when the start or a background task failed."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "rcdm" if names == SERVICES else " ".join(names))
        uvloop.run(serve(settings, load_services(names), lambda: _greet(settings, samples)))


def migrate_all() -> None:
    """Raises SystemExit(1) when the database is away or newer than this version."""
    with failures_in_words():
        settings = read_settings()
        configure_logging(settings.log, "migrate")
        uvloop.run(_migrate_all(settings))


async def _migrate_all(settings: Settings) -> None:
    async with open_tables(settings) as database:
        await migrate(database, load_services(SERVICES))
    say("The tables of all services are those of this version.")


async def _greet(settings: Settings, samples: bool) -> None:
    address = f"http://{settings.listen}"
    say(f"rcdm answers on {address}  (data in {settings.data}; stop with Ctrl-C)")
    if link := login_link(settings):
        say(f"Log in with {link}")
    if samples and (key := admin_key(settings)):
        await load_samples(address, key)


def load_services(names: Sequence[str]) -> list[Service]:
    """Raises SettingsError for a name that is no service."""
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise SettingsError(f"{', '.join(unknown)} is no service; the services are {', '.join(SERVICES)}.")
    return [import_module(f"services.{name}.service").service for name in dict.fromkeys(names)]


@contextmanager
def failures_in_words() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for one in _leaves(error):
            if isinstance(one, RcdmError):
                fail(str(one))
            else:  # our own mistake; its text may quote a name
                log.error("ended by an error", **story_of(one))
        raise SystemExit(1) from None


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]
