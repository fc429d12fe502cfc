"""`make eval-deid`: whether identities leave and everything else stays, scored as MIDI-B scores it.

Objects are made with an answer key, go through a data set of DICOM files, and are held against the key: ten actions
(Medical Image De-Identification Benchmark, Rutherford et al. 2025). Descriptions in six languages show how much of them
is kept and whether a canary is. Real objects are held against dciodvfy, where it is installed (Debian: dicom3tools).
"""

import argparse
import asyncio
import hashlib
import io
import logging
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pydicom
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

from chassis.blobs.keys import dicom_key
from chassis.db.embedded.server import embedded_postgres
from chassis.telemetry.logging import configure_logging
from imaging.deidentify.deidentify import CannotClean, Subject, deidentify
from imaging.dicom.errors import Refusal
from imaging.dicom.part10 import read_header
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import SEGMENTATIONS, NoPicture
from imaging.pixels.render import render
from services.export.names import Pseudonyms
from tests.bench import kept_text
from tests.journey.export_house import House, open_house
from tests.makers import ct_dataset, file_bytes

ACTIONS = (
    "tag retained", "text not null", "text retained", "text removed", "date shifted", "uid changed", "uid consistent",
    "patient id consistent", "pixels hidden", "pixels retained",
)  # fmt: skip
_NAMES = ("Hong^Gildong", "Kowalska^Agnieszka", "홍^길동", "O'Brien^Siobhan", "Nguyen^Thi Minh", "山田^太郎")
_DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
_RETAINED = (
    "Modality", "Rows", "Columns", "PixelSpacing", "SliceThickness", "KVP", "ImageOrientationPatient", "StudyTime",
    "ImagePositionPatient", "RescaleSlope", "WindowCenter", "Manufacturer", "BodyPartExamined", "PatientSex",
    "PatientAge", "ConvolutionKernel", "InstanceNumber",
)  # fmt: skip
_RISKS: tuple[dict[str, Any], ...] = (
    {"burned_in_annotation": "YES"}, {"modality": "US"}, {"sop_class_uid": "1.2.840.10008.5.1.4.1.1.7"},
    {"image_type": "DERIVED\\SECONDARY\\SCREEN SAVE"}, {"series_description": "Dose Report"},
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """The answers to one object: who it is of, its secrets, the words that have to stay."""

    dataset: Dataset
    person: str
    secrets: tuple[str, ...]
    words: dict[str, str]
    refers_to: str | None
    is_risky: bool


class Score:
    """Checks passed and made, by action."""

    def __init__(self) -> None:
        self.passed, self.made = Counter[str](), Counter[str]()

    def note(self, action: str, is_right: bool) -> None:
        self.made[action] += 1
        self.passed[action] += is_right

    def lines(self) -> Iterator[str]:
        yield f"{'action':24}{'checks':>8}{'right':>8}{'score':>9}"
        for action in ACTIONS:
            made, passed = self.made[action], self.passed[action]
            yield f"{action:24}{made:8}{passed:8}{100 * passed / made if made else 0:8.2f}%"
        yield f"{'all':24}{self.made.total():8}{self.passed.total():8}{self.percent:8.2f}%"

    @property
    def percent(self) -> float:
        return 100 * self.passed.total() / max(1, self.made.total())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=300, help="How many to make.")
    options = parser.parse_args()
    configure_logging("text", "bench")
    logging.getLogger("pydicom").setLevel(logging.ERROR)  # it tells of values in old files
    score = asyncio.run(_measure(options.objects))
    print("\n".join(score.lines()), "", *kept_text.table(), "", _validity(), sep="\n")
    sys.exit(0 if score.percent == 100 and not kept_text.measured()[2] else 1)


async def _measure(objects: int) -> Score:
    with tempfile.TemporaryDirectory(prefix="rcdm-eval-") as folder:
        async with (
            embedded_postgres(Path(folder) / "postgres") as server,
            open_house(server, Path(folder) / "data") as house,
        ):
            return await scored(house, objects)


