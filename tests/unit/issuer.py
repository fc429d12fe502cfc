"""A little OpenID Connect issuer on a real port: it publishes keys, signs what it is told to, and can be gone."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

AUDIENCE = "rcdm"


class Issuer:
    """Two keys, `rsa` and `ec`; what it answers is counted by path."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.rsa = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
        self.ec = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
        self.published: list[Any] = [self.rsa.as_dict(private=False), self.ec.as_dict(private=False)]
        self.asked: dict[str, int] = {}
        self.said_issuer = address

    def answer(self, path: str) -> dict[str, Any] | None:
        self.asked[path] = self.asked.get(path, 0) + 1
        answers: dict[str, dict[str, Any]] = {
            "/.well-known/openid-configuration": {"issuer": self.said_issuer, "jwks_uri": f"{self.address}/keys"},
            "/keys": {"keys": self.published},
        }
        return answers.get(path)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """A researcher of hospital A for five minutes; None leaves a claim out."""
        now = int(time.time())
        usual = {"iss": self.address, "aud": AUDIENCE, "sub": "kim", "iat": now, "exp": now + 300,
                 "roles": ["researcher"], "hospitals": ["A"]}  # fmt: skip
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        said = {"alg": "RS256", "kid": "rsa", **(header or {})}
        algorithms = [said["alg"]]
        return jwt.encode(said, self.claims(**claims), key or self.rsa, algorithms=algorithms)


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    issuer = server.issuer = Issuer(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        document = self.server.issuer.answer(self.path)  # type: ignore[attr-defined]
        body = json.dumps(document).encode()
        self.send_response(200 if document else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
