"""What a log line looks like, whoever writes it, and what never stands in one."""

import asyncio
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from chassis.errors import Unavailable
from chassis.telemetry.logging import configure_logging
from chassis.telemetry.metrics import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # A server that other tests ran may have left its own.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_that_says_when_how_bad_what_and_who(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "extract")
    log.warning("waiting", topic="instance.received")
    (line,) = _lines(capsys)
    assert list(line)[:4] == ["ts", "level", "event", "service"]
    assert line["ts"].endswith("Z")
    assert (line["level"], line["event"], line["service"]) == ("warning", "waiting", "extract")


def test_a_line_names_its_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "ingest")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        log.warning("slow")
    assert _lines(capsys)[0]["request_id"] == "r1"


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "aiokafka.consumer.group_coordinator"])
def test_lines_of_libraries_have_the_same_shape(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logging("json", "front")
    logging.getLogger(name).warning("Heartbeat failed: %s", "late")
    (line,) = _lines(capsys)
    assert (line["event"], line["logger"], line["service"]) == ("Heartbeat failed: late", name, "front")


def test_a_warning_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "front")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert _lines(capsys)[0]["logger"] == "py.warnings"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_text_of_a_foreign_exception_is_never_told(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """F13: what a library choked on may be a name."""
    configure_logging(form, "catalog")
    try:
        try:
            raise ValueError("Canary^Kim")
        except ValueError as error:
            raise Unavailable("The database is away.") from error
    except Unavailable:
        log.error("failed", exc_info=True)
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    said = capsys.readouterr().err
    assert "Canary" not in said
    assert said.count("Unavailable: The database is away.") == said.count("ValueError") == 2


async def test_a_task_nobody_waited_for_is_told_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """F13"""
    configure_logging("json", "catalog")

    async def fails() -> None:
        raise ValueError("Canary^Kim")

    loop = asyncio.get_running_loop()
    task = loop.create_task(fails())
    await asyncio.wait({task})
    told = {"message": "Task exception was never retrieved", "future": task, "exception": task.exception()}
    loop.call_exception_handler(told)
    (line,) = _lines(capsys)
    assert "Canary" not in str(line)
    assert (line["logger"], line["reason"]) == ("asyncio", "ValueError")


def test_people_read_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("text", "catalog")
    log.warning("waiting", topic="instance.received")
    log.debug("handled")
    (line,) = capsys.readouterr().err.splitlines()
    assert "waiting" in line
    assert "topic=instance.received" in line
