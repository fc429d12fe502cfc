"""The committed OpenAPI document says what the services answer."""

from pathlib import Path

from tests.architecture.openapi import DOCUMENT, written_document


async def test_the_openapi_document_is_that_of_the_services(database: str, tmp_path: Path) -> None:
    assert await written_document(database, tmp_path) == DOCUMENT.read_text(), "run `make openapi`"
