"""How commands speak: a document on standard output for --json, sentences and progress on standard error."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

screen = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def say(sentence: str = "") -> None:
    sys.stdout.write(sentence + "\n")


def fail(sentence: str) -> None:
    screen.print(f"rcdm: {sentence}", markup=False, soft_wrap=True)
