"""Ids sort by time and are what RFC 9562 calls version 7."""

import time

from chassis.ids import uuid7


def test_ids_say_their_version_and_their_time() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert abs((made.int >> 80) - time.time() * 1000) < 10_000


def test_later_ids_sort_behind() -> None:
    first = uuid7()
    time.sleep(0.002)
    assert first < uuid7()