async def scored(house: House, objects: int) -> Score:
    """Made, stored, exported as DICOM, and compared."""
    keys = list(answer_keys(objects))
    for number, key in enumerate(keys):
        await _store(house, key, number)
    address = await house.build("deid", "EVAL", format="dicom")
    body = (await house.http.get(f"{address}/archive")).content
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        written = [archive.read(name) for name in archive.namelist() if name.endswith(".dcm")]
    names = Pseudonyms(house.home.keys, "deid")
    by_uid = {str(dcmread(io.BytesIO(one)).SOPInstanceUID): one for one in written}
    return _compared(
        keys, {key.dataset.SOPInstanceUID: by_uid.get(names.uid(key.dataset.SOPInstanceUID)) for key in keys}
    )


def answer_keys(count: int) -> Iterator[Key]:
    """The same ones each time."""
    chance = Random(7)
    persons = [(name, f"{chance.randrange(10**7, 10**8)}", generate_uid(entropy_srcs=[name])) for name in _NAMES * 3]
    earlier: str | None = None
    for number in range(count):
        name, patient_id, frames = persons[number % len(persons)]
        patient_id = f"{patient_id}{number % len(persons):02d}"
        key = _key(chance, number, name, patient_id, frames, earlier)
        earlier = str(key.dataset.SOPInstanceUID)
        yield key


def _key(chance: Random, number: int, name: str, patient_id: str, frames: str, earlier: str | None) -> Key:
    phone, doctor = f"010-{chance.randrange(1000, 9999)}-{chance.randrange(1000, 9999)}", "Zbigniewicz^Q"
    day = f"2023{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}"
    last = name.split("^")[0]
    words = {
        "SeriesDescription": chance.choice(["3.0 B30f late arterial", "T1 FLASH post", "복부 조영전", "portal venous"]),
        "ProtocolName": chance.choice(["liver 4 phase", "chest low dose", "흉부 검사"]),
        "ContrastBolusAgent": chance.choice(["Iopamidol 370", "Gadovist"]),
    }
    dataset = ct_dataset(
        SpecificCharacterSet="ISO_IR 192",
        SOPInstanceUID=generate_uid(entropy_srcs=[str(number), "sop"]),
        StudyInstanceUID=generate_uid(entropy_srcs=[patient_id, "study"]),
        SeriesInstanceUID=generate_uid(entropy_srcs=[patient_id, "series"]),
        FrameOfReferenceUID=frames,
        PatientName=name, PatientID=patient_id, OtherPatientIDs=f"X{patient_id}", PatientAge="061Y",
        AccessionNumber=f"A{patient_id}", ReferringPhysicianName=doctor, OperatorsName="Technician^Ewa",
        InstitutionName="Szpital Powiatowy", InstitutionAddress=f"Street 1, {phone}", PatientComments=f"call {phone}",
        SeriesDescription=f"{words['SeriesDescription']} {last} {patient_id}", StudyDescription=f"abdomen for {doctor}",
        ProtocolName=f"{words['ProtocolName']} tel {phone}", ContrastBolusAgent=words["ContrastBolusAgent"],
        ImageComments=f"{last} born 19600101", Manufacturer="SIEMENS", BodyPartExamined="LIVER", KVP=120,
        ConvolutionKernel="B30f", InstanceNumber=number + 1, **dict.fromkeys(_DATES, day),
    )  # fmt: skip
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = dataset.SOPClassUID, earlier or dataset.SOPInstanceUID
    item.PatientComments, item.InstitutionName = f"of {last}", "Szpital Powiatowy"
    dataset.SourceImageSequence = [item]
    dataset.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    dataset.add_new(0x0019100C, "IS", "800")
    dataset.add_new(0x0019100D, "LO", f"private {last}")
    secrets = (patient_id, phone, "Zbigniewicz", "Szpital", "19600101", *name.replace("^", " ").split())
    return Key(dataset, patient_id, secrets, words, earlier, number % 12 == 11)


