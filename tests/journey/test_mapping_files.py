"""Mappings go out as Usagi's file and as source_to_concept_map, and come in again as they were."""

import csv
import io
from pathlib import Path
from runpy import run_path
from typing import Any

import httpx
import pytest

from services.catalog.service import service
from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import Shelf
from tests.journey.test_diagnoses import occurring, take
from tests.vocabulary.made_up import concept_id, made_up_vocabulary

_LIVER, _LUNG = concept_id("M5"), concept_id("M8")
_USAGI = "sourceCode,sourceName,sourceFrequency,matchScore,mappingStatus,equivalence,statusSetBy,conceptId,mappingType"


pytestmark = pytest.mark.usefixtures("vocabulary")


async def send(shelf: Shelf, text: str | bytes, status: int = 200, **said: Any) -> dict[str, Any]:
    body = text.encode() if isinstance(text, str) else text
    answer = await shelf.http.post("/api/v1/diagnoses/import", content=body, params=said)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def export(shelf: Shelf, file_format: str = "usagi") -> str:
    answer = await shelf.http.get("/api/v1/diagnoses/export", params={"format": file_format})
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return answer.text


async def approve(shelf: Shelf, *targets: int, place: int = 0, status: str = "APPROVED") -> httpx.Response:
    items = (await shelf.get("/diagnoses"))["items"]
    answer = await shelf.http.put(
        f"/api/v1/diagnoses/{items[place]['radiology_condition_id']}/mapping",
        json={"concept_id": list(targets), "equivalence": "EQUIVALENT" if targets else "UNMATCHED", "status": status},
    )
    assert answer.is_success, answer.text
    return answer


async def mapped(shelf: Shelf) -> list[tuple[str, str, int]]:
    rows = await shelf.rows("SELECT * FROM cdm.source_to_concept_map ORDER BY 1, 3, 5")
    return [(row["source_vocabulary_id"], row["source_code"], row["target_concept_id"]) for row in rows]


def usagi(*lines: str) -> str:
    return "\n".join([_USAGI, *lines]) + "\n"


async def test_what_is_approved_is_in_the_map_and_leaves_it_with_the_approval(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "shadow on the liver")
    site = ("INSERT INTO cdm.source_to_concept_map VALUES ('shadow on the liver', 0, 'HIS', 'theirs', 1, 'SNOMED',"
            " '2020-01-01', '2099-12-31', NULL)")  # fmt: skip
    await shelf.home.database.pool.execute(site)
    theirs = ("HIS", "shadow on the liver", 1)
    await approve(shelf, _LIVER, _LUNG)
    ours = [("rcdm", "shadow on the liver", one) for one in (_LIVER, _LUNG)]
    assert await mapped(shelf) == [theirs, *ours]
    item = (await shelf.get("/diagnoses"))["items"][0]
    await shelf.http.post(f"/api/v1/diagnoses/{item['radiology_condition_id']}/undo")
    assert await mapped(shelf) == [theirs]


async def test_a_code_stands_under_its_vocabulary_and_a_long_text_under_its_digest(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "간경변증, 정맥류", "I85.0", "KCD7")
    await take(shelf, "1.2.2", "liver " * 20)
    answer = await shelf.http.post("/api/v1/diagnoses/approve-exact")
    assert answer.json() == {"approved": 1}
    await approve(shelf, _LIVER, place=1)
    digest = await shelf.value("SELECT md5(source_text) FROM rcdm.radiology_condition WHERE source_code = ''")
    wanted = [
        ("rcdm KCD7", "I85.0", concept_id("M6")),
        ("rcdm KCD7", "I85.0", concept_id("M14")),
        ("rcdm", digest, _LIVER),
    ]
    assert sorted(await mapped(shelf)) == sorted(wanted)


