"""Whose word the host takes for where a caller came from."""

import asyncio
import socket

import httpx
import pytest
from fastapi import FastAPI, Request

from chassis.http.server import new_server
from chassis.settings import Settings


@pytest.mark.parametrize(
    ("proxies", "address"),
    [
        ("127.0.0.1,::1", "https://pacs.example/"),
        ("192.0.2.7, 127.0.0.0/8", "https://pacs.example/"),
        ("192.0.2.0/24", "http://pacs.example/"),
    ],
)
async def test_only_named_networks_are_believed(proxies: str, address: str) -> None:
    """A12: the address in a STOW answer is made of this."""
    app = FastAPI()

    @app.get("/")
    async def called(request: Request) -> str:
        return str(request.base_url)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = new_server(app, Settings(proxies=proxies))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
            answer = await http.get("/", headers={"Host": "pacs.example", "X-Forwarded-Proto": "https"})
        server.should_exit = True
        await task
    assert answer.json() == address
