"""The settings of a process: read once at start from RCDM_* variables, passed on as a value."""

import os
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.errors import SettingsError

ADMIN_KEY_FILE = "admin-key"

PREFIX = "RCDM_"
CLIENT_SETTINGS = frozenset({"RCDM_SERVER", "RCDM_KEY"})  # read by the command line, not by a service

MiB = 1 << 20
GiB = 1 << 30


def default_data() -> Path:
    """`./data` in a checkout, a folder of the user's else."""
    in_checkout = Path("pyproject.toml").exists() and Path("services").is_dir()
    return Path("data") if in_checkout else Path.home() / ".local/share/rcdm"


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can mean it; a name other than localhost may lead anywhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(BaseSettings):
    """Every default works on a bare laptop; three addresses say where events, blobs and rows live."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Path = Field(default_factory=default_data, description="Folder of everything the embedded home keeps.")
    listen: str = Field("127.0.0.1:8000", description="HOST:PORT of the HTTP server.")
    database: str = Field("embedded:", description="embedded: or postgresql://user@host/name")
    omop: str = Field(
        "", description="The site's own OMOP database, read by commands: postgresql://reader@host/name?search_path=cdm"
    )
    events: str = Field("postgresql:", description="postgresql: (the same database) or kafka://host:9092[/prefix]")
    blobs: str = Field(
        "file:", description="file: (under the data folder), file:///absolute/folder or s3://bucket?endpoint=http://…"
    )
    member: str = Field(
        "", max_length=200, pattern=r"[A-Za-z0-9._-]*", description="Name of this process in its consumer groups."
    )
    pg_bin: Path | None = Field(None, description="Folder of PostgreSQL programs to use instead of the bundled ones.")
    hospital: str = Field("LOCAL", min_length=1, max_length=50, description="Hospital of uploads that name none.")
    lexicon: Path | None = Field(None, description="File of the site's own words for contrast phases (TOML).")
    site_key: SecretStr | None = Field(None, description="Secret of the pseudonyms; kept in the data folder if unset.")
    public_url: str = Field("", description="Address under which clients reach the system, if not the one they call.")
    proxies: str = Field(
        "127.0.0.1,::1", description="Networks, a comma between them, whose X-Forwarded-For and -Proto are believed."
    )
    auth: Literal["", "keys", "oidc"] = Field(
        "", description="Who may call: keys, or only oidc; needed beyond loopback."
    )
    admin_key: SecretStr | None = Field(None, description="First key of all roles; kept in the data folder if unset.")
    oidc_issuer: str = Field("", description="Issuer of bearer tokens (OpenID Connect); none: no tokens.")
    oidc_audience: str = Field("rcdm", min_length=1, description="What a token's aud must name.")
    oidc_jwks: str = Field("", description="Address of the issuer's keys, if not the one it publishes.")
    traces: str = Field("", description="Address of an OpenTelemetry collector (OTLP over HTTP); none: no traces.")
    log: Literal["text", "json"] = Field("text", description="Form of the log lines on standard error.")

    partitions: int = Field(8, ge=1, le=256, description="Partitions of a topic made by this home.")
    extract_processes: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, le=256, description="Image workers; default: all cores."
    )
    export_processes: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, le=256, description="File workers; default: all cores."
    )
    smallest_cohort: int = Field(
        0, ge=0, le=1_000_000, description="Data sets of fewer patients wait for a steward; 0: none waits."
    )
    max_attempts: int = Field(3, ge=1, le=20, description="Tries before a record is buried in its dead-letter topic.")

    request_bytes: int = Field(2 * GiB, gt=0, description="Largest request body.")
    part_bytes: int = Field(1 * GiB, gt=0, description="Largest single DICOM file.")
    parts: int = Field(10_000, gt=0, description="Most parts or archive members in one request.")
    idle_seconds: float = Field(30, gt=0, description="Longest silence while a body is read.")
    decode_memory_bytes: int = Field(2 * GiB, gt=0, description="Address space of an image worker.")
    decode_cpu_seconds: int = Field(60, gt=0, description="Processor time for one image.")
    decode_wall_seconds: float = Field(120, gt=0, description="Wall clock for one image.")

    @field_validator("data", "lexicon")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, separator, port = value.rpartition(":")
        if not (host and separator and port.isdigit() and int(port) < 65536):
            raise ValueError(f"write HOST:PORT, such as 127.0.0.1:8000, not {value!r}")
        return value

    @field_validator("proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in value.split(","):
            ip_network(network.strip())  # a ValueError that names it
        return value

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on the same database."""
        return not self.database.startswith("embedded:")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises SettingsError with a sentence that says what to write instead."""
    _refuse_unknown(environment)
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(problem) for problem in error.errors())) from None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | CLIENT_SETTINGS
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"{', '.join(unknown)} is no setting; the settings are {', '.join(sorted(known))}.")


def _sentence(problem: Mapping[str, object]) -> str:
    location = problem["loc"]
    name = PREFIX + str(location[0]).upper() if isinstance(location, tuple) and location else "A setting"
    return f"{name}: {problem['msg']}"