async def test_two_diagnoses_with_one_code_keep_what_each_was_mapped_to(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "one writing", "X1", "HIS")
    await take(shelf, "1.2.2", "another writing", "X1", "HIS")
    await approve(shelf, _LIVER, place=0)
    await approve(shelf, _LIVER, _LUNG, place=1)
    assert await mapped(shelf) == [("rcdm HIS", "X1", one) for one in (_LIVER, _LUNG)]
    item = (await shelf.get("/diagnoses"))["items"][1]
    await shelf.http.post(f"/api/v1/diagnoses/{item['radiology_condition_id']}/undo")
    assert await mapped(shelf) == [("rcdm HIS", "X1", _LIVER)]


async def test_what_was_approved_before_the_map_was_kept_is_in_it_after_the_upgrade(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "one writing", "X1", "HIS")
    await take(shelf, "1.2.2", "another writing", "X1", "HIS")
    await take(shelf, "1.2.3", "liver " * 20)
    for place in range(3):
        await approve(shelf, _LIVER, _LUNG, place=place)
    before = await mapped(shelf)
    await shelf.home.database.pool.execute("TRUNCATE cdm.source_to_concept_map")
    assert service.migrations is not None
    migration = run_path(str(service.migrations / "0012_exchange.py"))
    await shelf.home.database.pool.execute(migration["_FILL"])
    assert await mapped(shelf) == before


async def test_what_is_exported_is_imported_elsewhere_as_it_was(shelf: Shelf) -> None:
    """With quotes, commas, a backslash, Korean, two targets, a formula, and one that SNOMED has no concept for."""
    texts = ['nodule, so-called "coin"', "간 \\ 결절", '=HYPERLINK("x")', "nothing real", "waits"]
    for number, text in enumerate(texts):
        await take(shelf, f"1.2.{number}", text)
    await approve(shelf, _LIVER, _LUNG, place=0)
    await approve(shelf, _LIVER, place=1)
    await approve(shelf, _LUNG, place=2, status="FLAGGED")
    await approve(shelf, place=3, status="UNMAPPED")
    before = {one["source_text"]: (one["mapping_status"], one["targets"], one["mapped_by"])
              for one in (await shelf.get("/diagnoses"))["items"]}  # fmt: skip
    file = await export(shelf)
    await shelf.emptied()
    assert (await send(shelf, file)) == {
        "dry_run": False, "diagnoses": 5, "changed": 4, "unchanged": 1, "new": 4, "refused_total": 0, "refused": [],
    }  # fmt: skip
    assert (await shelf.get("/diagnoses"))["total"] == 0
    for number, text in enumerate(texts):
        await take(shelf, f"1.2.{number}", text)
    after = {one["source_text"]: (one["mapping_status"], one["targets"]) for one in
             (await shelf.get("/diagnoses"))["items"]}  # fmt: skip
    assert after == {text: said[:2] for text, said in before.items()}
    assert await occurring(shelf) == sorted([_LIVER, _LIVER, _LUNG])
    assert (await send(shelf, await export(shelf)))["changed"] == 0


@pytest.mark.parametrize("file_format", ["usagi", "source_to_concept_map"])
@pytest.mark.parametrize("text", ["=1+1 위암", "－1+1 간암", "\u200b+1", "\u2212 liver", "'=1"])
async def test_no_cell_is_a_formula_and_a_diagnosis_comes_back_as_it_was(
    shelf: Shelf, file_format: str, text: str
) -> None:
    """D8: full-width and invisible signs count as the plain ones."""
    await take(shelf, "1.2.1", text)
    await approve(shelf, _LIVER)
    file = await export(shelf, file_format)
    first = next(csv.reader([file.splitlines()[1]]))[0]
    assert first == f"'{text}"
    answer = await send(shelf, file)
    assert (answer["diagnoses"], answer["unchanged"], answer["refused_total"]) == (1, 1, 0)


