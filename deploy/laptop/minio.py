"""MinIO: an S3 server on one folder."""

import secrets
from pathlib import Path
from urllib.parse import quote

from chassis.secrets import read_or_make
from deploy.laptop.ports import HOST, answers_200, kept_port
from deploy.laptop.server import Command, Server, plain_environment
from deploy.programs.cache import where

_USER = "rcdm"


def minio(folder: Path, bucket: str = "rcdm") -> Server:
    """`address` is an s3:// address of that bucket, with the credentials; clients make the bucket."""
    port = kept_port(folder)
    password = read_or_make(folder / "secret-key", lambda: secrets.token_hex(20))
    address = f"s3://{_USER}:{quote(password)}@{bucket}?endpoint=http://{HOST}:{port}"
    return Server(
        "minio",
        folder,
        port,
        address,
        lambda _: _prepare(folder, port, password),
        lambda: answers_200(port, "/minio/health/ready"),
    )


def _prepare(folder: Path, port: int, password: str) -> Command:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    return Command(
        [where("minio"), "server", data, "--address", f"{HOST}:{port}", "--certs-dir", folder / "certs", "--quiet"],
        plain_environment(MINIO_ROOT_USER=_USER, MINIO_ROOT_PASSWORD=password, MINIO_BROWSER="off", MINIO_UPDATE="off"),
        {"cwd": folder},
    )