async def _store(house: House, key: Key, number: int) -> None:
    body = file_bytes(key.dataset)
    study, sha256 = str(key.dataset.StudyInstanceUID), hashlib.sha256(body).hexdigest()
    known = await house.value(
        "SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence WHERE study_instance_uid = $1", study
    )
    occurrence = known or await house.occurrence("EVAL", key.person, study)
    await house.home.blobs.put(dicom_key(sha256), body)
    risk = _RISKS[number // 12 % len(_RISKS)] if key.is_risky else {}
    told: dict[str, Any] = {"image_sha256": sha256, "instance_number": number}
    told["series_instance_uid"] = str(key.dataset.SeriesInstanceUID)
    await house.image(occurrence, str(key.dataset.SOPInstanceUID), **(told | risk))


def _compared(keys: Sequence[Key], found: dict[str, bytes | None]) -> Score:
    score = Score()
    uids: defaultdict[str, set[str]] = defaultdict(set)
    persons: defaultdict[str, set[str]] = defaultdict(set)
    for key in keys:
        body = found[key.dataset.SOPInstanceUID]
        if key.is_risky:
            score.note("pixels hidden", body is None)
            continue
        if body is None:
            score.note("pixels retained", False)
            continue
        made = dcmread(io.BytesIO(body))
        _compare(score, key, made, body)
        persons[key.person].add(str(made.PatientID))
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID"):
            uids[key.dataset[keyword].value].add(made[keyword].value)
        uids[key.refers_to or key.dataset.SOPInstanceUID].add(made.SourceImageSequence[0].ReferencedSOPInstanceUID)
    for new in uids.values():
        score.note("uid consistent", len(new) == 1)
    for pseudonyms in persons.values():
        score.note("patient id consistent", len(pseudonyms) == 1)
    score.note("patient id consistent", len(set.union(*persons.values())) == len(persons))
    return score


def _compare(score: Score, key: Key, made: Dataset, body: bytes) -> None:
    old = key.dataset
    for keyword in _RETAINED:
        score.note("tag retained", keyword in made and made[keyword].value == old[keyword].value)
    score.note("tag retained", 0x0019100C in made and 0x0019100D not in made)
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "SOPInstanceUID", "DeidentificationMethod"):
        score.note("text not null", bool(made.get(keyword)))
    for keyword, words in key.words.items():
        score.note("text retained", words in str(made.get(keyword)))
    score.note("text retained", made.StudyDescription.startswith("abdomen"))
    for secret in key.secrets:
        hidden = any(secret.encode(form, "replace") in body for form in ("utf-8", "euc-kr", "utf-16-le", "utf-16-be"))
        score.note("text removed", not hidden or (not secret.isascii() and len(secret) < 2))
    shifts = {made[keyword].value for keyword in _DATES}
    score.note("date shifted", len(shifts) == 1 and old.StudyDate not in shifts and "" not in shifts)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        score.note("uid changed", made[keyword].value != old[keyword].value)
    score.note("pixels retained", made.PixelData == old.PixelData)


def _validity() -> str:
    """Of real objects (those pydicom carries): has any more errors than before?"""
    if shutil.which("dciodvfy") is None:
        return "dciodvfy is not installed here (Debian: dicom3tools): validity was not compared."
    compared, before, after, worse = 0, 0, 0, []
    for path in sorted((Path(pydicom.__file__).parent / "data/test_files").rglob("*.dcm")):
        body = path.read_bytes()
        try:
            made = deidentify(body, Subject("P-eval", -1000), lambda uids: [f"2.25.{abs(hash(uid))}" for uid in uids])
            is_picture = read_header(body).sop_class_uid not in SEGMENTATIONS and any(render(pixel_dataset(body)))
        except (Refusal, CannotClean, NoPicture):
            continue
        if not is_picture:
            continue
        old, new = errors_of(body), errors_of(made)
        compared, before, after = compared + 1, before + old, after + new
        worse += [path.name] if new > old else []
    named = ", ".join(worse) or "none"
    return f"dciodvfy: {compared} real images, {before} errors before, {after} after; more than before: {named}"


def errors_of(body: bytes) -> int:
    """How many errors dciodvfy names."""
    with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
        file.write(body)
        file.flush()
        told = subprocess.run(["dciodvfy", "-new", file.name], capture_output=True, timeout=60, check=False)
    return sum(line.startswith(b"Error") for line in (told.stdout + told.stderr).splitlines())


if __name__ == "__main__":
    main()
