"""Extractions of one CT image with UIDs, places and patients of their own, as many as are asked for."""

import json
from collections.abc import Iterator

from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.catalog_shelf import extracted
from tests.makers import ct_bytes

_IMAGES_PER_STUDY, _IMAGES_PER_SERIES = 100, 50


def messages(count: int, root: str) -> Iterator[pb.InstanceExtracted]:
    """Studies of a hundred images in two series, study by study; all UIDs begin with `root`."""
    template, _ = extracted(ct_bytes())
    tags = json.loads(template.extraction.tags)
    for number in range(count):
        study, image = divmod(number, _IMAGES_PER_STUDY)
        tags["00200013"]["Value"], tags["00200032"]["Value"] = [image], [0, 0, -image]
        message = pb.InstanceExtracted()
        message.CopyFrom(template)
        message.extraction.tags = json.dumps(tags)
        message.extraction.person.key = f"{root} {study}"[-50:]
        message.instance.study_instance_uid = f"{root}.{study}"
        message.instance.series_instance_uid = f"{root}.{study}.{image // _IMAGES_PER_SERIES}"
        message.instance.sop_instance_uid = f"{root}.{study}.9.{image}"
        yield message
