"""One running system with a few known studies, for all who look at it from outside; one ingest for a file of tests."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydicom.uid import generate_uid

from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.vocabulary.load import load_vocabulary
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.journey.ingest_door import Door, open_door
from tests.journey.surface import Surface, known_surface
from tests.makers import ct_bytes
from tests.system import running_system
from tests.vocabulary.made_up import made_up_vocabulary


@pytest.fixture(scope="session")
def surface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surface]:
    with running_system(tmp_path_factory.mktemp("surface") / "data") as system, known_surface(system) as known:
        yield known


@pytest.fixture(scope="module")
async def running_door(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with open_door(postgres_server, tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture
async def door(running_door: Door) -> Door:
    """Ingest with nothing in it."""
    return await running_door.empty()


@pytest.fixture(scope="module")
async def one_shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        yield opened


@pytest.fixture(scope="module")
async def vocabulary(one_shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A small made-up one is in use on the shelf."""
    await load_vocabulary(one_shelf.home.database, made_up_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture
async def shelf(one_shelf: Shelf) -> Shelf:
    """The catalogue with nothing in it but its vocabulary."""
    return await one_shelf.emptied()


@pytest.fixture(scope="module")
def messages() -> list[pb.InstanceExtracted]:
    """Three studies of two patients in two hospitals, with everything that images of one study can disagree about."""
    found, minute = [], 0
    frames = generate_uid()
    for number in range(3):
        study = {"StudyInstanceUID": generate_uid(), "PatientID": f"P{number % 2}", "FrameOfReferenceUID": frames}
        for series in range(3):
            uid = generate_uid()
            for slice_number in range(4):
                minute += 1
                body = ct_bytes(
                    **study,
                    SeriesInstanceUID=uid,
                    SeriesNumber=series,
                    SeriesDescription="Liver",
                    Modality="PT" if series == 2 and number == 0 else "CT",
                    ContrastBolusAgent="Iopamidol" if series else None,
                    AcquisitionDate="20240110",
                    AcquisitionTime=f"10{series}0{slice_number}0",
                    ContentTime=f"1{slice_number}0000",
                    ImagePositionPatient=[0, 0, slice_number * 3],
                    InstanceNumber=4 - slice_number,
                    StationName=f"CT{series}",
                    ProtocolName=None if series == 0 else f"Protocol {series}",
                    StudyDescription=None if slice_number else "Abdomen",
                    PatientSex=None if series == 1 else "F",
                    PatientAge="064Y" if slice_number == 2 else None,
                    PatientBirthDate=None if series else "19600101",
                    StudyDate=None if series == 1 else f"2024011{number}",
                    KVP=100 + series,
                )
                if number == 1 and slice_number == 3:  # one image of another patient has slipped in
                    body = body.replace(b"P1", b"P9")
                diagnosis = f"diagnosis {series}" if slice_number == 1 else ""
                found.append(extracted(body, f"H{number % 2}", diagnosis, minute)[0])
    return found
