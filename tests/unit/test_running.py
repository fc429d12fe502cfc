"""How a command ends when something failed: our words for people, the story of our own mistakes without their text."""

import subprocess
import sys

_ENDS = """
from services.cli.local.run import failures_in_words
from chassis.errors import SettingsError
from chassis.telemetry.logging import configure_logging
configure_logging("text", "test")
with failures_in_words():
    raise ExceptionGroup("both", [ValueError("Canary^Kim"), ExceptionGroup("inner", [SettingsError("RCDM_X: wrong.")])])
"""


def test_a_process_ends_with_a_sentence_or_a_story_and_never_with_what_an_error_quotes() -> None:
    """F13, G4"""
    done = subprocess.run([sys.executable, "-c", _ENDS], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "RCDM_X: wrong." in done.stderr
    assert "ended by an error" in done.stderr
    assert "Canary" not in done.stderr
    assert "Traceback" not in done.stderr
