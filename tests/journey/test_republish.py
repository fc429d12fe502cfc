"""What a lost log never told is said again, once for each object that is not settled."""

from tests.journey.ingest_door import Door
from tests.makers import ct_bytes


async def announced(door: Door) -> list[bytes]:
    rows = await door.rows("SELECT value FROM ingest.outbox WHERE topic = 'instance.received' ORDER BY value")
    return [row["value"] for row in rows]


async def lose_the_log(door: Door) -> None:
    await door.rows("DELETE FROM ingest.outbox")


async def test_what_was_lost_is_announced_again_word_for_word(door: Door) -> None:
    """C5: the log lost everything; the ledger can tell it again."""
    await door.upload(*(ct_bytes() for _ in range(3)), diagnosis="간세포암", hospital="A")
    before = await announced(door)
    await lose_the_log(door)
    answer = await door.http.post("/api/v1/uploads/republish?minutes=0")
    assert (answer.status_code, answer.json()) == (202, {"republished": 3})
    assert await announced(door) == before


async def test_more_than_a_page_is_announced_once_each(door: Door) -> None:
    await door.upload(ct_bytes())
    await door.rows(
        "INSERT INTO ingest.instance (hospital, sop_instance_uid, study_instance_uid, series_instance_uid,"
        " sop_class_uid, transfer_syntax_uid, sha256, bytes, blob_key, upload_id, received_at)"
        " SELECT hospital, sop_instance_uid || '.' || n, study_instance_uid, series_instance_uid, sop_class_uid,"
        " transfer_syntax_uid, sha256, bytes, blob_key, upload_id, received_at"
        " FROM ingest.instance, generate_series(1, 1100) AS n"
    )
    await lose_the_log(door)
    assert (await door.http.post("/api/v1/uploads/republish?minutes=0")).json() == {"republished": 1101}
    assert len(set(await announced(door))) == 1101


async def test_settled_and_recent_objects_are_left_alone(door: Door) -> None:
    await door.upload(*(ct_bytes() for _ in range(3)))
    uids = [row[0] for row in await door.rows("SELECT sop_instance_uid FROM ingest.instance ORDER BY 1")]
    await door.rows("UPDATE ingest.instance SET catalogued_at = now() WHERE sop_instance_uid = $1", uids[0])
    await door.rows("UPDATE ingest.instance SET failed_at = now() WHERE sop_instance_uid = $1", uids[1])
    assert (await door.http.post("/api/v1/uploads/republish")).json() == {"republished": 0}
    assert (await door.http.post("/api/v1/uploads/republish?minutes=0")).json() == {"republished": 1}
