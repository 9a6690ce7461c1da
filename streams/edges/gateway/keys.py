"""Who may send what: the keys file, and what a request's key entitles it to.

Keys are 192 random bits, kept as SHA-256. Why no slow hash such as bcrypt: it makes guessing dear where people
choose words, and nobody guesses 192 bits; but it would cost each request a tenth of a second, and so hand
anyone a way to stop the gateway. A wrong key costs the same work as a right one: one hash, one look-up, one
comparison in constant time.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, PositiveFloat, PositiveInt, model_validator

from schemas.events import MODELS
from schemas.fields import check_name, check_producer, check_short_name
from streams.edges.errors import FileError
from streams.edges.gateway.answers import Refused
from streams.edges.gateway.grants import Bucket, Grant, Scope
from streams.edges.importer.marked_yaml import Part, nearest, read, validated

log = logging.getLogger("touchpulse")

KEY = re.compile(r"tpk_([a-z0-9]{4,16})_([0-9a-f]{48})")
"""What a key looks like: `tpk_`, its id, its secret."""
_NOBODY = bytes(32)

_Short = Annotated[str, AfterValidator(check_short_name)]
_Name = Annotated[str, AfterValidator(check_name)]


def _kind(name: str) -> str:
    if name not in MODELS:
        raise ValueError(f"is no kind of event{nearest(name, MODELS)}")
    return name


class Key(Part):
    """One key as the file has it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{4,16}$")]
    producer: Annotated[str, AfterValidator(check_producer)]
    """Name its events carry, whatever they say themselves."""
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the secret."""
    made: AwareDatetime
    expires: AwareDatetime | None = None
    """It opens nothing from then on."""
    revoked: AwareDatetime | None = None
    channels: tuple[_Short, ...] = ()
    """Channels it may send for; none named: all. So with locations and kinds."""
    locations: tuple[_Name, ...] = ()
    kinds: tuple[Annotated[str, AfterValidator(_kind)], ...] = ()
    rate: PositiveFloat = 1_000.0
    """Events a second, in the long run."""
    burst: PositiveInt = 5_000
    """Events at once, after a pause."""

    def state(self, now: datetime) -> str:
        """valid, revoked or expired."""
        if self.revoked is not None and self.revoked <= now:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "valid"


class KeyFile(Part):
    """The whole file."""

    keys: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [key.id for key in self.keys]
        if twice := {id_ for id_ in ids if ids.count(id_) > 1}:
            raise ValueError(f"the id {min(twice)} stands twice")
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a keys file.

        Raises:
            FileError: it is missing or wrong; names line and field.
        """
        if path.exists() and not path.read_bytes().strip():
            raise FileError(f"{path}: is empty: make a key with `touchpulse keys make`")
        return validated(cls, read(path))


class Keyring:
    """The keys in force, read again when their file changes.

    Args:
        path: the keys file.
    Raises:
        FileError: it is missing or wrong. Later, a wrong file leaves the old keys in force.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = self._look()
        self._buckets: dict[str, tuple[tuple[float, int], Bucket]] = {}
        self.failures = 0
        """How often a changed file could not be read."""
        self._take(KeyFile.load(path))

    def refresh(self) -> None:
        """Take over a changed file; call it every second or so."""
        mark = self._look()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._take(KeyFile.load(self._path))
        except (FileError, OSError) as error:
            self.failures += 1
            log.error("the old keys stay in force: %s", error)
        else:
            log.info("keys taken over: %d", len(self._keys))

    def open(self, presented: str, now_ms: int) -> Grant:
        """What a key entitles to.

        Args:
            presented: what came in the request; '' for nothing.
        Raises:
            Refused: 401 no key or a wrong one; 403 revoked or expired, told to the holder of its secret only.
        """
        parts = KEY.fullmatch(presented[:128])
        id_, secret = parts.groups() if parts else ("", presented[:128])
        key, digest = self._keys.get(id_, (None, _NOBODY))
        right = hmac.compare_digest(sha256(secret.encode(errors="replace")).digest(), digest)
        if key is None or not right:
            raise unauthorised()
        return self._granted(key, now_ms)

    def by_id(self, id_: str, now_ms: int) -> Grant:
        """The grant of the key that made a token.

        Raises:
            Refused: 401 there is none any more; 403 revoked or expired.
        """
        key, _ = self._keys.get(id_, (None, _NOBODY))
        if key is None:
            raise unauthorised()
        return self._granted(key, now_ms)

    def __len__(self) -> int:
        return len(self._keys)

    def _granted(self, key: Key, now_ms: int) -> Grant:
        state = key.state(datetime.fromtimestamp(now_ms / 1000, UTC))
        if state != "valid":
            raise Refused(403, f"key_{state}", f"This key is {state}: ask for a new one.")
        scope = Scope(frozenset(key.channels), frozenset(key.locations), frozenset(key.kinds))
        return Grant(key.id, key.producer, (scope,), (self._buckets[key.id][1],), key.expires)

    def _take(self, file: KeyFile) -> None:
        self._keys: Mapping[str, tuple[Key, bytes]] = {key.id: (key, bytes.fromhex(key.hash)) for key in file.keys}
        kept = self._buckets
        self._buckets = {}
        for key in file.keys:
            terms = (key.rate, key.burst)
            had = kept.get(key.id)
            self._buckets[key.id] = had if had and had[0] == terms else (terms, Bucket(key.rate, key.burst))

    def _look(self) -> tuple[int, int, int]:
        """Changes whenever the file does, also when another is moved into its place."""
        try:
            stat = self._path.stat()
        except OSError:
            return 0, 0, 0
        return stat.st_ino, stat.st_mtime_ns, stat.st_size


def unauthorised() -> Refused:
    """No key, an unknown one, a wrong secret: all the same to who does not hold one."""
    detail = "No valid key: send the header 'Authorization: Bearer tpk_...', as `touchpulse keys make` printed it."
    return Refused(401, "unauthorised", detail)
