"""Spans of batches that belong to several traces, and a process that ends while the collector is away."""

import time
from collections.abc import Iterator

import pytest

from chassis.telemetry.tracing import carried, handling, span, tracing, within
from tests.journey.trace_collector import Collector, collector
from tests.system import free_port

_ONE = {"traceparent": f"00-{'1' * 32}-{'a' * 16}-01"}
_TWO = {"traceparent": f"00-{'2' * 32}-{'b' * 16}-01"}


@pytest.fixture
def collected() -> Iterator[Collector]:
    with collector() as collected:
        yield collected


def _traces(collected: Collector, name: str) -> set[str]:
    return {span.trace[0] for span in collected.spans if span.name == name}


def test_a_batch_of_several_traces_is_a_span_in_each_and_its_steps_go_where_they_belong(collected: Collector) -> None:
    with tracing(collected.address, ["extract"]), handling("extract instance.received", [_ONE, _TWO, {}]):
        with span("of nobody"):
            assert carried() == {}
        with within(_TWO), span("step"):
            assert carried()["traceparent"].startswith(f"00-{'2' * 32}")
        with within({}), span("of an untraced record"):
            pass
    assert _traces(collected, "extract instance.received") == {"1", "2"}
    assert _traces(collected, "step") == {"2"}
    assert {told.name for told in collected.spans} == {"extract instance.received", "step"}


def test_an_error_is_told_by_its_type_alone(collected: Collector) -> None:
    """F13"""
    with (
        tracing(collected.address, ["catalog"]),
        pytest.raises(ValueError, match="Canary"),
        handling("catalog batch", [_ONE]),
        span("write"),
    ):
        raise ValueError("Canary^Kim")
    assert all(b"Canary" not in body for body in collected.bodies)
    assert any(b"ValueError" in body for body in collected.bodies)


def test_what_a_caller_says_of_the_trace_beyond_its_number_goes_no_further(collected: Collector) -> None:
    """F13"""
    with tracing(collected.address, ["ingest"]), handling("x", [{**_ONE, "tracestate": "canary=kim"}]), span("y"):
        assert set(carried()) == {"traceparent"}


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    """C13"""
    started = time.monotonic()
    with tracing(f"http://127.0.0.1:{free_port()}", ["ingest"]), handling("x", [_ONE]):
        pass
    assert time.monotonic() - started < 6
