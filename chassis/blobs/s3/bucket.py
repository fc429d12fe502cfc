"""What must hold of a bucket before anything is put in it."""

import asyncio

import obstore
import urllib3
from minio.error import S3Error
from obstore.exceptions import AlreadyExistsError, GenericError

from chassis.blobs.s3.client import SILENT, S3Client, away, in_our_words, status_of
from chassis.errors import SettingsError, Unavailable
from chassis.telemetry.metrics import log

_PROBE = "create-only"
_NOT_IMPLEMENTED = 501
_MADE_BY_OTHERS = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
_NO_CREATE_ONLY = (
    "RCDM_BLOBS: this store replaces an object although it is told not to (If-None-Match: * on PUT); two uploads of "
    "one image at once would not be told apart. Use AWS S3, MinIO or another store with conditional writes."
)


async def prepare(client: S3Client) -> None:
    """The bucket is there, made if need be and we may, and keeps create-only. Raises SettingsError, Unavailable."""
    with in_our_words():
        try:
            proven = await _refuses_to_replace(client)
        except FileNotFoundError:
            await asyncio.to_thread(_make_bucket, client)
            proven = await _refuses_to_replace(client)
        if not proven and not await _refuses_to_replace(client):
            raise SettingsError(_NO_CREATE_ONLY)
    await asyncio.to_thread(_warn_of_versions, client)


async def _refuses_to_replace(client: S3Client) -> bool:
    """The probe stays where it is, so that whoever comes later needs one request. Raises FileNotFoundError."""
    try:
        await obstore.put_async(client.store, client.probe(_PROBE), b"", mode="create")
    except AlreadyExistsError:
        return True
    except GenericError as error:
        if status_of(error) != _NOT_IMPLEMENTED:
            raise
    return False


def _make_bucket(client: S3Client) -> None:
    name = client.address.bucket
    try:
        client.admin.make_bucket(bucket_name=name, location=client.address.region)
        log.info("bucket made", bucket=name)
    except S3Error as error:
        if error.code not in _MADE_BY_OTHERS:
            raise Unavailable(f"There is no bucket {name}, and it cannot be made ({error.code}): make it.") from None
    except urllib3.exceptions.HTTPError:
        raise away(SILENT) from None


def _warn_of_versions(client: S3Client) -> None:
    try:
        versions = client.admin.get_bucket_versioning(bucket_name=client.address.bucket)
    except (S3Error, urllib3.exceptions.HTTPError):
        return  # not ours to know
    if versions.status == "Enabled":
        log.warning("bucket keeps versions: what is deleted stays in it", bucket=client.address.bucket)
