"""What an image worker does: one body becomes pictures and what the header says. Started by the pool."""

import json
from pathlib import Path

from chassis.workers.child import Body, NotTaken, Service, is_whole, serve
from chassis.workers.wire import Task
from imaging.lexicon import use_site_lexicon
from imaging.pixels import Picture
from imaging.refusal import Refusal
from services.extract.describe import describe
from services.extract.laps import Laps
from services.extract.work import IDENTITY, SPENT


def describe_body(task: Task, body: Body, service: Service) -> bytes:
    """An rcdm.v1.Extraction; each picture is a part, numbered as its frame."""
    laps = Laps()
    if not is_whole(task, body):
        raise NotTaken("altered", "The stored bytes are not those that were received: their digest is another one.")
    laps.lap("verify")
    lexicon = task.said.get("lexicon")
    use_site_lexicon(Path(lexicon) if lexicon else None)

    def emit(picture: Picture) -> None:
        service.part(picture.frame, picture.png)

    try:
        found = describe(body, emit if task.said["pictures"] else None, laps, task.said["assigned"])
    except Refusal as refusal:
        raise NotTaken(refusal.code, str(refusal)) from None
    service.note(SPENT, json.dumps(laps.seconds).encode())
    service.note(IDENTITY, found.identity)
    return found.extraction.SerializeToString()


if __name__ == "__main__":
    serve(describe_body)
