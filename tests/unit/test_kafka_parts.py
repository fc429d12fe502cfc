"""The parts of the log on Kafka that need no Kafka."""

import asyncio
import logging

import pytest
from aiokafka import ConsumerRecord
from aiokafka.errors import (
    KafkaConnectionError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
)

from chassis.errors import Unavailable
from chassis.messaging.kafka.client import LazyClient, Rarely, record_of, translated
from chassis.messaging.kafka.subscription import fitting
from tests.waiting import until


class Client:
    """Counts itself, opened and closed."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.closed: list[int] = []
        self.is_away = False

    async def open(self) -> int:
        if self.is_away:
            raise KafkaConnectionError("away")
        self.opened.append(len(self.opened))
        return self.opened[-1]

    async def close(self, number: int) -> None:
        self.closed.append(number)


async def test_a_client_is_opened_once_and_when_it_is_needed() -> None:
    client = Client()
    lazy = LazyClient(client.open, client.close)
    assert client.opened == []
    for _ in range(2):
        async with lazy.use(1) as number:
            assert number == 0
    await lazy.close()
    assert (client.opened, client.closed) == ([0], [0])


async def test_a_client_that_failed_is_replaced() -> None:
    client = Client()
    lazy = LazyClient(client.open, client.close)
    with pytest.raises(KafkaConnectionError):
        async with lazy.use(1):
            raise KafkaConnectionError("fenced")
    with pytest.raises(TimeoutError):
        async with lazy.use(0.01):
            await asyncio.Event().wait()
    async with lazy.use(1) as number:
        assert number == 2
    await until(lambda: client.closed == [0, 1])
    await lazy.close()


async def test_a_client_that_could_not_be_opened_is_tried_again() -> None:
    client = Client()
    lazy = LazyClient(client.open, client.close)
    client.is_away = True
    with pytest.raises(KafkaConnectionError):
        async with lazy.use(1):
            pass
    client.is_away = False
    async with lazy.use(1) as number:
        assert number == 0
    await lazy.close()


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (KafkaConnectionError("x"), "does not answer"),
        (ConnectionResetError(), "does not answer"),
        (TimeoutError(), "does not answer"),
        (SaslAuthenticationFailed(), "does not let us in"),
        (TopicAuthorizationFailedError("t"), "grant"),
        (MessageSizeTooLargeError(), "max.message.bytes"),
    ],
)
def test_what_is_away_is_unavailable_with_what_to_do(error: Exception, word: str) -> None:
    with pytest.raises(Unavailable, match=word), translated():
        raise error


def test_a_mistake_of_ours_is_not_unavailable() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError


def test_as_many_records_go_together_as_fit() -> None:
    assert [fitting([], 10), fitting([11, 1], 10), fitting([5, 5, 1], 10), fitting([1, 1], 10)] == [0, 1, 2, 2]


def test_what_others_wrote_does_not_stop_a_partition() -> None:
    """C9: no key, no value, text that is none: the topic's decoder will say what it thinks of it."""
    headers = (("type", b"\xff"), ("none", None))
    found = ConsumerRecord("siteA.t", 2, 7, 0, 0, None, None, None, -1, -1, headers)
    record = record_of(found, "t")
    assert (record.topic, record.partition, record.offset, record.key, record.value) == ("t", 2, 7, "", b"")
    assert record.headers == {"type": "\ufffd", "none": ""}


def test_each_kind_of_warning_is_told_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    """While Kafka is away its client writes dozens of lines a second."""
    logger = logging.Logger("aiokafka.test")
    logger.addHandler(Rarely())
    for number in range(1_000):
        logger.error("Unable connect to node with id %s", number)
    logger.warning("Another kind")
    logger.info("never told")
    told = capsys.readouterr()
    assert len((told.out + told.err).splitlines()) == 2
