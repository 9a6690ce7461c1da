"""An OAuth 2 server for tests: a token endpoint for client credentials, and the keys its tokens are signed with.

Tokens are real signed JWTs, since a broker that takes any would prove nothing.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.kit.certificates import openssl

CLIENT = "touchpulse"
SCOPE = "events"


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenServer:
    """Runs in a thread; a context manager.

    Args:
        folder: an existing folder for its key.
        secret: of the one client.
        life_s: how long its tokens live.
    """

    def __init__(self, folder: Path, secret: str, *, life_s: float = 3_600) -> None:
        self._key = folder / "tokens.key"
        self.secret = secret
        self.life_s = life_s
        self.given: list[str] = []
        """Tokens handed out."""
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self._key)
        modulus = openssl("rsa", "-in", self._key, "-noout", "-modulus").decode().partition("=")[2].strip()
        self._keys = {"keys": [{"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig", "e": "AQAB",
                                "n": _url64(bytes.fromhex(modulus))}]}  # fmt: skip
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, server._keys)

            def do_POST(self) -> None:
                if self.path != "/token":
                    self._answer(200, server._keys)
                    return
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._answer(*server.answer(self.headers.get("Authorization", ""), form))

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/token"
        self.keys_url = f"http://127.0.0.1:{self._http.server_port}/keys"

    def answer(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Status and body for a request."""
        who = ":".join(map(urllib.parse.quote_plus, (CLIENT, self.secret)))
        if authorization != f"Basic {base64.b64encode(who.encode()).decode()}":
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") != ["client_credentials"] or form.get("scope", [SCOPE]) != [SCOPE]:
            return 400, {"error": "invalid_scope"}
        self.given.append(self.token())
        return 200, {"access_token": self.given[-1], "token_type": "Bearer", "expires_in": self.life_s}

    def token(self, **claims: Any) -> str:
        """A signed token."""
        now_s = time.time()
        body = {"sub": CLIENT, "iss": "tests", "aud": "kafka", "iat": now_s, "exp": now_s + self.life_s, **claims}
        signed = ".".join(_url64(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "k"}, body))
        return f"{signed}.{_url64(openssl('dgst', '-sha256', '-sign', self._key, given=signed.encode()))}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
