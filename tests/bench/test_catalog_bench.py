"""How quickly extractions become rows, also those of one study that grows batch by batch."""

import json
import time
from collections.abc import Iterator, Sequence

import pytest

from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.makers import ct_bytes

pytestmark = pytest.mark.bench


def _messages(studies: int, images: int, first: int) -> Iterator[pb.InstanceExtracted]:
    """Copies of one extraction with about 10 kB of tags and UIDs of their own."""
    template, _ = extracted(ct_bytes())
    tags = json.loads(template.extraction.tags)
    tags |= {f"0029{0x1000 + place:04X}": {"vr": "LO", "Value": [f"private value {place}"]} for place in range(170)}
    for study in range(first, first + studies):
        for image in range(images):
            tags["00200013"]["Value"], tags["00200032"]["Value"] = [image], [0, 0, -image]
            message = pb.InstanceExtracted()
            message.CopyFrom(template)
            message.extraction.tags = json.dumps(tags)
            message.extraction.person.key = f"person {study}"
            message.instance.study_instance_uid = f"1.2.{study}"
            message.instance.series_instance_uid = f"1.2.{study}.{image // 100}"
            message.instance.sop_instance_uid = f"1.2.{study}.9.{image}"
            yield message


async def _rate(shelf: Shelf, messages: Sequence[pb.InstanceExtracted], size: int) -> tuple[float, list[float]]:
    seconds = []
    for first in range(0, len(messages), size):
        started = time.perf_counter()
        await shelf.take(*messages[first : first + size])
        seconds.append(time.perf_counter() - started)
    return len(messages) / sum(seconds), seconds


async def test_rows_a_second(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as shelf:
        await shelf.take(*_messages(1, 1, 1))
        many, _ = await _rate(shelf, list(_messages(50, 40, 100)), 200)
        big, seconds = await _rate(shelf, list(_messages(1, 2000, 1000)), 100)
    print(f"\n50 studies of 40 images, batches of 200: {many:.0f} images/s")
    print(f"one study of 2,000, batches of 100: {big:.0f} images/s, first {seconds[0]:.3f} s, last {seconds[-1]:.3f} s")
