"""What a kafka:// address says, and that a wrong one is told without its password."""

import pytest

from chassis.errors import SettingsError
from chassis.messaging.kafka.address import kafka_address


def test_a_host_is_enough() -> None:
    address = kafka_address("kafka://kafka.example")
    assert address.options == {"bootstrap_servers": ["kafka.example:9092"], "security_protocol": "PLAINTEXT"}
    assert (address.topic("instance.received"), address.group("instance.received", "extract")) == (
        "instance.received",
        "extract.instance.received",
    )


def test_a_prefix_goes_before_topics_and_groups() -> None:
    address = kafka_address("kafka://one:9092,two:9093/siteA")
    assert address.servers == ("one:9092", "two:9093")
    assert (address.topic("a.b"), address.group("a.b", "g")) == ("siteA.a.b", "siteA.g.a.b")


def test_a_user_is_let_in_over_tls_unless_something_else_is_said() -> None:
    options = kafka_address("kafka://rcdm:p%40ss%3Aword@kafka").options
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("rcdm", "p@ss:word")
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert options["ssl_context"].check_hostname
    plain = kafka_address("kafka://rcdm:secret@kafka?security=SASL_PLAINTEXT&mechanism=PLAIN").options
    assert (plain["security_protocol"], plain["sasl_mechanism"], "ssl_context" in plain) == (
        "SASL_PLAINTEXT",
        "PLAIN",
        False,
    )


@pytest.mark.parametrize(
    "address",
    [
        "kafka://",
        "kafka:///prefix",
        "kafka://rcdm:secret@",
        "kafka://rcdm:secret@host:port",
        "kafka://rcdm:secret@one,,two",
        "kafka://rcdm:secret@[::1",
        "kafka://rcdm:secret@host/two/parts",
        "kafka://rcdm:secret@host/{}",
        "kafka://rcdm:secret@host?security=PLAINTEXT",
        "kafka://rcdm:secret@host?security=TELEPATHY",
        "kafka://rcdm:secret@host?mechanism=GSSAPI",
        "kafka://rcdm:secret@host?ca=/no/such/file",
        "kafka://rcdm:secret@host?acks=1",
        "kafka://host?security=SASL_SSL",
    ],
)
def test_a_wrong_address_is_told_without_its_password(address: str) -> None:
    with pytest.raises(SettingsError) as told:
        kafka_address(address)
    assert told.value.detail.startswith("RCDM_EVENTS: ")
    assert "secret" not in str(told.value)
    assert "rcdm:" not in str(told.value)


def test_an_address_is_shown_without_its_password() -> None:
    assert "secret" not in repr(kafka_address("kafka://rcdm:secret@kafka"))
