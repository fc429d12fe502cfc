"""Searchable tags: a job that reads what is there, writers that keep up, and the same studies found as without."""

import asyncio
import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from cdm.query.filters import OccurrenceFilter
from cdm.query.occurrences import occurrence_conditions
from cdm.query.tag_index import NOTHING, searchable_tags
from cdm.tables import RadiologyOccurrence
from chassis.http.paging import write_cursor
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.load.write import lock_studies
from services.catalog.tags.indexer import SearchIndexer
from services.catalog.tags.store import errors_of, find_tag
from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes

pytestmark = pytest.mark.slow

_PATH = "/api/v1/searchable-tags"
_ELEMENTS = {"EchoTime": ("00180081", "DS"), "FlipAngle": ("00181314", "DS"), "ImageComments": ("00204000", "LT"),
             "SeriesDescription": ("0008103E", "LO"), "EchoNumbers": ("00180086", "IS")}  # fmt: skip
_KEYWORDS = tuple(_ELEMENTS)[:4]  # the last one is never made searchable
_TEMPLATE = extracted(ct_bytes(SliceThickness=1))[0]


def _message(
    study: str, image: str, minute: int = 0, hospital: str = "SEOUL", **said: list[Any]
) -> pb.InstanceExtracted:
    """An image whose header holds these values."""
    message = pb.InstanceExtracted()
    message.CopyFrom(_TEMPLATE)
    message.instance.study_instance_uid, message.instance.sop_instance_uid = study, f"{study}.{image}"
    message.instance.series_instance_uid, message.instance.hospital = f"{study}.1", hospital
    tags = json.loads(message.extraction.tags)
    for keyword, values in said.items():
        element, vr = _ELEMENTS[keyword]
        tags[element] = {"vr": vr, "Value": values} if values else {"vr": vr}
    message.extraction.tags = json.dumps(tags)
    message.extracted_at.FromSeconds(message.extracted_at.seconds + 60 * minute)
    return message


async def _put(shelf: Shelf, keyword: str, status: int = 202) -> dict[str, Any]:
    answer = await shelf.http.put(f"{_PATH}/{keyword}")
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _run(shelf: Shelf) -> None:
    indexer = SearchIndexer(shelf.home.database, step_images=1)
    while await indexer.step():
        pass


async def _found(shelf: Shelf, is_quick: bool, **words: Any) -> list[int]:
    wanted = OccurrenceFilter.model_validate(words)
    async with shelf.home.database.session() as session:
        searchable = await searchable_tags(session, wanted) if is_quick else NOTHING
        query = select(col(RadiologyOccurrence.radiology_occurrence_id))
        rows = await session.execute(query.where(*occurrence_conditions(wanted, None, searchable)))
        return sorted(rows.scalars())


async def test_a_tag_becomes_searchable_with_progress_and_errors(shelf: Shelf) -> None:
    said: tuple[list[Any], ...] = ([10], ["20.5"], ["thirty"], [""], [None], [])
    for number, values in enumerate(said):
        hospital = "NORTH" if values == ["thirty"] else "SOUTH"
        await shelf.take(_message(f"1.2.{number}", "1", hospital=hospital, EchoTime=values))
    asked = await _put(shelf, "EchoTime")
    assert (asked["state"], asked["progress"], asked["made_by"]) == ("INDEXING", 0, "admin-key")
    indexer = SearchIndexer(shelf.home.database, step_images=1)
    assert await indexer.step()
    assert 0 < (await shelf.get("/searchable-tags/EchoTime"))["progress"] < 1
    assert (await shelf.get("/occurrences", tag="EchoTime<50"))["total"] == 2  # from the headers
    await _run(shelf)
    ready = await shelf.get("/searchable-tags/EchoTime")
    assert (ready["state"], ready["progress"], ready["errors"]) == ("READY", 1, 1)
    assert (await shelf.get("/occurrences", tag="EchoTime<50"))["total"] == 2
    assert (await shelf.get("/searchable-tags"))["items"] == [await _put(shelf, "EchoTime", 200)]
    (problem,) = (await shelf.get("/searchable-tags/EchoTime/errors"))["items"]
    assert (problem["sop_instance_uid"], problem["detail"]) == ("1.2.2.1", "Value 1 of EchoTime is no number.")
    database = shelf.home.database
    assert (await find_tag(database, "EchoTime", frozenset({"SOUTH"}))).errors == 0
    assert (await errors_of(database, "EchoTime", frozenset({"SOUTH"}), 50, None)).items == []
    assert (await errors_of(database, "EchoTime", frozenset({"NORTH"}), 50, None)).total == 1


