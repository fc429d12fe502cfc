"""One object from its stored bytes to its stored pictures and the message that announces it.

An object that kills its sandbox worker is tried again, and then announced without pictures.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.blobs.keys import extraction_key, png_prefix
from chassis.errors import Refused
from chassis.messaging.ports import BlobStore
from chassis.sandbox.input_file import body_file
from chassis.sandbox.pool import Pool
from chassis.sandbox.process import KeepPart, WorkerDied
from chassis.secrets import SiteKeys
from chassis.settings import Settings
from chassis.telemetry.metrics import PICTURES, STAGES, log, stage
from chassis.telemetry.tracing import note
from imaging.extraction_rules import extraction_rules
from imaging.pixels.errors import NoPictureReason
from imaging.pixels.render import RENDERER_VERSION
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.frame_store import FrameStore
from services.extract.metrics import DEATHS, NO_PICTURES
from services.extract.patient import give_pseudonyms
from services.extract.worker import Answer, answer_of

INLINE_BYTES = 256_000
# For each worker: an object whose body is fetched meanwhile, and one whose pictures are on their way to the store.
_AT_ONCE = 3
_BY_CHANCE = frozenset({NoPictureReason.DECODER_DIED, NoPictureReason.DECODER_LIMIT})


async def described(
    pool: Pool,
    sha256: str,
    body: int,
    keep: KeepPart,
    lexicon: str | None = None,
    assigned: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """What a worker finds in the body behind a descriptor; each picture goes to `keep` as it is drawn.

    `lexicon`: the file of the site's own words, read by the worker. `assigned`: UIDs by keyword, for those it lacks.

    A worker that dies is replaced and the image is tried once more, its pictures coming again from the first; then
    without pictures. Raises Refused for bytes that are no object or that end every worker.
    """
    deaths: list[WorkerDied] = []
    for pictures in (True, True, False):
        said = {"pictures": pictures, "lexicon": lexicon, "assigned": dict(assigned)}
        try:
            answer = answer_of(await pool.run(sha256, body, said, keep))
        except WorkerDied as death:
            cause = "limit" if death.at_limit else "crash"
            DEATHS.labels(cause).inc()
            log.warning("image worker died", cause=cause, sha256=sha256, pictures=pictures)
            deaths.append(death)
        else:
            return answer if pictures else _without_picture(answer, deaths[-1])
    raise Refused("The image workers die of this object, even when they only read its header.")


def _without_picture(answer: Answer, death: WorkerDied) -> Answer:
    picture = answer.extraction.picture
    picture.no_picture_reason = NoPictureReason.DECODER_LIMIT if death.at_limit else NoPictureReason.DECODER_DIED
    picture.no_picture_detail = (
        "drawing takes longer than an image may take" if death.at_limit else "the process that draws it ended twice"
    )
    return answer


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
