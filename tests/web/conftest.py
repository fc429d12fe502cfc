"""A running system with a vocabulary, and a browser that tells everything it complains of."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from tests.system import System, rcdm, running_system
from tests.vocabulary.made_up import made_up_vocabulary

ELSEWHERE = "hospital.test"  # this machine under a name, as another one sees it: not trusted as localhost is
_AS_ELSEWHERE = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)

_PATIENCE_MS = 60_000  # a browser that draws by itself, on a machine where others are busy too
expect.set_options(timeout=_PATIENCE_MS)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Named itself, it says what is missing; among all tests it is left out on a machine without a browser."""
    if CHROMIUM or any("tests/web" in argument for argument in config.args):
        return None
    print("tests/web: no Chromium here; install one, or say which in TEST_CHROMIUM")
    return True


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("web") / "data") as running:
        folder = made_up_vocabulary(tmp_path_factory.mktemp("vocabulary"))
        environment = {**os.environ, "RCDM_DATA": str(running.data)}
        command = [sys.executable, "-m", "services", "vocabulary", "load", str(folder)]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
        assert rcdm(running, "vocabulary", "status")
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file: while Playwright is open, its event loop runs, and no other may in the same process."""
    assert CHROMIUM, "There is no Chromium; install one, or say which in TEST_CHROMIUM."
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", _AS_ELSEWHERE])
        yield opened
        opened.close()


@dataclass
class Sight:
    """A page of a logged-in browser, and what went wrong in all its pages: dialogs, errors, what the policy forbade."""

    page: Page
    system: System
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.system.address + path)
        self.page.locator("main h1").first.wait_for()
        return self.page

    def log_in(self, key: str | None = None) -> None:
        self.page.goto(f"{self.system.address}/#key={key or self.system.key}")
        self.page.get_by_role("navigation").wait_for()


def watched(browser: Browser, system: System, **options: object) -> Sight:
    context = browser.new_context(**{"locale": "en-US", "viewport": {"width": 1440, "height": 900}, **options})  # type: ignore[arg-type]
    context.set_default_timeout(_PATIENCE_MS)
    sight = Sight(context.new_page(), system)
    context.on("dialog", lambda dialog: _refused(sight, dialog))
    context.on("weberror", lambda error: sight.wrong.append(f"error {error.error}"))
    context.on("console", lambda said: _heard(sight, said.type, said.text))
    return sight


def _refused(sight: Sight, dialog: Dialog) -> None:
    sight.wrong.append(f"dialog {dialog.message}")
    dialog.dismiss()


def _heard(sight: Sight, kind: str, text: str) -> None:
    # Answers that are refusals are told there, too: who is not logged in is told so by a 401.
    if kind in ("error", "warning") and "Failed to load resource" not in text:
        sight.wrong.append(f"{kind} {text}")


@pytest.fixture
def sight(browser: Browser, system: System) -> Iterator[Sight]:
    seen = watched(browser, system)
    seen.log_in()
    yield seen
    seen.page.context.close()
    assert seen.wrong == []