async def test_what_is_taken_back_is_searched_for_in_headers_again(shelf: Shelf) -> None:
    await shelf.take(_message("1.2.1", "1", EchoTime=[10, "x"]))
    await _put(shelf, "EchoTime")
    await _run(shelf)
    assert (await shelf.http.delete(f"{_PATH}/EchoTime")).status_code == 204
    assert (await shelf.get("/occurrences", tag="EchoTime<50"))["total"] == 1
    await shelf.get("/searchable-tags/EchoTime", status=404)
    assert (await shelf.http.delete(f"{_PATH}/EchoTime")).status_code == 404
    await _put(shelf, "EchoTime")  # again, before the old one is gone
    await shelf.home.database.pool.execute(
        "UPDATE rcdm.radiology_searchable_tag SET removed_at = removed_at - interval '2 minutes'"
    )
    await _run(shelf)
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_searchable_tag") == 1
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_tag_value") == 2
    assert await _found(shelf, True, tag="EchoTime<50") == [1]


@pytest.mark.parametrize(
    ("keyword", "named"),
    [
        ("EchoTme", "near it: EchoTime"),
        ("PatientName", "sealed away"),
        ("PixelData", "bytes"),
        ("ReferencedSOPSequence", "items"),
        ("EchoTime<50", "keyword"),
        ("00180081", "keyword"),
        ("a'b", "keyword"),
    ],
)
async def test_what_cannot_be_searched_for_is_told(shelf: Shelf, keyword: str, named: str) -> None:
    """D3"""
    answer = await shelf.http.put(f"{_PATH}/{keyword}")
    assert answer.status_code == 400
    assert named in answer.json()["detail"]
    assert (await shelf.get("/searchable-tags"))["total"] == 0


async def test_a_made_up_cursor_is_refused(shelf: Shelf) -> None:
    """D3"""
    await _put(shelf, "EchoTime")
    await shelf.get("/searchable-tags/EchoTime/errors", status=400, cursor=write_cursor(["x"]))


async def test_images_that_come_later_are_found_at_once(shelf: Shelf) -> None:
    """Also those of a study that is there, also when an image says something else than before."""
    await shelf.take(_message("1.2.1", "1", EchoTime=[10]))
    await _put(shelf, "EchoTime")
    await shelf.take(_message("1.2.1", "2", EchoTime=[20]), _message("1.2.2", "1", EchoTime=[30]))
    await _run(shelf)
    assert [await _found(shelf, True, tag=f"EchoTime={value}") for value in (10, 20, 30)] == [[1], [1], [2]]
    await shelf.take(_message("1.2.1", "1", minute=5, EchoTime=["gone"]), _message("1.2.3", "1", EchoTime=[40]))
    assert [await _found(shelf, True, tag=f"EchoTime={value}") for value in (10, 20, 40)] == [[], [1], [3]]
    assert (await shelf.get("/searchable-tags/EchoTime"))["errors"] == 1
    await shelf.take(_message("1.2.1", "1", minute=9, EchoTime=[10]))
    assert (await shelf.get("/searchable-tags/EchoTime"))["errors"] == 0


async def test_a_killed_job_is_taken_up_where_it_stood(shelf: Shelf) -> None:
    """C1: killed in the middle of a step; what was done stays, and nothing is missing or double at the end."""
    for number in range(1, 13):
        await shelf.take(*(_message(f"1.2.{number}", str(image), EchoTime=[number, image]) for image in range(3)))
    await _put(shelf, "EchoTime")
    async with shelf.home.database.pool.acquire() as connection, connection.transaction():
        await lock_studies(connection, {("SEOUL", "1.2.7")})
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.journey.tags_process", shelf.home.database.dsn
        )
        async with asyncio.timeout(120):
            while (await shelf.get("/searchable-tags/EchoTime"))["progress"] < 0.5:
                await asyncio.sleep(0.02)
        process.kill()
        await process.wait()
    assert (await shelf.get("/searchable-tags/EchoTime"))["progress"] == 0.5
    async with asyncio.timeout(120):
        # PostgreSQL lets go of what a killed client held when it next looks at the client.
        while (await shelf.get("/searchable-tags/EchoTime"))["state"] != "READY":
            await _run(shelf)
    kept = await shelf.rows("SELECT radiology_occurrence_id AS study, number FROM rcdm.radiology_tag_value")
    assert sorted((row["study"], int(row["number"])) for row in kept) == sorted(
        pair for study in range(1, 13) for pair in {(study, value) for value in (study, 0, 1, 2)}
    )


