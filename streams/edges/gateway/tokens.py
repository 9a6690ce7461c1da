"""Short-lived keys for browsers and apps, where a key of one's own could be read by anyone.

A token is signed by the gateway and names the key it came from, what it may send and until when. Nothing is
stored: any gateway with the same secret takes it, and it ends with its key. Its form is
`tpt_<payload>.<HMAC-SHA256>`, both base64url.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections import OrderedDict
from datetime import UTC, datetime

import msgspec

from streams.edges.gateway.answers import Refused
from streams.edges.gateway.grants import Bucket, Grant, Scope
from streams.edges.gateway.keys import Keyring, unauthorised

PREFIX = "tpt_"
MAX_MINUTES = 24 * 60
MAX_NAMES = 20
"""A token travels with each request, in a URL even: it must stay short."""
_MAX_CHARS = 4_096
_KEPT_BUCKETS = 20_000


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a token is asked to allow: never more than its key."""

    minutes: int = 15
    channels: list[str] = []
    locations: list[str] = []
    kinds: list[str] = []
    rate: float = 1.0
    """Events a second."""
    burst: int = 20


class _Payload(msgspec.Struct, array_like=True):
    nonce: str
    key_id: str
    expires_ms: int
    channels: list[str]
    locations: list[str]
    kinds: list[str]
    rate: float
    burst: int


class Made(msgspec.Struct):
    """A new token."""

    token: str
    expires_at: str


def sign(secret: str, purpose: str, payload: bytes) -> str:
    """HMAC-SHA256 of a payload, base64url; signatures for one purpose are none for another."""
    key = hmac.digest(secret.encode(), purpose.encode(), "sha256")
    return _text(hmac.digest(key, payload, "sha256"))


def signed(secret: str, purpose: str, payload: bytes, signature: str) -> bool:
    """Whether a signature is right, compared in constant time."""
    return hmac.compare_digest(sign(secret, purpose, payload).encode(), signature.encode(errors="replace"))


class Tokens:
    """Makes tokens and takes them.

    Args:
        secret: signs them; '' for none.
        keyring: tells whether their key still holds.
    """

    def __init__(self, secret: str, keyring: Keyring) -> None:
        self._secret = secret
        self._keyring = keyring
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def make(self, body: bytes, grant: Grant, now_ms: int) -> Made:
        """A token that allows what is wished for, within what the key allows.

        Raises:
            Refused: 400 the wish cannot be read, 403 the key does not allow it, 503 no secret is set.
        """
        if not self._secret:
            detail = "This gateway gives out no tokens: TOUCHPULSE_GATEWAY_SECRET is not set."
            raise Refused(503, "no_tokens", detail)
        try:
            wish = msgspec.json.decode(body or b"{}", type=Wish)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(400, "bad_wish", f"The body is not what a token is made from: {error}.") from None
        names = [*wish.channels, *wish.locations, *wish.kinds]
        short = len(names) <= MAX_NAMES and all(0 < len(name) <= 128 for name in names)
        if not (1 <= wish.minutes <= MAX_MINUTES and 0 < wish.rate <= 1e6 and 1 <= wish.burst <= 10**6 and short):
            detail = f"Send minutes 1 to {MAX_MINUTES}, rate and burst above 0, and at most {MAX_NAMES} names."
            raise Refused(400, "bad_wish", detail)
        for field in ("channels", "locations", "kinds"):
            for scope in grant.scopes:
                allowed: frozenset[str] = getattr(scope, field)
                if allowed and (beyond := [name for name in getattr(wish, field) if name not in allowed]):
                    raise Refused(403, "beyond_key", f"This key may not send for {field} {', '.join(beyond)[:200]}.")
        expires_ms = now_ms + wish.minutes * 60_000
        if grant.expires is not None:
            expires_ms = min(expires_ms, int(grant.expires.timestamp() * 1000))
        payload = msgspec.json.encode(
            _Payload(
                secrets.token_urlsafe(12), grant.key_id, expires_ms, wish.channels, wish.locations, wish.kinds,
                wish.rate, wish.burst,
            )
        )  # fmt: skip
        moment = datetime.fromtimestamp(expires_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return Made(f"{PREFIX}{_text(payload)}.{sign(self._secret, 'token v1', payload)}", moment)

    def open(self, presented: str, now_ms: int) -> Grant:
        """What a token entitles to.

        Raises:
            Refused: 401 it is not ours or over; 403 its key is revoked or expired.
        """
        text, _, signature = presented[:_MAX_CHARS].removeprefix(PREFIX).partition(".")
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (Base64Error, ValueError):
            raw = b""
        if not (signed(self._secret, "token v1", raw, signature) and self._secret):
            raise unauthorised()
        payload = msgspec.json.decode(raw, type=_Payload)
        if payload.expires_ms <= now_ms:
            raise Refused(401, "token_expired", "This token is over: make a new one with POST /v1/tokens.")
        key = self._keyring.by_id(payload.key_id, now_ms)
        scope = Scope(frozenset(payload.channels), frozenset(payload.locations), frozenset(payload.kinds))
        bucket = self._bucket(payload)
        return Grant(key.key_id, key.producer, (*key.scopes, scope), (*key.buckets, bucket), key.expires)

    def _bucket(self, payload: _Payload) -> Bucket:
        """The token's own rate; the longest unused are forgotten, and so full again."""
        name = payload.nonce
        if name not in self._buckets:
            self._buckets[name] = Bucket(payload.rate, payload.burst)
            if len(self._buckets) > _KEPT_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        return self._buckets[name]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
