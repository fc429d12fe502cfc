"""Hostile files, dying workers, poison: the service stays, the next object is handled, the cause is told."""

import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from chassis.blobs.keys import dicom_key
from chassis.messaging.topics import INSTANCE_RECEIVED
from imaging.pixels.errors import NoPictureReason
from services.extract.metrics import DEATHS
from tests.addresses import empty_database
from tests.journey.extract_stage import Stage, image_workers, open_stage, received, running
from tests.makers import ct_bytes, ct_dataset, file_bytes
from tests.waiting import until

_MEMORY_BYTES = 600 << 20


@pytest.fixture(scope="module")
async def stage(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    limits = {"decode_memory_bytes": _MEMORY_BYTES, "decode_cpu_seconds": 1, "decode_wall_seconds": 20}
    folder = tmp_path_factory.mktemp("extract")
    async with empty_database(postgres_server) as dsn, open_stage(dsn, folder, **limits) as stage, running(stage):
        yield stage


async def test_a_worker_killed_in_the_middle_is_replaced_and_the_image_done(stage: Stage) -> None:
    """B11, B9"""
    # More pictures than fit between the worker and the store: when the first one lies there, it still draws.
    frames, deaths, us = 150, _deaths("crash"), os.getpid()
    pixels = np.random.default_rng(1).integers(0, 4096, (frames, 256, 256), dtype="<u2").tobytes()
    (message,) = await stage.receive(ct_bytes(Rows=256, Columns=256, NumberOfFrames=frames, PixelData=pixels))

    async def has_begun() -> bool:
        return any(message.instance.sha256 in key for key in await stage.pictures())

    await until(has_begun)
    image_workers()[0].kill()
    await stage.settled()
    picture = (await stage.extracted())[message.instance.sha256].extraction.picture
    assert len(picture.frames) == frames
    assert (_deaths("crash"), os.getpid()) == (deaths + 1, us)


async def test_an_image_that_eats_processor_time_gives_a_reason_and_the_next_one_its_picture(stage: Stage) -> None:
    """B9, B11"""
    deaths = _deaths("limit")
    slow = await stage.receive(_rle(rows=2048, frames=150))
    quick = await stage.receive(ct_bytes())
    await stage.settled()
    told = await stage.extracted()
    assert told[slow[0].instance.sha256].no_picture_reason == NoPictureReason.DECODER_LIMIT
    assert told[slow[0].instance.sha256].extraction.tags
    assert told[quick[0].instance.sha256].no_picture_reason == ""
    assert _deaths("limit") == deaths + 2
    assert not any(slow[0].instance.sha256 in key for key in await stage.pictures())


async def test_an_image_that_eats_memory_gives_a_reason_and_the_next_one_its_picture(stage: Stage) -> None:
    """B9"""
    large = await stage.receive(_rle(rows=11_000, frames=1))
    small = await stage.receive(ct_bytes())
    await stage.settled()
    told = await stage.extracted()
    reasons = (NoPictureReason.DECODER_LIMIT, NoPictureReason.DECODER_DIED, NoPictureReason.UNDECODABLE)
    assert told[large[0].instance.sha256].no_picture_reason in reasons
    assert told[small[0].instance.sha256].no_picture_reason == ""


async def test_poison_is_buried_with_its_cause_and_the_others_are_handled(stage: Stage) -> None:
    """C9, B18: random bytes, a missing object, altered bytes, a cut file, no message at all."""
    before = len(await stage.buried())
    noise = os.urandom(5_000)
    cut = ct_bytes()[:-10]
    template = received(ct_bytes())
    facts = {"study_instance_uid": template.instance.study_instance_uid}
    for body in (noise, cut):
        sha256 = hashlib.sha256(body).hexdigest()
        await stage.announce(body, received(ct_bytes(), **facts, sha256=sha256, blob_key=dicom_key(sha256)))
    await stage.announce(None, template)
    await stage.announce(other := ct_bytes(), received(other, sha256="0" * 64))
    broken = INSTANCE_RECEIVED.event("1.2", template)
    await stage.home.events.append(INSTANCE_RECEIVED.name, [replace(broken, value=b"\xff\xff\xff")])
    (good,) = await stage.receive(ct_bytes())
    await stage.settled()
    reasons = sorted(record.headers["dead-reason"] for record in (await stage.buried())[before:])
    wanted = ("BadRequest", "BlobMissing", "(altered)", "(not_dicom)", "(truncated)")
    assert len(reasons) == len(wanted)
    assert all(any(word in reason for reason in reasons) for word in wanted)
    assert good.instance.sha256 in await stage.extracted()


async def test_workers_end_with_the_service(postgres_server: str, tmp_path: Path) -> None:
    """C13"""
    ours = set(image_workers())
    async with empty_database(postgres_server) as dsn, open_stage(dsn, tmp_path) as stage, running(stage):
        new = set(image_workers()) - ours
        assert len(new) == 1
    assert not any(process.is_running() for process in new)


def _rle(rows: int, frames: int) -> bytes:
    """Zeros, in RLE: little to send, much to decode (PS3.5 G)."""
    pixels = rows * rows
    segment = b"\x81\x00" * (pixels // 128) + (bytes([257 - pixels % 128, 0]) if pixels % 128 > 1 else b"")
    segment += bytes(len(segment) % 2)
    header = np.array([2, 64, 64 + len(segment)] + [0] * 13, "<u4").tobytes()
    dataset = ct_dataset(Rows=rows, Columns=rows, NumberOfFrames=frames)
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dataset.PixelData = encapsulate([header + segment + segment] * frames)
    dataset["PixelData"].is_undefined_length = True
    return file_bytes(dataset)


def _deaths(cause: str) -> float:
    return float(DEATHS.labels(cause)._value.get())
