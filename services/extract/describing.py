"""One object described by the image workers: tried again when a worker dies of it, and told without pictures then."""

from collections.abc import Mapping
from types import MappingProxyType

from chassis.errors import Refused
from chassis.telemetry import log
from chassis.workers.pool import Pool
from chassis.workers.process import KeepPart, WorkerDied
from imaging.no_picture import NoPictureReason
from services.extract.metrics import DEATHS
from services.extract.work import Answer, answer_of


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
