"""`rcdm up` and `rcdm serve`: the words of the two commands; what they need is loaded when they run."""

from collections.abc import Sequence
from typing import Annotated

import typer

from services import SERVICES


def add_to(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("serve")(serve_some)
    app.command("migrate")(migrate)


def up(
    samples: Annotated[bool, typer.Option(help="Load pydicom's sample studies when the system is empty.")] = False,
) -> None:
    """Run everything in this process: services, image workers and, by default, a private PostgreSQL."""
    _run(SERVICES, samples)


def serve_some(
    names: Annotated[list[str], typer.Argument(help=f"Any of: {', '.join(SERVICES)}.")],
) -> None:
    """Run only the named services; the home's addresses say where events, blobs and rows live."""
    _run(names, samples=False)


def migrate() -> None:
    """Bring the tables of every service to this version and end; the services do it too when they start."""
    from services.cli.local.run import migrate_all

    migrate_all()


def _run(names: Sequence[str], samples: bool) -> None:
    # The client's commands answer at once because nothing of the services is imported for them.
    from services.cli.local.run import run

    run(names, samples)