async def test_a_decision_taken_back_is_none(shelf: Shelf, tmp_path: Path) -> None:
    """Not for Usagi, not for a file that says otherwise, and not for a vocabulary that knows the name."""
    await take(shelf, "1.2.1", "shadow")
    item = (await shelf.get("/diagnoses"))["items"][0]
    address = f"/api/v1/diagnoses/{item['radiology_condition_id']}"
    await approve(shelf, status="UNMAPPED")
    assert "IGNORED" in await export(shelf)
    refused = await send(shelf, usagi(f"D1,shadow,3,0.9,APPROVED,EQUAL,kim,{_LUNG},MAPS_TO"))
    assert refused["refused_total"] == 1
    await shelf.http.post(f"{address}/undo")
    assert "UNCHECKED" in await export(shelf)
    taken = await send(shelf, usagi(f"D1,shadow,3,0.9,APPROVED,EQUAL,kim,{_LUNG},MAPS_TO"))
    assert (taken["changed"], taken["refused_total"]) == (1, 0)
    await shelf.http.post(f"{address}/undo")
    await shelf.home.database.pool.execute("UPDATE rcdm.radiology_condition SET source_text = '폐렴'")
    await load_vocabulary(shelf.home.database, made_up_vocabulary(tmp_path))
    assert (await shelf.http.get(address)).json()["mapping_status"] == "AUTO_MAPPED"


async def test_usagi_reads_the_export_line_by_line_and_finds_its_columns(shelf: Shelf) -> None:
    """It takes no cell over two lines, undoes a backslash before a quote, and needs numbers where it parses them."""
    await take(shelf, "1.2.1", 'a "quoted"\nname, with comma')
    await approve(shelf, _LIVER)
    header, line = (await export(shelf)).splitlines()
    assert header.split(",")[:3] == ["sourceCode", "sourceName", "sourceFrequency"]
    assert '"a \\"quoted\\" name, with comma"' in line
    (row,) = csv.DictReader(io.StringIO(f"{header}\n{line}"), escapechar="\\", doublequote=False)
    assert (row["sourceFrequency"], row["matchScore"], row["mappingType"]) == ("1", "0", "MAPS_TO")
    assert (row["mappingStatus"], row["conceptId"], int(row["statusSetOn"]) > 0) == ("APPROVED", str(_LIVER), True)


async def test_a_file_of_usagi_maps_by_name_and_says_who_said_so(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "Shadow  on LIVER")
    file = usagi(f"D1,shadow on liver,3,0.9,APPROVED,EQUAL,kim,{_LIVER},MAPS_TO",
                 f"D1,shadow on liver,3,0.9,APPROVED,EQUAL,kim,{_LUNG},MAPS_TO",
                 f"D1,shadow on liver,3,0.9,APPROVED,EQUAL,kim,{concept_id('VAL')},MAPS_TO_VALUE")  # fmt: skip
    assert (await send(shelf, file, dry_run=True))["changed"] == 1
    assert await occurring(shelf) == []
    assert (await send(shelf, file))["changed"] == 1
    assert await occurring(shelf) == [_LIVER, _LUNG]
    (item,) = (await shelf.get("/diagnoses"))["items"]
    assert (item["mapped_by"].split(" (")[0], item["mapping_method"]) == ("kim", "IMPORT")
    assert (await send(shelf, file))["unchanged"] == 1


async def test_what_a_person_decided_here_stays_unless_told_otherwise(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "shadow")
    await approve(shelf, _LIVER)
    file = usagi(f"D1,shadow,3,0.9,APPROVED,EQUAL,kim,{_LUNG},MAPS_TO")
    (refused,) = (await send(shelf, file))["refused"]
    assert (refused["line"], "mapped otherwise" in refused["reason"]) == (2, True)
    assert await occurring(shelf) == [_LIVER]
    assert (await send(shelf, file, replace=True))["changed"] == 1
    assert await occurring(shelf) == [_LUNG]


async def test_what_waits_in_usagi_waits_here(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "shadow")
    assert (await send(shelf, usagi(f"D1,shadow,3,0.4,UNCHECKED,UNREVIEWED,,{_LUNG},MAPS_TO")))["changed"] == 1
    (item,) = (await shelf.get("/diagnoses"))["items"]
    assert (item["mapping_status"], item["targets"][0]["concept_id"]) == ("UNCHECKED", _LUNG)
    assert await occurring(shelf) == []


