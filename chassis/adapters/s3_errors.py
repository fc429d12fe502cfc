"""What goes wrong with an object store, in our words; never the vendor's text, which may quote an access key."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, GenericError

from chassis.errors import BlobMissing, Unavailable

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
# Said with 400 or 403 of one request, and not of the object: the next may go well.
_PASSING = {"RequestTimeout", "RequestTimeTooSkewed", "ExpiredToken", "SlowDown", "OperationAborted"}

SILENT = "cannot be reached or does not answer"
_ELSEWHERE = "has the bucket in another region: write region= into RCDM_BLOBS"


@contextmanager
def in_our_words(key: str = "") -> Iterator[None]:
    """Raises BlobMissing and Unavailable for the errors they stand for, and lets every other one through."""
    try:
        yield
    except (FileNotFoundError, BaseError) as error:
        ours = translated(status_of(error), code_of(str(error)), key)
        if ours is None and isinstance(error, GenericError) and status_of(error) is None:
            ours = away(_ELSEWHERE if "redirect" in str(error) else SILENT)
        if ours is None:
            raise
        raise ours from None


def translated(status: int | None, code: str, key: str) -> BlobMissing | Unavailable | None:
    """For a status of HTTP (RFC 9110 15) and a code of S3; None: it is no error of those."""
    if code == "NoSuchBucket":
        return away("has no such bucket: make it, or correct RCDM_BLOBS")
    if status == 404:
        return BlobMissing(f"There is no object {key}.")
    if status in (401, 403) and code not in _PASSING:
        # Not a verdict on one object: everything waits until somebody gives us our rights back.
        return away(f"refuses us ({code or status}): look at RCDM_BLOBS and at the bucket's policy")
    if code in _PASSING or _is_passing(status):
        return away(f"answers {status} {code}".rstrip())
    return None


def away(how: str) -> Unavailable:
    return Unavailable(f"The object store {how}.")


def _is_passing(status: int | None) -> bool:
    # 501: what it cannot do today it cannot do tomorrow.
    return status is not None and (status in (408, 429) or status == 500 or status > 501)


def status_of(error: Exception) -> int | None:
    """The HTTP status the store answered, if it did."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else None


def code_of(answer: str) -> str:
    """The code in an error document of S3."""
    found = _CODE.search(answer)
    return found[1] if found else ""
