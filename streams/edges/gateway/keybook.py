"""The keys file as `touchpulse keys` writes it: whole, at once, readable by its owner only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from streams.edges.errors import FileError, UserError
from streams.edges.gateway.keys import Key, KeyFile
from streams.edges.importer.marked_yaml import nearest

_HEAD = """\
# Keys of the gateway, written by `touchpulse keys`; a running gateway takes changes over within a second.
# Only hashes of the secrets are here. channels, locations and kinds limit what a key may send; none named: all.
"""
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def make(path: Path, now: datetime, **fields: Any) -> tuple[Key, str]:
    """Add a key; makes the file if need be.

    Args:
        path: the keys file.
        now: when the key is made.
        fields: of `Key`: producer, and what it may send.
    Returns:
        The key and the text to send, which cannot be had again.
    Raises:
        UserError: a field is wrong.
    """
    with _held(path) as file:
        key, text = _new(now, [key.id for key in file.keys], fields)
        _write(path, (*file.keys, key))
    return key, text


def rotate(path: Path, id_: str, now: datetime, grace: timedelta) -> tuple[Key, str]:
    """A new key with the same rights; the old one opens for some time yet.

    Raises:
        UserError: there is no such key, or it is not valid any more.
    """
    with _held(path) as file:
        old = _find(file, id_)
        if old.state(now) != "valid":
            raise UserError(f"key {id_} is {old.state(now)}: make a new one with `touchpulse keys make`")
        rights = old.model_dump(include={"producer", "channels", "locations", "kinds", "rate", "burst", "expires"})
        key, text = _new(now, [key.id for key in file.keys], rights)
        ends = now + grace if old.expires is None else min(old.expires, now + grace)
        _write(path, (*_with(file, id_, lambda key: key.model_copy(update={"expires": ends})), key))
    return key, text


def revoke(path: Path, id_: str, now: datetime) -> None:
    """A key opens nothing from now on; it stays in the file, for who asks later.

    Raises:
        UserError: there is no such key.
    """
    with _held(path) as file:
        _find(file, id_)
        _write(path, _with(file, id_, lambda key: key.model_copy(update={"revoked": key.revoked or now})))


def _new(now: datetime, taken: list[str], fields: dict[str, Any]) -> tuple[Key, str]:
    id_ = "".join(secrets.choice(_LETTERS) for _ in range(6))
    while id_ in taken:
        id_ = "".join(secrets.choice(_LETTERS) for _ in range(6))
    secret = secrets.token_hex(24)
    try:
        key = Key(id=id_, hash=sha256(secret.encode()).hexdigest(), made=now.replace(microsecond=0), **fields)
    except ValidationError as error:
        what = error.errors()[0]
        place, text = str(what["loc"][0]), str(what["msg"]).removeprefix("Value error, ")
        raise UserError(f"{place} {text}") from None
    return key, f"tpk_{id_}_{secret}"


def _find(file: KeyFile, id_: str) -> Key:
    for key in file.keys:
        if key.id == id_:
            return key
    raise UserError(f"there is no key {id_!r}{nearest(id_, [key.id for key in file.keys])}; see `touchpulse keys list`")


def _with(file: KeyFile, id_: str, change: Callable[[Key], Key]) -> tuple[Key, ...]:
    return tuple(change(key) if key.id == id_ else key for key in file.keys)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[KeyFile]:
    """The file, while nobody else changes it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Path(f"{path}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield KeyFile.load(path) if path.exists() else KeyFile()
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None


def _write(path: Path, keys: tuple[Key, ...]) -> None:
    """Put a new file into the place of the old one: a reader sees either, never half of one."""
    rows = [key.model_dump(mode="json", exclude_none=True) for key in keys]
    text = _HEAD + yaml.safe_dump({"keys": rows}, sort_keys=False, allow_unicode=True)
    new = Path(f"{path}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
