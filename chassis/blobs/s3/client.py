"""The clients of one store, all with the same address and time limits, and the store's errors as ours.

Never the vendor's text: it may quote an access key.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import urllib3
from minio import Minio
from minio.credentials.providers import ChainedProvider, EnvAWSProvider, IamAwsProvider, Provider, StaticProvider
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store

from chassis.blobs.s3.address import S3Address
from chassis.errors import BlobMissing, SettingsError, Unavailable

CONNECT_SECONDS = 3.0
SILENCE_SECONDS = 10.0  # the longest we wait for the next word; a body may take as long as it needs
_RETRY: "RetryConfig" = {
    # No try begins later than this, so that a store that is silent is given up after one silence.
    "retry_timeout": timedelta(seconds=5),
    "max_retries": 4,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
# Said with 400 or 403 of one request, and not of the object: the next may go well.
_PASSING = {"RequestTimeout", "RequestTimeTooSkewed", "ExpiredToken", "SlowDown", "OperationAborted"}

SILENT = "cannot be reached or does not answer"
_ELSEWHERE = "has the bucket in another region: write region= into RCDM_BLOBS"


if TYPE_CHECKING:  # obstore has these names for the type checker only
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential


@dataclass(frozen=True)
class S3Client:
    """`http` sends what must not be held whole; `bucket` is for what is done with the bucket itself, and blocks."""

    store: S3Store
    http: httpx.AsyncClient
    admin: Minio
    address: S3Address

    def path(self, key: str) -> str:
        """Where the bucket keeps an object of ours. (A prefix given to S3Store is forgotten by its signatures.)"""
        return f"{self.address.prefix}objects/{key}"

    def probe(self, name: str) -> str:
        """Where we try what the store can do: beside the objects, in no listing of them."""
        return f"{self.address.prefix}probe/{name}"


def s3_client(address: S3Address) -> S3Client:
    """Connects to nobody yet. Raises SettingsError."""
    context = _trusting(address.ca)
    store = S3Store(
        address.bucket,
        config=_config(address),
        client_options=_options(address),
        retry_config=_RETRY,
        credential_provider=_Fixed(address) if address.access else None,
    )
    http = httpx.AsyncClient(
        verify=context,
        timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=None),
    )
    return S3Client(store, http, _admin(address, context), address)


class _Fixed:
    """Gives the credentials of the address. As settings they would stand in the store's repr."""

    def __init__(self, address: S3Address) -> None:
        self._address = address

    def __call__(self) -> "S3Credential":
        # Without the AWS_SESSION_TOKEN of the environment, which belongs to other credentials.
        return {
            "access_key_id": self._address.access,
            "secret_access_key": self._address.secret,
            "token": None,
            "expires_at": None,
        }


def _config(address: S3Address) -> "S3Config":
    # The name that no AWS_ENDPOINT… of the environment goes before: the address alone says where the store is.
    # One DELETE per object, for the bulk form is not known to every store.
    return {"aws_endpoint_url_s3": address.endpoint, "region": address.region, "disable_bulk_delete": True}


def _options(address: S3Address) -> "ClientConfig":
    given: ClientConfig = {
        "allow_http": True,
        "timeout": timedelta(days=1),
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "read_timeout": timedelta(seconds=SILENCE_SECONDS),
    }
    if address.ca:
        given["root_certificate"] = Path(address.ca).read_bytes()
    return given


def _trusting(ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca:
        try:
            context.load_verify_locations(ca)
        except ssl.SSLError:
            raise SettingsError("RCDM_BLOBS: the file of ca= holds no certificates (PEM).") from None
    return context


def _admin(address: S3Address, context: ssl.SSLContext) -> Minio:
    endpoint = urlsplit(address.endpoint)
    return Minio(
        endpoint=endpoint.netloc,
        secure=endpoint.scheme == "https",
        region=address.region,
        credentials=_credentials(address),
        http_client=urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=SILENCE_SECONDS), retries=False, ssl_context=context
        ),
    )


def _credentials(address: S3Address) -> Provider:
    if address.access:
        return StaticProvider(address.access, address.secret)
    return ChainedProvider([EnvAWSProvider(), IamAwsProvider()])


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
