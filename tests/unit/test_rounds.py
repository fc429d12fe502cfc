"""Work is looked for again and again, at once when woken; what passes ends a round, what does not ends the loop."""

import asyncio

import asyncpg
import pytest

from chassis.aio import Rounds
from chassis.errors import Unavailable
from tests.waiting import until

_NEVER = 3600.0


async def test_a_round_begins_at_once_and_when_somebody_wakes_it() -> None:
    done = 0

    async def work() -> None:
        nonlocal done
        done += 1

    rounds = Rounds("test", "tester", _NEVER, work)
    task = asyncio.create_task(rounds.run())
    await until(lambda: done == 1)
    rounds.wake()
    await until(lambda: done == 2)
    task.cancel()


async def test_being_woken_while_working_is_not_forgotten() -> None:
    done = 0

    async def work() -> None:
        nonlocal done
        done += 1
        if done == 1:
            rounds.wake()

    rounds = Rounds("test", "tester", _NEVER, work)
    task = asyncio.create_task(rounds.run())
    await until(lambda: done == 2)
    task.cancel()


async def test_what_passes_ends_the_round_and_what_does_not_ends_the_loop() -> None:
    """A statement that waited too long on a busy machine is none of our faults: the process goes on."""
    away, too_slow = Unavailable("The database is away."), asyncpg.QueryCanceledError("statement timeout")
    failures: list[Exception] = [away, too_slow, asyncpg.DeadlockDetectedError("deadlock"), KeyError("ours")]

    async def work() -> None:
        raise failures.pop(0)

    with pytest.raises(KeyError):
        await Rounds("test", "tester", 0.01, work).run()
    assert failures == []
