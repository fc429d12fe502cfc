"""A command waits for a server that comes back, and for nothing else."""

from collections.abc import Callable

import httpx
import pytest

from services.cli.client.http import patiently


def answering(*answers: httpx.Response | Exception) -> Callable[[], httpx.Response]:
    """Each call has the next of the answers."""
    waiting = iter(answers)

    def call() -> httpx.Response:
        answer = next(waiting)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


@pytest.mark.parametrize("away", [httpx.Response(503), httpx.ConnectError("refused")], ids=["said so", "silent"])
def test_a_server_that_was_away_is_asked_again(away: httpx.Response | Exception) -> None:
    assert patiently(answering(away, httpx.Response(200))).status_code == 200


@pytest.mark.parametrize("status", [404, 422, 500])
def test_what_would_be_the_same_again_is_answered_at_once(status: int) -> None:
    assert patiently(answering(httpx.Response(status))).status_code == status