async def test_writers_and_jobs_at_once_leave_nothing_out(shelf: Shelf) -> None:
    """C3: tags made searchable while images are written, by two jobs."""
    await shelf.take(*(_message(f"1.2.{number}", "0", EchoTime=[number]) for number in range(20)))

    async def write(writer: int) -> None:
        for image in range(1, 6):
            messages = (_message(f"1.2.{n}", f"{writer}.{image}", EchoTime=[100 * writer + image]) for n in range(20))
            await shelf.take(*messages)

    async def ask() -> None:
        await asyncio.gather(*(_put(shelf, keyword) for keyword in ("EchoTime", "FlipAngle")))
        await asyncio.gather(_run(shelf), _run(shelf))

    await asyncio.gather(write(1), write(2), ask())
    await _run(shelf)
    for value in (*range(20), *range(101, 106), *range(201, 206)):
        condition = f"EchoTime={value}"
        assert await _found(shelf, True, tag=condition) == await _found(shelf, False, tag=condition)


_NUMBERS = st.sampled_from([
    1, 2.5, -3, 0, "1", " 2.5 ", "2.50", "1e1", "+1", ".5", "x", "", " ", None, "NaN", 0.1, "1e400",
    12345678901234567890, 0.30000000000000004, "0.30000000000000004",
])  # fmt: skip
_TEXTS = st.sampled_from([
    "T2", "t2 TSE ", " t2", "", " ", "간암", unicodedata.normalize("NFD", "간암"), "%", "_", "\\", "'", "x" * 3000,
    "x" * 3000 + "y", None, "2.5",
])  # fmt: skip
_IMAGES = st.lists(
    st.fixed_dictionaries({"study": st.integers(1, 4)}, optional={
        "EchoTime": st.lists(_NUMBERS, max_size=3), "FlipAngle": st.lists(_NUMBERS, max_size=2),
        "ImageComments": st.lists(_TEXTS, max_size=2), "SeriesDescription": st.lists(_TEXTS, max_size=1),
        "EchoNumbers": st.lists(_NUMBERS, max_size=1)}),
    min_size=1, max_size=10,
)  # fmt: skip
_OPERATORS = ("", "=", "!=", "<", "<=", ">", ">=")
_CONDITIONS = [
    *(f"{keyword}{operator}{value if operator else ''}" for keyword in ("EchoTime", "FlipAngle", "EchoNumbers")
      for operator in _OPERATORS for value in ("1", "2.5", "0.1", "0.30000000000000004")),
    *(f"{keyword}{operator}{value if operator else ''}" for keyword in ("ImageComments", "SeriesDescription")
      for operator in (*_OPERATORS, "~") for value in ("t2", "간암", "%", "'", "\\", "x" * 900)),
    "EchoTime~2.5", "EchoTime~x",
]  # fmt: skip


_Images: TypeAlias = Sequence[dict[str, Any]]
_Pairs: TypeAlias = Sequence[tuple[str, str]]
_PAIRS = st.lists(st.tuples(st.sampled_from(_CONDITIONS), st.sampled_from(_CONDITIONS)), min_size=5, max_size=20)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_IMAGES, after=_IMAGES, pairs=_PAIRS)
async def test_the_same_studies_are_found_with_and_without(
    one_shelf: Shelf, before: _Images, after: _Images, pairs: _Pairs
) -> None:
    """D4: whatever stands in the headers, whatever is asked, alone, two at once, and beside other words."""
    await one_shelf.home.database.pool.execute("TRUNCATE rcdm.radiology_searchable_tag CASCADE")
    await one_shelf.emptied()
    await one_shelf.take(*_messages(before, 0))
    for keyword in _KEYWORDS:
        await _put(one_shelf, keyword)
    await _run(one_shelf)
    await one_shelf.take(*_messages(after, 1))
    asked: list[dict[str, Any]] = [{"tag": one} for one in _CONDITIONS]
    asked += [{"tag": list(pair)} for pair in pairs]
    asked += [{"tag": pair[0], "slice_thickness_max": 2, "plane": "AXIAL"} for pair in pairs]
    for words in asked:
        assert await _found(one_shelf, True, **words) == await _found(one_shelf, False, **words), words


def _messages(images: Sequence[dict[str, Any]], minute: int) -> list[pb.InstanceExtracted]:
    """The second time some of them are images that are there already."""
    return [
        _message(f"1.2.{image['study']}", str(place), minute, **{k: v for k, v in image.items() if k != "study"})
        for place, image in enumerate(images)
    ]
