"""Apache Kafka, one node that is broker and controller (KRaft)."""

import socket
import struct
import subprocess
from pathlib import Path

from deploy.laptop.ports import HOST, kept_port
from deploy.laptop.server import Command, Server, ServerFailed, plain_environment
from deploy.programs.cache import where

_CLUSTER = "cmNkbS1vbi1hLWxhcHRvcA"  # 16 bytes in base64, as Kafka wants it
_API_VERSIONS = 18

_PROPERTIES = """# Written at each start.
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data

# One node holds everything once.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# As on a cluster with an owner: topics are made by those who need them, with the partitions they need.
auto.create.topics.enable=false
# Nobody needs to wait for the others of a group on a laptop.
group.initial.rebalance.delay.ms=0
"""

_LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


def kafka(folder: Path) -> Server:
    """`address` is host:port of its plain listener."""
    port = kept_port(folder)
    return Server("kafka", folder, port, f"{HOST}:{port}", lambda _: _prepare(folder, port), lambda: _answers(port))


def _prepare(folder: Path, port: int) -> Command:
    properties, logging, temporary = folder / "server.properties", folder / "log4j2.properties", folder / "tmp"
    temporary.mkdir(exist_ok=True)
    controller = kept_port(folder, "controller")
    properties.write_text(_PROPERTIES.format(host=HOST, port=port, controller=controller, folder=folder))
    logging.write_text(_LOGGING)
    java: list[str | Path] = [
        where("java"),
        "-Xmx512m",
        "-XX:+UseSerialGC",  # starts quickest, and the cores have other work
        f"-Djava.io.tmpdir={temporary}",
        f"-Dlog4j2.configurationFile={logging}",
        "-cp",
        f"{where('kafka')}/*",
    ]
    if not (folder / "data/meta.properties").exists():
        _format([*java, "kafka.tools.StorageTool", "format", "--standalone", "-t", _CLUSTER, "-c", properties])
    return Command([*java, "kafka.Kafka", properties], plain_environment(), {"cwd": folder})


def _format(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=plain_environment())
    if done.returncode:
        raise ServerFailed(f"kafka: its folder could not be made: {done.stdout[-600:]} {done.stderr[-600:]}")


def _answers(port: int) -> bool:
    """Whether the broker answers the first question of every client (ApiVersions, version 0)."""
    question = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)
    try:
        with socket.create_connection((HOST, port), 2) as connection:
            connection.sendall(struct.pack(">i", len(question)) + question)
            return len(connection.recv(8)) > 0
    except OSError:
        return False
