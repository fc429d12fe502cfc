"""`make bench-viewer`: how quickly the search page is there, follows a filter and scrolls, among a million studies."""

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from playwright.sync_api import Page, sync_playwright

from chassis.db.embedded.server import embedded_postgres
from chassis.telemetry.logging import configure_logging
from tests.bench.synthetic_catalog import fill_studies, make_lookups
from tests.system import System, running_system
from tests.web.conftest import CHROMIUM, watched

_TIMES = 5
_PATIENCE_MS = 60_000
_FRAMES = 300
_CLICKS = ("CT", "CHEST", "AXIAL", "ARTERIAL")
_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""
_HAS_ROWS = """() => document.querySelectorAll('[role="table"] [role="row"]').length > 5"""
# Milliseconds from a click on a filter to another heading, and to other counts beside the filters.
_CLICK = """async (name) => {
    const said = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent).join();
    const changed = async (selector, before) => {
        while (said(selector) === before) {
            if (performance.now() > start + PATIENCE) throw new Error(`${selector} stays: ${before}`);
            await new Promise(requestAnimationFrame);
        }
        return performance.now();
    };
    const box = [...document.querySelectorAll("aside input[type=checkbox]")]
        .find((one) => one.labels[0].textContent.trim() === name);
    const numbers = "aside fieldset p";
    const [found, counts] = [said("h1"), said(numbers)];
    const settled = async () => {
        await changed("h1", found);
        while (said("h1").startsWith("at least")) await new Promise(requestAnimationFrame);
        return performance.now();
    };
    const start = performance.now();
    box.click();
    const ends = await Promise.all([settled(), changed(numbers, counts)]);
    return ends.map((end) => end - start);
}""".replace("PATIENCE", str(_PATIENCE_MS))
# Milliseconds between frames while the table moves by a row in each; and how often a frame had nothing to show.
_SCROLL = """async (frames) => {
    const table = document.querySelector('[role="table"]').parentElement;
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < frames; frame++) {
        table.scrollTop += 56;
        const now = await new Promise(requestAnimationFrame);
        times.push(now - last);
        last = now;
    }
    return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="A file for the table.")
    given = parser.parse_args()
    assert CHROMIUM, "There is no Chromium; install one, or say which in TEST_CHROMIUM."
    configure_logging("text", "bench")
    with tempfile.TemporaryDirectory(prefix="rcdm-bench-viewer-") as folder:
        data = Path(folder) / "data"
        with running_system(data):
            pass  # makes the tables
        started = time.monotonic()
        asyncio.run(_fill(data, given.studies))
        lines = [
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, Chromium without a "
            "graphics card, everything on the one machine",
            "",
            f"{given.studies:,} studies, filled in {time.monotonic() - started:.0f} s",
            "",
        ]
        with running_system(data) as system:
            lines += _measured(system)
    print("\n".join(lines))
    if given.keep:
        given.keep.write_text("\n".join(lines) + "\n")


async def _fill(data: Path, studies: int) -> None:
    async with embedded_postgres(data) as dsn:
        connection = await asyncpg.connect(dsn)
        await make_lookups(connection)
        await connection.close()
        await fill_studies(dsn, studies)


def _measured(system: System) -> list[str]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        sight = watched(browser, system)
        sight.log_in()
        page = sight.page
        page.context.set_default_timeout(_PATIENCE_MS)
        page.set_default_timeout(_PATIENCE_MS)
        painted, rows = zip(*(_opened(page, system.address) for _ in range(_TIMES)), strict=True)
        clicked = {name: [_clicked(page, system.address, name) for _ in range(_TIMES)] for name in _CLICKS}
        _opened(page, system.address)
        frames = page.evaluate(_SCROLL, _FRAMES)
        browser.close()
        assert sight.wrong == [], sight.wrong
    return [
        f"Median of {_TIMES}, and the slowest, in ms:",
        "",
        "| what | median | slowest |",
        "|---|---:|---:|",
        _row("first paint", painted),
        _row("first rows in the table", rows),
        *(
            line
            for name, times in clicked.items()
            for line in (
                _row(f"click on {name} to the new number of studies", [one for one, _ in times]),
                _row(f"click on {name} to the new counts of all filters", [one for _, one in times]),
            )
        ),
        _row(f"a frame while scrolling, of {_FRAMES}", frames),
        "",
        f"Frames longer than 50 ms: {sum(one > 50 for one in frames)} of {_FRAMES}.",
    ]


def _opened(page: Page, address: str) -> tuple[float, float]:
    """Milliseconds from the start of the navigation."""
    page.goto(address)
    page.wait_for_function(_HAS_ROWS)
    rows = page.evaluate("() => performance.now()")
    page.wait_for_function("() => document.querySelector('aside input[type=checkbox]') !== null")
    page.wait_for_function("() => !document.querySelector('h1').textContent.startsWith('at least')")
    return page.evaluate(_PAINTED), rows


def _clicked(page: Page, address: str, name: str) -> tuple[float, float]:
    """On a page that asks for nothing more: its charts come last, and are no part of what follows a click."""
    _opened(page, address)
    page.wait_for_load_state("networkidle")
    found, counts = page.evaluate(_CLICK, name)
    return found, counts


def _row(what: str, times: Sequence[float]) -> str:
    return f"| {what} | {statistics.median(times):.0f} | {max(times):.0f} |"


if __name__ == "__main__":
    main()
