"""Volumes in NIfTI-1: the images of one series in one folder, de-identified, handed to dcm2niix together.

The program runs as a process of its own with limits, in a folder of its own, and sees nothing but cleaned objects.
"""

import asyncio
import gzip
import hashlib
import json
import os
import resource
import shutil
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.bounded import gather_bounded
from chassis.layout import file_key
from chassis.service import Home
from chassis.telemetry import log
from services.export.making import Made, Maker, Withheld, weighed
from services.export.member import Member

# Raised when the same objects would give other bytes; the version of dcm2niix counts too.
VOLUME_VERSION = 1
_SECONDS = 600
_MEMORY_BYTES, _FILE_BYTES = 8 << 30, 8 << 30
_LEVEL = 6
# Of what dcm2niix writes beside a volume everything but where it was read from.
_UNTOLD = frozenset({"PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "InstitutionAddress"})


@dataclass(frozen=True)
class Volume:
    """One volume and what is told of it beside, both stored."""

    body: Made
    sidecar: Made


class VolumeMaker:
    """Makes the volumes of one version."""

    def __init__(self, home: Home, maker: Maker, name: str) -> None:
        self._home, self._maker, self._name = home, maker, name

    async def volumes_of(self, members: Sequence[Member]) -> tuple[list[Volume], dict[int, Withheld]]:
        """Of one series in one folder; and of which of its images nothing could be made, by ordinal.

        Raises BuildFailed, Unavailable.
        """
        with tempfile.TemporaryDirectory(prefix="rcdm-volume-") as name:
            source, target = Path(name) / "in", Path(name) / "out"
            source.mkdir()
            target.mkdir()
            withheld = await self._put_objects(members, source)
            used = [member for member in members if member.ordinal not in withheld]
            if not used or not await _run(source, target):
                return [], withheld | {member.ordinal: Withheld("not_a_volume") for member in used}
            digest = self._digest(used)
            made = [
                await self._stored(volume, f"{digest}-{number}", used)
                for number, volume in enumerate(sorted(target.glob("*.nii")), start=1)
            ]
        if not made:
            return [], withheld | {member.ordinal: Withheld("not_a_volume") for member in used}
        return made, withheld

    async def _put_objects(self, members: Sequence[Member], folder: Path) -> dict[int, Withheld]:
        async def put(member: Member) -> tuple[int, Withheld | None]:
            return member.ordinal, await self._maker.write_object(member, folder / f"{member.ordinal:08d}.dcm")

        found = await gather_bounded(self._maker.at_once, put, members)
        return {ordinal: outcome for ordinal, outcome in found if outcome is not None}

    def _digest(self, members: Sequence[Member]) -> str:
        parts = [(member.dicom_sha256, *self._maker.decides(member)) for member in members]
        return hashlib.sha256(repr(("nifti", VOLUME_VERSION, _program_version(), parts)).encode()).hexdigest()

    async def _stored(self, volume: Path, digest: str, members: Sequence[Member]) -> Volume:
        packed, sidecar = volume.with_suffix(".nii.gz"), volume.with_suffix(".json")
        await asyncio.to_thread(_pack, volume, packed)
        sidecar.write_bytes(_told(sidecar))
        keys = [file_key(self._name, digest, ending) for ending in ("nii.gz", "json")]
        await self._maker.announce(members[0].image_id, keys)
        made = []
        for key, path in zip(keys, (packed, sidecar), strict=True):
            weight = await asyncio.to_thread(weighed, path)
            await self._home.blobs.put(key, path)
            made.append(Made(key, weight.bytes, weight.sha256, weight.crc32, {"images": len(members)}))
        await self._maker.remember(made)
        return Volume(*made)


async def _run(source: Path, target: Path) -> bool:
    """Whether dcm2niix ended well; what it prints may quote a header and is not kept."""
    from dcm2niix import bin_path  # the package looks for its version when it is imported

    arguments = ["-b", "y", "-ba", "y", "-z", "n", "-w", "1", "-s", "n", "-f", "volume", "-o", str(target), str(source)]
    process = await asyncio.create_subprocess_exec(
        str(bin_path), *arguments, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, env={"PATH": os.defpath},
        cwd=target, start_new_session=True, preexec_fn=_confine,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            code = await process.wait()
    except TimeoutError:
        code = -1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        log.warning("dcm2niix gave no volume", service="export", code=code)
    return code == 0


def _confine() -> None:
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CPU, _SECONDS),
    ):
        resource.setrlimit(what, (most, most))


def _pack(volume: Path, target: Path) -> None:
    """The same volume is the same bytes: no name and no time in the head (RFC 1952)."""
    with volume.open("rb") as body, target.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        shutil.copyfileobj(body, packed, 1 << 20)
    volume.unlink()


def _told(path: Path) -> bytes:
    """The sidecar without what could point back; an empty one where dcm2niix wrote none."""
    said: dict[str, Any] = json.loads(path.read_text("utf-8", errors="replace")) if path.exists() else {}
    kept = {name: value for name, value in said.items() if name not in _UNTOLD}
    return (json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _program_version() -> str:
    from importlib.metadata import version

    return version("dcm2niix")
