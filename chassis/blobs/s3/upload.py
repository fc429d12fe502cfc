"""A large body as one PUT, streamed: S3 shows it whole or not at all, and nothing is ever left that someone must tidy.

Not in parts: the client we read and write with cannot end a multipart upload "only if nothing is there", and the parts
of who was killed would stay. One PUT takes up to 5 GiB (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import httpx
import obstore

from chassis.blobs.s3.client import S3Client, away, code_of, in_our_words, translated
from chassis.blobs.s3.read import meta_of
from chassis.errors import TooLarge
from chassis.messaging.ports import CHUNK_BYTES

MOST_BYTES = 5 << 30
_BEGUN_WITHIN = timedelta(seconds=60)  # the signature is looked at when the PUT begins
_THERE = 412
_OTHERS_WRITE = 409


async def upload(client: S3Client, key: str, body: bytes | Path, create_only: bool) -> bool:
    """False: create_only, and it was there. Raises TooLarge, Unavailable."""
    size = await asyncio.to_thread(_size, body)
    if size > MOST_BYTES:
        raise TooLarge(f"An object on S3 has at most {MOST_BYTES} bytes.", limit=MOST_BYTES)
    headers = {"Content-Length": str(size), "Content-MD5": await asyncio.to_thread(_md5, body)}
    if create_only:
        headers["If-None-Match"] = "*"
    with in_our_words(key):
        if create_only and await _is_there(client, key):
            return False
        address = await obstore.sign_async(client.store, "PUT", client.path(key), _BEGUN_WITHIN)
    try:
        async with aclosing(_chunks(body)) as chunks:
            answer = await client.http.put(address, content=chunks, headers=headers)
    except httpx.TimeoutException:
        raise away("fell silent while it was written") from None
    except httpx.TransportError:
        # A refusal is lost when it comes before the body is sent: who was faster is the usual reason for one.
        with in_our_words(key):
            if create_only and await _is_there(client, key):
                return False
        raise away("broke off while it was written") from None
    if create_only and answer.status_code == _THERE:
        return False
    if not answer.is_success:
        raise _refusal(answer, key)
    return True


async def _is_there(client: S3Client, key: str) -> bool:
    try:
        await meta_of(client.store, client.path(key))
    except FileNotFoundError:
        return False
    return True


def _refusal(answer: httpx.Response, key: str) -> Exception:
    code = code_of(answer.text)
    if answer.status_code == _OTHERS_WRITE:
        return away("has others writing the same object at this moment")
    return translated(answer.status_code, code, key) or RuntimeError(f"A PUT was answered {answer.status_code} {code}.")


async def _chunks(body: bytes | Path) -> AsyncGenerator[bytes, None]:
    if isinstance(body, bytes):
        for start in range(0, len(body), CHUNK_BYTES):
            yield body[start : start + CHUNK_BYTES]
        return
    with await asyncio.to_thread(body.open, "rb", 0) as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


def _size(body: bytes | Path) -> int:
    return len(body) if isinstance(body, bytes) else body.stat().st_size


def _md5(body: bytes | Path) -> str:
    """S3 refuses what does not come in as it left (RFC 1864)."""
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
    else:
        with body.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()
