"""Reading: what an object is, and its body as chunks, from one GET and where that one breaks from the next."""

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, GenericError, PreconditionError
from obstore.store import S3Store

from chassis.blobs.s3.client import status_of
from chassis.errors import Unavailable
from chassis.messaging.ports import CHUNK_BYTES

if TYPE_CHECKING:  # obstore has these names for the type checker only
    from obstore import GetOptions, ObjectMeta

_NOTHING_THERE = 416
_SERVER_ERROR = 500


async def chunks_of(store: S3Store, path: str, start: int, length: int | None) -> AsyncGenerator[bytes, None]:
    """A server closes on who reads slowly, as a download does that waits for its client: then we come again."""
    end = None if length is None else start + length
    same = ""
    while end is None or start < end:
        try:
            opened = await obstore.get_async(store, path, options=_options(start, end, same))
        except GenericError as error:
            if status_of(error) != _NOTHING_THERE:
                raise
            return  # the body ends before
        except PreconditionError:
            raise Unavailable("The object was replaced while it was read; read it again.") from None
        same, (_, end), begun = opened.meta["e_tag"] or "", opened.range, start
        try:
            async for chunk in opened.stream(CHUNK_BYTES):
                yield chunk
                start += len(chunk)
        except GenericError:
            if start == begun:
                raise
        else:
            return


async def meta_of(store: S3Store, path: str) -> "ObjectMeta":
    """Raises FileNotFoundError. What is refused is asked again by GET: an answer to HEAD has no body that tells why."""
    try:
        return await obstore.head_async(store, path)
    except (FileNotFoundError, BaseError) as error:
        if not (status := status_of(error)) or status >= _SERVER_ERROR:
            raise
        return (await obstore.get_async(store, path)).meta


def _options(start: int, end: int | None, same: str) -> "GetOptions":
    options: GetOptions = {"if_match": same} if same else {}
    if end is not None:
        options["range"] = (start, end)
    elif start:
        options["range"] = {"offset": start}
    return options
