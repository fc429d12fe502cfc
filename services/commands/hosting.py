"""`rcdm up` and `rcdm serve`: run services in this process until told to stop."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
import uvloop

from chassis.errors import RcdmError, SettingsError
from chassis.host import serve
from chassis.service import Service
from chassis.settings import Settings, read_settings
from chassis.telemetry import configure_logging
from services.commands.output import fail, say
from services.commands.samples import load_samples

NAMES = ("ingest", "extract", "catalog", "export", "operations", "front")


def add_to(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("serve")(serve_some)


def up(
    samples: Annotated[bool, typer.Option(help="Load pydicom's sample studies when the system is empty.")] = False,
) -> None:
    """Run everything in this process: services, image workers and, by default, a private PostgreSQL."""
    _run(NAMES, samples)


def serve_some(
    names: Annotated[list[str], typer.Argument(help=f"Any of: {', '.join(NAMES)}.")],
) -> None:
    """Run only the named services; the home's addresses say where events, blobs and rows live."""
    _run(names, samples=False)


def _run(names: Sequence[str], samples: bool) -> None:
    try:
        settings = read_settings()
        configure_logging(settings.log)
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
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise SettingsError(f"{', '.join(unknown)} is no service; the services are {', '.join(NAMES)}.")
    return [import_module(f"services.{name}.service").service for name in dict.fromkeys(names)]


def _leaves(group: BaseExceptionGroup[RcdmError]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
