"""Tokens for OAUTHBEARER: asked for at a token endpoint, or read from a file that somebody keeps renewing.

Why the standard library's HTTP client and not aiohttp: Faust's consumer has a thread and an event loop of its own, and
librdkafka asks from a thread without any. One plain call that may block, made in a thread, serves them all.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiokafka import conn
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed
from pydantic import SecretStr

TIMEOUT_S = 10.0
RENEW_AT = 0.8
"""Share of its life after which a token is replaced: Kafka's own clients take the same."""
UNKNOWN_LIFE_S = 60.0
"""For a token that does not say how long it lives."""


class NoToken(KafkaConnectionError):  # type: ignore[misc]  # aiokafka ships no types, here and below
    """There is no token now. One of aiokafka's own errors, so that its clients try again as when a broker is away."""


class _Heard(conn.OAuthAuthenticator):  # type: ignore[misc]
    """Hears a refusal. A broker tells it as text in an answer without an error; aiokafka 0.14 takes every answer for a
    yes, and then a refusal for a cluster without brokers and topics. tests/broker holds this on a real broker."""

    async def step(self, payload: bytes | None) -> tuple[bytes, bool] | None:
        if payload:
            raise SaslAuthenticationFailed(payload.decode(errors="replace"))
        found: tuple[bytes, bool] | None = await super().step(payload)
        return found


conn.OAuthAuthenticator = _Heard


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and when it ends (seconds since 1970)."""

    text: str
    ends_s: float

    def __repr__(self) -> str:
        return f"<Token until {self.ends_s:.0f}>"


class Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """Gives the token in force, to any thread and any event loop.

    Args:
        url: of the token endpoint, or file:///path.
        client_id, client_secret, scope: for the endpoint; a scope of '' is not asked for.
        trust: whom to believe that it is the endpoint; None: whom the system trusts.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        url: str,
        *,
        client_id: str = "",
        client_secret: SecretStr | None = None,
        scope: str = "",
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._client_id = client_id
        self._client_secret = client_secret or SecretStr("")
        self._scope = scope
        self._trust = trust
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._renew_s = 0.0

    async def token(self) -> str:
        """For aiokafka; raises as `now`."""
        return (await asyncio.to_thread(self.now)).text

    def for_librdkafka(self, _: str) -> tuple[str, float]:
        """For confluent-kafka: the token and its end; raises as `now`."""
        token = self.now()
        return token.text, token.ends_s

    def now(self) -> Token:
        """The token in force; a new one where the last is old.

        Raises:
            NoToken: the endpoint or the file gives none; says why, and never the secret.
        """
        with self._lock:
            now_s = self._clock()
            if self._token is None or now_s >= self._renew_s:
                self._token = self._read(now_s) if self._url.startswith("file:") else self._ask(now_s)
                # A file is read each time: whoever writes it knows when.
                life_s = 0.0 if self._url.startswith("file:") else self._token.ends_s - now_s
                self._renew_s = now_s + RENEW_AT * life_s
            return self._token

    def _read(self, now_s: float) -> Token:
        path = Path(urllib.parse.unquote(urllib.parse.urlsplit(self._url).path))
        try:
            text = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not a text"
            raise NoToken(f"cannot read the token in {path} (TOUCHPULSE_KAFKA_TOKEN_URL): {why}") from None
        if not text:
            raise NoToken(f"{path} (TOUCHPULSE_KAFKA_TOKEN_URL) is empty")
        return Token(text, _end_s(text) or now_s + UNKNOWN_LIFE_S)

    def _ask(self, now_s: float) -> Token:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        # RFC 6749, 2.3.1: both are form-encoded before they become Basic credentials.
        who = ":".join(map(urllib.parse.quote_plus, (self._client_id, self._client_secret.get_secret_value())))
        request = urllib.request.Request(
            self._url,
            data=urllib.parse.urlencode(form).encode(),
            headers={"Authorization": f"Basic {base64.b64encode(who.encode()).decode()}", "Accept": "application/json"},
        )
        opener = urllib.request.build_opener(_Straight, urllib.request.HTTPSHandler(context=self._trust))
        try:
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                given = json.loads(answer.read(1_000_000))
            text = given["access_token"]
            life_s = float(given.get("expires_in") or 0)
        except urllib.error.HTTPError as error:
            raise NoToken(self._refused(error)) from None
        except OSError as error:  # the address, the network, its certificate
            why = getattr(error, "reason", None) or error
            raise NoToken(f"no token from {self._url} (TOUCHPULSE_KAFKA_TOKEN_URL): {why}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NoToken(
                f"{self._url} (TOUCHPULSE_KAFKA_TOKEN_URL) does not answer as a token endpoint does"
            ) from None
        return Token(text, now_s + life_s if life_s else _end_s(text) or now_s + UNKNOWN_LIFE_S)

    def _refused(self, error: urllib.error.HTTPError) -> str:
        if error.code in (400, 401, 403):
            return (
                f"{self._url} gives us no token (HTTP {error.code}): is TOUCHPULSE_KAFKA_TOKEN_CLIENT_ID,"
                " TOUCHPULSE_KAFKA_TOKEN_CLIENT_SECRET or TOUCHPULSE_KAFKA_TOKEN_SCOPE wrong?"
            )
        return f"no token from {self._url} (TOUCHPULSE_KAFKA_TOKEN_URL): HTTP {error.code}"


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would carry our secret to another address."""

    def redirect_request(self, *_: object) -> None:
        """No."""


def _end_s(token: str) -> float | None:
    """When a JWT says that it ends, seconds since 1970; None if it is none. Not checked: that is the broker's."""
    try:
        payload = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None