async def test_a_source_to_concept_map_is_taken_by_code(shelf: Shelf) -> None:
    await take(shelf, "1.2.1", "some text", "d-1", "KCD-7")
    header = "source_code\tsource_concept_id\tsource_vocabulary_id\ttarget_concept_id\tinvalid_reason"
    lines = [f"D-1\t0\tKCD7\t{_LIVER}\t", f"D-1\t0\tKCD7\t{_LUNG}\tD", f"D-2\t0\tKCD7\t{_LUNG}\t"]
    found = await send(shelf, "\n".join([header, *lines]))
    assert (found["changed"], [one["line"] for one in found["refused"]]) == (1, [4])
    assert await occurring(shelf) == [_LIVER]
    exported = await export(shelf, "source_to_concept_map")
    assert exported.splitlines()[1].startswith(f"d-1,0,rcdm KCD-7,some text,{_LIVER},SNOMED,")
    assert (await send(shelf, exported))["unchanged"] == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("D1,shadow,3,0.9,APPROVED,EQUAL,kim,123456,MAPS_TO", "no concept 123456"),
        (f"D1,shadow,3,0.9,APPROVED,EQUAL,kim,{concept_id('OBS')},MAPS_TO", "no valid standard condition"),
        (f"D1,shadow,3,0.9,APPROVED,EQUAL,kim,{concept_id('OLD')},MAPS_TO", "no valid standard condition"),
        ("D1,shadow,3,0.9,APPROVED,EQUAL,kim,0,MAPS_TO", "has a concept"),
        ("D1,shadow,3,0.9,INVALID_TARGET,EQUAL,kim,0,MAPS_TO", "mappingStatus"),
        (f"D1,shadow,3,0.9,APPROVED,SAME,kim,{_LIVER},MAPS_TO", "equivalence"),
        ("D1,shadow,3,0.9,APPROVED,EQUAL,kim,liver,MAPS_TO", "conceptId is no number"),
        (f"D1,{'x' * 10_000},3,0.9,APPROVED,EQUAL,kim,{_LIVER},MAPS_TO", "too long"),
        ("D1,shadow", "2 columns where the header has 9"),
        (f",,3,0.9,APPROVED,EQUAL,kim,{_LIVER},MAPS_TO", "are empty"),
    ],
)
async def test_a_line_that_cannot_be_taken_is_told_and_the_others_are_taken(shelf: Shelf, line: str, said: str) -> None:
    """F16: the line's number and what is wrong with it, never the diagnosis."""
    await take(shelf, "1.2.1", "shadow")
    await take(shelf, "1.2.2", "lump")
    found = await send(shelf, usagi(line, f"D2,lump,3,0.9,APPROVED,EQUAL,kim,{_LIVER},MAPS_TO"))
    (refused,) = found["refused"]
    assert (refused["line"], said in refused["reason"], found["changed"]) == (2, True, 1)
    assert "shadow" not in refused["reason"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (_USAGI.encode() + b"\nD1,x\0y\n", "Line 2 holds a NUL"),
        (b"a,b\n1,2\n", "neither Usagi's"),
        ("sourceCode,sourceName\n간,암\n".encode("cp949"), "Line 2 is no UTF-8"),
        (b"sourceCode,sourceName\nD1,x\n", "lacks mappingStatus, conceptId"),
        (b"sourceCode;sourceName;mappingStatus;conceptId\nD1;x;APPROVED;1\n", "neither Usagi's"),
        (_USAGI.encode() + b"\nD1," + b"x" * 200_000 + b"\n", "Line 2 cannot be read"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told_and_changes_nothing(shelf: Shelf, body: bytes, said: str) -> None:
    assert said in (await send(shelf, body, status=400))["detail"]


async def test_a_file_as_a_spreadsheet_saves_it_is_read(shelf: Shelf) -> None:
    """With a byte order mark, CRLF, and quotes that are doubled."""
    await take(shelf, "1.2.1", 'a "round" shadow')
    file = usagi(f'D1,"a ""round"" shadow",3,0.9,APPROVED,EQUAL,kim,{_LIVER},MAPS_TO').replace("\n", "\r\n")
    assert (await send(shelf, b"\xef\xbb\xbf" + file.encode()))["changed"] == 1
    assert await occurring(shelf) == [_LIVER]
