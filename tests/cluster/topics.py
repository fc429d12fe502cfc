"""What stands in a cluster's topics, read beside its services; and what somebody else may write there."""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from chassis.errors import BadRequest
from chassis.messaging.kafka.log import kafka_log
from chassis.messaging.ports import Event, Record
from chassis.messaging.topics import INSTANCE_EXTRACTED, INSTANCE_RECEIVED, Topic
from proto.rcdm.v1 import events_pb2 as pb
from tests.cluster.home import Places
from tests.contract.groups import member_of
from tests.waiting import until

Order = dict[str, list[str]]  # of each study, its images in the order they were first told of

_READ_SECONDS = 60


def received_order(places: Places, hospital: str) -> Order:
    return _order(_instances(places, INSTANCE_RECEIVED), hospital)


def extracted_order(places: Places, hospital: str) -> Order:
    return _order(_instances(places, INSTANCE_EXTRACTED), hospital)


def _instances(places: Places, topic: Topic[Any]) -> list[pb.Instance]:
    """The cluster is shared: what a test of poison wrote there is left out."""
    found = []
    for record in _read(places, topic.name):
        with suppress(BadRequest):
            found.append(topic.decode(record).message.instance)
    return found


def append(places: Places, topic: str, events: Sequence[Event]) -> None:
    """As a stranger could who may write to Kafka."""

    async def send() -> None:
        async with kafka_log(places.events, 4, "") as log:
            await log.append(topic, events)

    asyncio.run(send())


def lag(places: Places, topic: str, group: str) -> int:
    """What KEDA reads: records the group has not committed."""

    async def ask() -> int:
        async with kafka_log(places.events, 4, "") as log:
            return await log.lag(topic, group)

    return asyncio.run(ask())


def _order(instances: Sequence[pb.Instance], hospital: str) -> Order:
    order: Order = {}
    for instance in instances:
        images = order.setdefault(instance.study_instance_uid, [])
        if instance.hospital == hospital and instance.sop_instance_uid not in images:
            images.append(instance.sop_instance_uid)
    return {study: images for study, images in order.items() if images}


def _read(places: Places, topic: str) -> list[Record]:
    async def read() -> list[Record]:
        group = f"reader-{secrets.token_hex(4)}"
        async with kafka_log(places.events, 4, "") as log, member_of(log, topic, group) as reader:

            async def is_read() -> bool:
                return bool(reader.records) and await log.lag(topic, group) == 0

            await until(is_read, _READ_SECONDS, f"all of {topic}")
            return reader.records

    return asyncio.run(read())
