"""`rcdm lexicon`: is a site's file of phase words sound, and what do descriptions say with it?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client.http import Failed, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say

lexicon = typer.Typer(help="The words that name contrast phases.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(lexicon, name="lexicon")


@lexicon.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The site's words, as RCDM_LEXICON will name them.")],
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Descriptions to read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a lexicon, say what is wrong in it, and what descriptions mean with it and without; needs no system."""
    # The client's other commands answer at once because nothing else is imported for them.
    from imaging.phase.lexicon import load_lexicon
    from imaging.phase.lexicon_file import LexiconError

    with exit_one_on_failure():
        try:
            built_in, both = load_lexicon(), load_lexicon([path])
        except (LexiconError, OSError) as error:
            raise Failed(f"{error}.") from None
    found: dict[str, Any] = {
        "file": str(path),
        "digest": both.digest,
        "entries": len(both.entries),
        "readings": [{"text": text, **_read(text, both), "built_in": _read(text, built_in)} for text in texts or ()],
    }
    if as_json:
        return print_json(found)
    say(f"{path} is sound: {found['entries']} entries with the built-in ones, digest {both.digest[:12]}.")
    if texts:
        print_table(("text", "phase", "because of", "built-in alone"), (
            (one["text"], one["phase"] or "none", ", ".join(one["words"]), one["built_in"]["phase"] or "none")
            for one in found["readings"]
        ))  # fmt: skip
    return None


def _read(text: str, words: Any) -> dict[str, Any]:
    from imaging.phase.lexicon import read_phase

    reading = read_phase(text, words)
    return {"phase": reading.phase, "words": list(reading.words), "confidence": reading.confidence,
            "is_mixed": reading.is_mixed}  # fmt: skip
