"""From a request's body to batches of files: parts are named, archives unpacked, numbers limited."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from unicodedata import category

from chassis.errors import BadRequest, TooLarge
from chassis.settings import Settings
from services.ingest.http.body import Body, parameters
from services.ingest.http.multipart import Part, checked_boundary, parts
from services.ingest.outcomes import Received
from services.ingest.spool import Spool
from services.ingest.zip_archives import Member, Unsafe, is_archive, members

BATCH_FILES, BATCH_BYTES = 64, 16 << 20
_MEMBERS_AT_ONCE = 8
_UNNAMED = "body"


@dataclass(frozen=True)
class Receiver:
    """What a body is received with."""

    spool: Spool
    settings: Settings

    def parts(self, body: Body) -> AsyncIterator[Part]:
        """The parts of a multipart body."""
        _, said = parameters(body.content_type)
        return parts(body.chunks(), checked_boundary(said.get("boundary")), self.spool, self.settings)

    async def one_file(self, body: Body) -> Received:
        """A body that is one file. Raises BadRequest when it is empty."""
        file = self.spool.file()
        async with aclosing(body.chunks()) as chunks:
            async for chunk in chunks:
                file.append(chunk)
                if file.size > self.settings.part_bytes:
                    limit = self.settings.part_bytes
                    raise TooLarge(f"One file may have {limit} bytes.", limit=limit)
                if file.wants_disk:
                    await asyncio.to_thread(file.settle)
        await asyncio.to_thread(file.finish)
        if not file.size:
            raise BadRequest("The body is empty.")
        return Received(file_name(body.content_disposition) or _UNNAMED, file)

    async def unpacked(self, files: AsyncIterator[Received]) -> AsyncIterator[Received]:
        """The files, with each archive's members in its place. Raises TooLarge when there are too many."""
        count = 0
        async for file in files:
            async for found in self._members(file) if file.body and is_archive(file.body) else _alone(file):
                count += 1
                if count > self.settings.parts:
                    limit = self.settings.parts
                    raise TooLarge(f"A request may bring {limit} files, members of archives included.", limit=limit)
                yield found

    async def _members(self, archive: Received) -> AsyncIterator[Received]:
        assert archive.body is not None
        found = members(archive.body, self.spool, self.settings)
        try:
            while some := await asyncio.to_thread(_take, found):
                for member in some:
                    yield Received(f"{archive.name}/{clean(member.name)}", member.body, member.reason)
        except Unsafe as error:
            yield Received(archive.name, archive.body, error.reason)
        else:
            archive.body.close()


async def batches(files: AsyncIterator[Received]) -> AsyncGenerator[list[Received], None]:
    """Files in their order, few and small enough at a time to be held while they are put."""
    batch: list[Received] = []
    size = 0
    async for file in files:
        batch.append(file)
        size += file.body.size if file.body else 0
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def file_name(disposition: str) -> str:
    """The file name of a Content-Disposition, as sent."""
    return clean(parameters(disposition)[1].get("filename", ""))


def clean(name: str) -> str:
    """Without control characters and halves of characters; path separators stay."""
    return "".join("\ufffd" if category(character) in ("Cc", "Cs") else character for character in name)


async def _alone(file: Received) -> AsyncIterator[Received]:
    yield file


def _take(found: Iterator[Member]) -> list[Member]:
    return list(islice(found, _MEMBERS_AT_ONCE))
