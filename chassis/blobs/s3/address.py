"""Where blobs live on S3: what stands in RCDM_BLOBS."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from chassis.blobs.keys import key_segments
from chassis.errors import BadKey, SettingsError

_FORM = "s3://[access:secret@]bucket[/prefix][?endpoint=http://host:9000&region=us-east-1&ca=/file.pem]"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PARAMETERS = {"endpoint", "region", "ca"}


@dataclass(frozen=True)
class S3Address:
    """A bucket, and how to come to it. `prefix` is empty or ends with a slash.

    `ca` is a file of certificates (PEM) believed beside the usual ones, or empty. Without `access` and `secret` they
    come from the AWS_… environment or from the machine's role.
    """

    bucket: str
    prefix: str
    endpoint: str
    region: str
    ca: str
    access: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


def s3_address(address: str) -> S3Address:
    """Raises SettingsError, which never shows the address: it may hold a secret."""
    try:
        parts = urlsplit(address)
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        prefix = parts.path.strip("/")
        key_segments(prefix or "none")
    except (ValueError, BadKey):
        raise _wrong("cannot be read") from None
    if unknown := given.keys() - _PARAMETERS:
        raise _wrong(f"has {', '.join(sorted(unknown))}, which we do not know")
    userinfo, _, bucket = parts.netloc.rpartition("@")
    access, _, secret = (unquote(part) for part in userinfo.partition(":"))
    region = given.get("region", "us-east-1")
    endpoint = given.get("endpoint", f"https://s3.{region}.amazonaws.com").rstrip("/")
    return _checked(S3Address(bucket, prefix and f"{prefix}/", endpoint, region, given.get("ca", ""), access, secret))


def _checked(address: S3Address) -> S3Address:
    if not _BUCKET.fullmatch(address.bucket):
        raise _wrong("names no bucket (3 to 63 of a-z 0-9 . -)")
    if bool(address.access) != bool(address.secret):
        raise _wrong("has half of the credentials")
    if not re.fullmatch(r"https?://[^/@?#]+", address.endpoint):
        raise _wrong("has an endpoint that is not http(s)://host:port")
    if address.ca and not Path(address.ca).is_file():
        raise _wrong("names a ca file that is not there")
    return address


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"RCDM_BLOBS: the address {what}; write {_FORM}, credentials percent-encoded.")
