"""Run services in this process until told to stop; failures we have words for end in a sentence and exit code 1."""

from collections.abc import Sequence
from importlib import import_module

import uvloop

from chassis.errors import RcdmError, SettingsError
from chassis.host import serve
from chassis.logs import configure_logging
from chassis.service import Service
from chassis.settings import Settings, read_settings
from services import SERVICES
from services.commands.output import fail, say
from services.commands.samples import load_samples


def run(names: Sequence[str], samples: bool) -> None:
    """Raises SystemExit(1) when the start or a background task failed."""
    try:
        settings = read_settings()
        configure_logging(settings.log, "rcdm" if names == SERVICES else " ".join(names))
        uvloop.run(serve(settings, load_services(names), lambda: _greet(settings, samples)))
    except* RcdmError as errors:
        for error in _leaves(errors):
            fail(str(error))
        raise SystemExit(1) from None


async def _greet(settings: Settings, samples: bool) -> None:
    address = f"http://{settings.listen}"
    say(f"rcdm answers on {address}  (data in {settings.data}; stop with Ctrl-C)")
    if samples:
        await load_samples(address)


def load_services(names: Sequence[str]) -> list[Service]:
    """Raises SettingsError for a name that is no service."""
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise SettingsError(f"{', '.join(unknown)} is no service; the services are {', '.join(SERVICES)}.")
    return [import_module(f"services.{name}.service").service for name in dict.fromkeys(names)]


def _leaves(group: BaseExceptionGroup[RcdmError]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
