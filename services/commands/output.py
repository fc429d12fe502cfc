"""How commands speak: a document on standard output for --json, sentences and progress on standard error."""

import json
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

_EVERY_SECONDS = 0.5

screen = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def say(sentence: str = "") -> None:
    sys.stdout.write(sentence + "\n")


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
