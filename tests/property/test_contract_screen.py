"""The raw screen is exact: it lets pass what a slow and simple reader lets pass, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.reasons import Reason, ScreenError
from schemas.screen import MAX_DEPTH, load

# Few keys, so that they repeat; colons, quotes and escapes, so that counting has something to get wrong.
_keys = st.sampled_from(["a", "b", "a:", '":', "occurred_at", "\\", "é"])
_texts = st.one_of(
    st.sampled_from(["", ":", '":', '" :', "2026-11-22T09:30:05Z", "{", "[", "\\"]),
    st.text(alphabet='a":\\{[ ', max_size=6),
)
_leaves = st.one_of(_texts, st.integers(-9, 9), st.none(), st.booleans())


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may repeat."""


_trees = st.recursive(
    st.lists(st.tuples(_keys, _leaves), max_size=4).map(Pairs),
    lambda inner: st.one_of(
        st.lists(st.tuples(_keys, st.one_of(_leaves, inner)), max_size=4).map(Pairs),
        st.lists(st.one_of(_leaves, inner), max_size=3),
    ),
    max_leaves=8,
)
_objects = st.lists(st.tuples(_keys, st.one_of(_leaves, _trees)), max_size=5).map(Pairs)


def write(value: Any, gap: str, ascii_only: bool) -> str:
    """JSON with repeated keys, which no library writes."""
    if isinstance(value, Pairs):
        members = (f"{json.dumps(k, ensure_ascii=ascii_only)}{gap}:{write(v, gap, ascii_only)}" for k, v in value)
        return "{" + f"{gap},".join(members) + gap + "}"
    if isinstance(value, list):
        return "[" + f",{gap}".join(write(v, gap, ascii_only) for v in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def repeats(value: Any) -> bool:
    """Does any object hold a key twice?"""
    if isinstance(value, Pairs):
        keys = [key for key, _ in value]
        return len(set(keys)) < len(keys) or any(repeats(v) for _, v in value)
    return isinstance(value, list) and any(map(repeats, value))


def depth(value: Any) -> int:
    """Levels of objects and arrays."""
    if isinstance(value, Pairs):
        return 1 + max((depth(v) for _, v in value), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@settings(max_examples=1000, deadline=None)
@given(tree=_objects, gap=st.sampled_from(["", " ", "\n  "]), ascii_only=st.booleans())
def test_a_repeated_key_is_found_at_any_level_and_nothing_else_is_called_one(
    tree: Pairs, gap: str, ascii_only: bool
) -> None:
    """Two decoders may keep different ones of two equal keys; so neither may see them."""
    raw = write(tree, gap, ascii_only).encode()
    if depth(tree) > MAX_DEPTH:
        expected: Reason | None = Reason.TOO_DEEP
    else:
        expected = Reason.REPEATED_KEY if repeats(tree) else None
    try:
        assert load(raw) == json.loads(raw)
        found = None
    except ScreenError as error:
        found = error.reason
    assert found == expected


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 1, 1_000, 1_100, 30_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_eight_levels_pass_and_nine_do_not(levels: int, opening: str, closing: str) -> None:
    """However deep it is, the refusal is the same and the process lives."""
    inner = levels - 1
    size = len(opening) + len(closing)
    if inner * size > 60_000:
        inner = 60_000 // size
    raw = f'{{"x":{opening * inner}1{closing * inner}}}'.encode()
    if levels <= MAX_DEPTH:
        assert load(raw)
    else:
        with pytest.raises(ScreenError) as refusal:
            load(raw)
        assert refusal.value.reason is Reason.TOO_DEEP


@pytest.mark.parametrize("field", ["a", "occurred_at"])
@pytest.mark.parametrize("below", [b"", b',"c":{}'], ids=["flat", "nested"])
def test_an_escaped_colon_hides_no_repeated_key(field: str, below: bytes) -> None:
    """Escaped, a colon is missing in the bytes and there in the text: the counts must not be fooled."""
    raw = b'{"' + field.encode() + b'":"9\\u003a30","b":1,"b":2' + below + b"}"
    with pytest.raises(ScreenError) as refusal:
        load(raw)
    assert refusal.value.reason is Reason.REPEATED_KEY
