"""The raw screen: what must hold of the bytes before any model looks at them.

Why one screen: JSON libraries disagree on repeated keys, NaN, 1e400, bad UTF-8, lone surrogates,
byte-order marks and depth. So the bytes are parsed once, here, and both decoders get the same
plain values. Why not parse with a duplicate-aware reader: it costs ten times as much. Instead the
keys in the bytes are counted, and most events are cleared by two counts (see `_keys_are_single`).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

from schemas.reasons import Reason, ScreenError, cut

MAX_BYTES = 64 * 1024
"""Size of the largest event."""
MAX_DEPTH = 8
"""Objects and arrays inside each other, the event itself included."""

_KEY_BEFORE_SPACE = re.compile(rb'"[ \t\n\r]+:')
# Always matches a text to its end, closed or not: so that no bytes can make it try again and again.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.?)*"?|[\[{]|[\]}]', re.DOTALL)


def load(raw: bytes) -> dict[str, Any]:
    """The event's fields as plain Python values.

    Args:
        raw: one JSON object, UTF-8.
    Returns:
        Its fields; numbers are finite, no text holds a lone surrogate.
    Raises:
        ScreenError: with the reason; the bytes will never become valid.
    """
    if len(raw) > MAX_BYTES:
        raise ScreenError(Reason.TOO_LARGE, f"The event has {len(raw)} bytes: send at most {MAX_BYTES}.")
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _why_not_json(raw, error) from None
    # A flat event, which is nearly every one: no second brace, no bracket.
    if raw.find(b"{", 1) < 0 and b"[" not in raw and data.__class__ is dict:
        keys, colons = len(data), -1
    else:
        keys, colons, depth = _measure(data)
        if depth > MAX_DEPTH:
            raise _too_deep()
    if not isinstance(data, dict):
        raise ScreenError(Reason.NOT_AN_OBJECT, "The message is no JSON object: send one object per message.")
    if not _keys_are_single(raw, data, keys, colons):
        raise _repeated_key(raw)
    return data


def _keys_are_single(raw: bytes, data: dict[str, Any], keys: int, colons: int) -> bool:
    """Is every key of valid JSON the only one of its name in its object?

    Why counting proves it: each key is followed by a colon, all other colons stand in texts. A
    parser that drops repeated keys returns fewer keys than the bytes hold.
    1. Without a backslash, the texts that were returned hold no more colons than the bytes do in
       texts. So if `colons in bytes - colons in returned texts` is not above the number of returned
       keys, no key was dropped.
    2. Else, if each key's quote is directly followed by its colon, then `":` is found at least once
       a key; if it is found no more often than there are returned keys, none was dropped.
    3. Else the bytes are read again by a slow reader that sees each key.
    """
    if b"\\" not in raw:
        spare = raw.count(b":") - keys
        if spare == 0:
            return True
        if colons < 0:  # flat
            at = data.get("occurred_at")
            if at.__class__ is str and at.count(":") == spare:
                return True
            colons = sum(text.count(":") for text in data.values() if text.__class__ is str)
            colons += sum(key.count(":") for key in data)
        if colons == spare:
            return True
    elif raw.count(b'":') == keys and _KEY_BEFORE_SPACE.search(raw) is None:
        return True
    return _find_repeated_key(raw) is None


def _measure(data: Any) -> tuple[int, int, int]:
    """Number of keys, number of colons in keys and texts, and depth; without recursion."""
    keys = colons = depth = 0
    level = [data]
    while level:
        below: list[Any] = []
        nested = False
        for value in level:
            if value.__class__ is str:
                colons += value.count(":")
            elif value.__class__ is dict:
                nested = True
                keys += len(value)
                below.extend(value)
                below.extend(value.values())
            elif value.__class__ is list:
                nested = True
                below.extend(value)
        depth += nested
        level = below
    return keys, colons, depth


def _too_deep() -> ScreenError:
    return ScreenError(Reason.TOO_DEEP, f"The event nests deeper than {MAX_DEPTH} levels: send a flat object.")


def _repeated_key(raw: bytes) -> ScreenError:
    key = _find_repeated_key(raw) or ""
    return ScreenError(
        Reason.REPEATED_KEY,
        f"The key {cut(key)} stands twice in one object: send each key once.",
        field=key[:64],
    )


def _find_repeated_key(raw: bytes) -> str | None:
    """The first key that stands twice in one object of valid JSON; None if there is none."""
    repeated: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                repeated.append(key)
            seen.add(key)

    json.loads(raw.decode(), object_pairs_hook=look, parse_int=str)
    return repeated[0] if repeated else None


def _why_not_json(raw: bytes, error: orjson.JSONDecodeError) -> ScreenError:
    """Name what the strict parser stumbled over; slow, only for bytes already refused."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as bad:
        return ScreenError(Reason.BAD_UTF8, f"Byte {bad.start} is no UTF-8: send the event as UTF-8.", field="")
    if _depth(raw) > MAX_DEPTH:
        return _too_deep()
    if text.startswith("\ufeff"):
        return ScreenError(Reason.NOT_JSON, "The event begins with a byte-order mark: send it without.")
    if not text.strip():
        return ScreenError(Reason.NOT_JSON, "The message is empty: send one JSON object per message.")
    not_json = ScreenError(
        Reason.NOT_JSON, f"The message is not JSON (character {error.pos}): send one JSON object per message."
    )
    try:
        # The lenient reader takes NaN, 1e400 and lone surrogates, so that they can be named.
        data = json.loads(text, parse_int=float)
    except ValueError:
        return not_json
    for field, value in _leaves(data):
        if isinstance(value, float) and not math.isfinite(value):
            problem = f"The field {field!r} is not a finite number: send a number, or leave it out."
            return ScreenError(Reason.NOT_FINITE, problem, field=field)
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            problem = f"The field {field!r} holds half a character (a lone surrogate): send whole characters."
            return ScreenError(Reason.BAD_UTF8, problem, field=field)
    return not_json


def _depth(raw: bytes) -> int:
    """Deepest nesting of brackets outside texts, also of bytes that are not JSON."""
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(raw):
        first = token.group()[0]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _leaves(data: Any, path: str = "") -> list[tuple[str, Any]]:
    """Paths and values of everything that is no object or array, and the keys themselves."""
    if isinstance(data, dict):
        found = [(path, key) for key in data]
        for key, value in data.items():
            found += _leaves(value, f"{path}.{key}" if path else key)
        return found
    if isinstance(data, list):
        return [leaf for n, value in enumerate(data) for leaf in _leaves(value, f"{path}.{n}" if path else str(n))]
    return [(path, data)]
