"""The extract processes that a Deployment asks for, as real processes: the part of a kubelet that matters here."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from deploy.laptop.server import Command, Server

_POLL_SECONDS = 0.5


class Fleet:
    """Starts and stops the last of its servers until as many run as are wanted."""

    def __init__(self, servers: Sequence[Server], wanted: Callable[[], int]) -> None:
        self._servers, self._wanted = [_nameless(server) for server in servers], wanted
        self._ended = threading.Event()

    def running(self) -> int:
        return sum(server.is_running() for server in self._servers)

    @contextmanager
    def follow(self) -> Iterator[None]:
        """Until the block ends; all are stopped then."""
        thread = threading.Thread(target=self._follow)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            for server in self._servers:
                server.stop()

    def _follow(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            wanted = self._wanted()
            for number, server in enumerate(self._servers):
                if number < wanted and not server.is_running():
                    server.launch()
                elif number >= wanted and server.is_running():
                    server.stop()


def _nameless(server: Server) -> Server:
    """As the chart starts its pods, which never come back under their name: it leaves its groups at once."""
    prepare = server.prepare

    def without_name(stack: ExitStack) -> Command:
        command = prepare(stack)
        kept = {name: value for name, value in command.environment.items() if name != "RCDM_MEMBER"}
        return replace(command, environment=kept)

    # Tied to a thread that lives as long as the fleet is followed.
    return replace(server, prepare=without_name, is_tied=True)
