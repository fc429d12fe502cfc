"""Whether an object that comes under a known UID is the image that is here, in another encoding.

Decoding is the work of a confined worker; it is asked only where UIDs clash.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.blobs.keys import dicom_key
from chassis.errors import BlobMissing, Refused
from chassis.messaging.ports import BlobStore
from chassis.sandbox.input_file import body_file
from chassis.sandbox.pool import Pool
from chassis.sandbox.process import WorkerDied
from chassis.sandbox.protocol import MiB, Work
from services.ingest.ledger import KeptObject
from services.ingest.outcomes import Secured

WORK = Work("services.ingest.worker", part_bytes=MiB, note_bytes=MiB, result_bytes=MiB)


@dataclass(frozen=True)
class _Likeness:
    pixels: str | None
    patient: str
    header: str


class SameImages:
    """Compares objects whose bytes lie in the blob store."""

    def __init__(self, blobs: BlobStore, pool: Pool) -> None:
        self._blobs, self._pool = blobs, pool

    async def pairs(self, kept: Mapping[str, KeptObject], files: Sequence[Secured]) -> set[tuple[str, str]]:
        """Pairs of digests that are one image, the kept one first. `kept` by SOP Instance UID.

        Of several files of one new UID the first is the one that will be kept.
        """
        first, found = dict(kept), set()
        known: dict[str, _Likeness | None] = {}
        for file in files:
            if file.reason is not None or file.header is None or file.sha256 is None:
                continue
            own = KeptObject(file.sha256, file.bytes, file.header.transfer_syntax_uid)
            other = first.setdefault(file.header.sop_instance_uid, own)
            if other.sha256 != own.sha256 and await self._are_same(other, own, known):
                found.add((other.sha256, own.sha256))
        return found

    async def _are_same(self, kept: KeptObject, new: KeptObject, known: dict[str, _Likeness | None]) -> bool:
        """Equal pixels of one patient, in another encoding or with an equal header: else something was changed."""
        for one in (kept, new):
            if one.sha256 not in known:
                known[one.sha256] = await self._likeness(one)
        here, there = known[kept.sha256], known[new.sha256]
        if here is None or there is None or (here.pixels, here.patient) != (there.pixels, there.patient):
            return False
        is_encoded_anew = here.pixels is not None and kept.transfer_syntax_uid != new.transfer_syntax_uid
        return is_encoded_anew or here.header == there.header

    async def _likeness(self, one: KeptObject) -> _Likeness | None:
        try:
            async with body_file("ingest", self._blobs, dicom_key(one.sha256), one.bytes) as body:
                result = await self._pool.run(one.sha256, body, {}, _keep_nothing)
            return _Likeness(**json.loads(result.body))
        except (BlobMissing, Refused, WorkerDied, ValueError, TypeError):
            return None


async def _keep_nothing(_: int, __: bytes) -> None:
    """The worker sends no parts."""
