"""What a kafka:// address says: servers, a prefix for all names, and how to be let in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import SSLContext, create_default_context
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from chassis.errors import SettingsError

_FORM = "kafka://[user:password@]host:9092[,host:9092][/prefix][?security=SASL_SSL&mechanism=SCRAM-SHA-512&ca=/path]"
_SECURITY = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
_PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}")  # a topic's name has 249 characters at most


@dataclass(frozen=True)
class KafkaAddress:
    """`options` are the arguments of every aiokafka client: they hold the password, so they are never shown."""

    servers: tuple[str, ...]
    prefix: str
    options: Mapping[str, Any] = field(repr=False)

    def topic(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def group(self, topic: str, group: str) -> str:
        """Of each topic a group of its own: a rebalance for one topic leaves the others alone."""
        return f"{self.prefix}{group}.{topic}"


def kafka_address(address: str) -> KafkaAddress:
    """Raises SettingsError, which never quotes the address: it may hold a password."""
    try:
        url = urlsplit(address)
    except ValueError:  # half an IPv6 address, for instance
        raise _wrong("it names no host, or one that cannot be") from None
    userinfo, _, hosts = url.netloc.rpartition("@")
    servers = tuple(host if _HOST.fullmatch(host)[2] else f"{host}:9092" for host in _hosts(hosts))  # type: ignore[index]
    prefix = url.path.strip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise _wrong("the prefix has letters, digits and . _ - only")
    user, _, password = (unquote(part) for part in userinfo.partition(":"))
    options = _options(user, password, _query(url.query)) | {"bootstrap_servers": list(servers)}
    return KafkaAddress(servers, f"{prefix}." if prefix else "", options)


def _hosts(hosts: str) -> list[str]:
    found = hosts.split(",")
    if not all(_HOST.fullmatch(host) for host in found):
        raise _wrong("it names no host, or one that cannot be")
    return found


def _query(query: str) -> dict[str, str]:
    words = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if unknown := sorted(set(words) - {"security", "mechanism", "ca"}):
        raise _wrong(f"after the ? nothing is known as {', '.join(unknown)}")
    return words


def _options(user: str, password: str, words: Mapping[str, str]) -> dict[str, Any]:
    # A password goes over the wire in clear only for those who say so.
    security = words.get("security", "SASL_SSL" if user else "PLAINTEXT")
    mechanism = words.get("mechanism", "SCRAM-SHA-512")
    if security not in _SECURITY or mechanism not in _MECHANISMS:
        raise _wrong(f"security is one of {', '.join(_SECURITY)}, mechanism one of {', '.join(_MECHANISMS)}")
    if security.startswith("SASL") != bool(user):
        raise _wrong("user and password belong to security=SASL_SSL (or SASL_PLAINTEXT), and only there")
    options: dict[str, Any] = {"security_protocol": security}
    if user:
        options |= {"sasl_mechanism": mechanism, "sasl_plain_username": user, "sasl_plain_password": password}
    if security.endswith("SSL"):
        options["ssl_context"] = _trust(words.get("ca"))
    return options


def _trust(path: str | None) -> SSLContext:
    try:
        return create_default_context(cafile=path)
    except OSError:
        raise _wrong(f"no certificates can be read from {path}") from None


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"RCDM_EVENTS: {what}; write {_FORM}.")
