"""The last good value: how often it is read, how long it counts, and that it never answers for good when it is gone."""

import asyncio

import pytest

from chassis.auth.stale_cache import Ages, LastGood
from chassis.errors import Unavailable


class Elsewhere:
    """Where the value is kept: counts its readers, and can be away. Its clock stands until it is moved."""

    def __init__(self) -> None:
        self.now, self.reads, self.is_away = 100.0, 0, False

    async def read(self) -> int:
        self.reads += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable("away")
        return self.reads


def cached(there: Elsewhere, fresh: float = 15, pause: float = 1, good: float = 45) -> LastGood[int]:
    return LastGood("It", there.read, Ages(fresh, pause, good), lambda: there.now)


async def test_it_is_read_once_while_it_is_fresh() -> None:
    there = Elsewhere()
    value = cached(there)
    assert [await value.get() for _ in range(5)] == [1] * 5
    there.now += 15.1
    assert await value.get() == 2


async def test_a_thousand_misses_are_one_read() -> None:
    """F2"""
    there = Elsewhere()
    value = cached(there)
    await value.get()
    there.now += 2
    await asyncio.gather(*(value.get(missed=True) for _ in range(1000)))
    assert there.reads == 2


async def test_who_asks_for_something_newer_gets_it_and_shares_the_read() -> None:
    there = Elsewhere()
    value = cached(there, pause=0)
    await value.get()
    there.now += 0.001
    assert set(await asyncio.gather(*(value.newer() for _ in range(50)))) == {2}


async def test_the_last_good_value_counts_for_its_time_and_not_longer() -> None:
    """F3: never open."""
    there = Elsewhere()
    value = cached(there)
    await value.get()
    there.is_away = True
    there.now += 44
    assert await value.get() == 1
    there.now += 2
    with pytest.raises(Unavailable):
        await value.get()
    there.is_away, there.now = False, there.now + 1
    assert await value.get() > 1


async def test_what_was_never_read_lets_nobody_in() -> None:
    there = Elsewhere()
    there.is_away = True
    with pytest.raises(Unavailable):
        await cached(there).get()
    with pytest.raises(Unavailable):
        await cached(there, pause=0).newer()


async def test_what_is_away_is_not_asked_more_often_than_the_pause() -> None:
    there = Elsewhere()
    there.is_away = True
    value = cached(there)
    for _ in range(10):
        with pytest.raises(Unavailable):
            await value.get()
    assert there.reads == 1
