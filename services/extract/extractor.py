"""One object from its stored bytes to its stored pictures and the message that announces it."""

import asyncio

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Refused
from chassis.layout import extraction_key, png_prefix
from chassis.ports import BlobStore
from chassis.secrets import SiteKeys
from chassis.settings import Settings
from chassis.telemetry import PICTURES, STAGES, stage
from chassis.tracing import note
from chassis.workers.body_file import body_file
from chassis.workers.pool import Pool
from imaging.extraction_rules import extraction_rules
from imaging.no_picture import NoPictureReason
from imaging.pixels import RENDERER_VERSION
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.describing import described
from services.extract.frame_store import FrameStore
from services.extract.metrics import NO_PICTURES
from services.extract.pseudonyms import give_pseudonyms
from services.extract.work import Answer

INLINE_BYTES = 256_000
# For each worker: an object whose body is fetched meanwhile, and one whose pictures are on their way to the store.
_AT_ONCE = 3
_BY_CHANCE = frozenset({NoPictureReason.DECODER_DIED, NoPictureReason.DECODER_LIMIT})


class Extractor:
    """Extracts many objects at once, but holds no more of them than keep the workers busy."""

    def __init__(self, blobs: BlobStore, keys: SiteKeys, pool: Pool, settings: Settings) -> None:
        self._blobs, self._keys, self._pool = blobs, keys, pool
        self._lexicon = str(settings.lexicon) if settings.lexicon else None
        self._turns = asyncio.Semaphore(settings.extract_processes * _AT_ONCE)

    async def extract(self, received: pb.InstanceReceived) -> pb.InstanceExtracted:
        """Its pictures, and an extraction too large for an event, are stored when it returns.

        Raises BlobMissing, Refused for bytes that were altered or cannot be read, Unavailable.
        """
        async with self._turns:
            answer = await self._describe(received.instance, received.again)
        extraction = answer.extraction
        extraction.rules = extraction_rules(RENDERER_VERSION)
        give_pseudonyms(extraction.person, received.instance, answer.identity, self._keys)
        if extraction.picture.no_picture_reason:
            NO_PICTURES.labels(extraction.picture.no_picture_reason).inc()
        return await self._message(received, extraction)

    async def _describe(self, instance: pb.Instance, again: bool) -> Answer:
        prefix = png_prefix(instance.sha256, RENDERER_VERSION)
        async with FrameStore(self._blobs, prefix) as store:
            async with body_file("extract", self._blobs, instance.blob_key, instance.size) as body:
                with stage("extract", "describe"):
                    answer = await described(
                        self._pool, instance.sha256, body, store.keep, self._lexicon, _assigned(instance)
                    )
                    _tell_seconds(answer)
            await store.all_kept()
            picture = answer.extraction.picture
            if again and picture.no_picture_reason in _BY_CHANCE:
                # A frozen version may hold the pictures of before; they lie where these would.
                raise Refused("The image workers die of this object; what was read of it before stays.")
            if picture.no_picture_reason:
                await store.forget()
            elif {frame.number for frame in picture.frames} != store.frames:
                raise Refused("An image worker told of other frames than it drew.")
            else:
                picture.png_prefix = prefix
                PICTURES.inc(len(store.frames))
        return answer

    async def _message(self, received: pb.InstanceReceived, extraction: pb.Extraction) -> pb.InstanceExtracted:
        now = Timestamp()
        now.GetCurrentTime()
        message = pb.InstanceExtracted(
            instance=received.instance,
            received_at=received.received_at,
            extracted_at=now,
            no_picture_reason=extraction.picture.no_picture_reason,
        )
        if received.HasField("diagnosis"):
            message.diagnosis.CopyFrom(received.diagnosis)
        body = extraction.SerializeToString(deterministic=True)
        if len(body) <= INLINE_BYTES:
            message.extraction.CopyFrom(extraction)
        else:
            message.extraction_key = extraction_key(received.instance.sha256)
            await self._blobs.put(message.extraction_key, body)
        return message


def _assigned(instance: pb.Instance) -> dict[str, str]:
    """By keyword, the UIDs that were assigned to an object without usable ones."""
    uids = {
        "SOPClassUID": instance.sop_class_uid,
        "SOPInstanceUID": instance.sop_instance_uid,
        "StudyInstanceUID": instance.study_instance_uid,
        "SeriesInstanceUID": instance.series_instance_uid,
    }
    return {keyword: uid for keyword, uid in uids.items() if keyword in instance.assigned_uids}


def _tell_seconds(answer: Answer) -> None:
    for name, seconds in answer.seconds.items():
        STAGES.labels("extract", name).observe(seconds)
    note(**{f"{name}_seconds": seconds for name, seconds in answer.seconds.items()})
