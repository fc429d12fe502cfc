"""What the door tells the others: objects received, files refused."""

from collections.abc import Sequence
from datetime import datetime

from chassis.layout import dicom_key
from chassis.ports import Event
from chassis.topics import INSTANCE_RECEIVED, INSTANCE_REFUSED, timestamp
from proto.rcdm.v1 import events_pb2 as pb
from services.ingest.ledger import Upload
from services.ingest.outcomes import Outcome, OutcomeKind


def announcements(upload: Upload, now: datetime, outcomes: Sequence[Outcome]) -> dict[str, list[Event]]:
    """Events by topic; duplicates are nobody's news."""
    stored = [received(upload, now, _instance(upload, o)) for o in outcomes if o.kind is OutcomeKind.STORED]
    refused = [_refused(upload, now, o) for o in outcomes if o.kind is OutcomeKind.REFUSED]
    return {INSTANCE_RECEIVED.name: stored, INSTANCE_REFUSED.name: refused}


def received(upload: Upload, now: datetime, instance: pb.Instance) -> Event:
    """The event of one stored object; said again it means the same."""
    message = pb.InstanceReceived(
        instance=instance,
        received_at=timestamp(now),
        upload_id=str(upload.upload_id),
        diagnosis=pb.Diagnosis(text=upload.diagnosis, code=upload.diagnosis_code, vocabulary=upload.vocabulary),
    )
    return INSTANCE_RECEIVED.event(instance.study_instance_uid, message)


def _instance(upload: Upload, outcome: Outcome) -> pb.Instance:
    header = outcome.header
    assert header is not None
    assert outcome.sha256 is not None
    return pb.Instance(
        hospital=upload.hospital,
        study_instance_uid=header.study_instance_uid,
        series_instance_uid=header.series_instance_uid,
        sop_instance_uid=header.sop_instance_uid,
        sop_class_uid=header.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        sha256=outcome.sha256,
        size=outcome.bytes,
        blob_key=dicom_key(outcome.sha256),
        assigned_uids=header.assigned,
    )


def _refused(upload: Upload, now: datetime, outcome: Outcome) -> Event:
    message = pb.InstanceRefused(
        upload_id=str(upload.upload_id),
        hospital=upload.hospital,
        sop_instance_uid=outcome.sop_instance_uid or "",
        sha256=outcome.sha256 or "",
        reason=outcome.reason.code.value if outcome.reason else "",
        refused_at=timestamp(now),
    )
    return INSTANCE_REFUSED.event(
        outcome.header.study_instance_uid if outcome.header else str(upload.upload_id), message
    )
