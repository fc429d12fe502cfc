"""How commands speak: a document on standard output for --json, sentences and progress on standard error."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

_EVERY_SECONDS = 0.5
_WIDE = 400

screen = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def say(sentence: str = "") -> None:
    sys.stdout.write(sentence + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Into a pipe or a file every row is one whole line: nothing is cut or wrapped to a terminal's width."""
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE).print(table)


def fail(sentence: str) -> None:
    screen.print(f"rcdm: {sentence}", markup=False, soft_wrap=True)


def progress_line() -> Callable[[str, int, int], None]:
    """Tells how far something is, by its name, what is done and what there is; now and then, and at the end."""
    told = -_EVERY_SECONDS

    def progress(name: str, done: int, size: int) -> None:
        nonlocal told
        if done == size or time.monotonic() - told > _EVERY_SECONDS:
            told = time.monotonic()
            screen.print(f"{name}: {100 * done // max(size, 1)} %", end="\n" if done == size else "\r", markup=False)

    return progress
