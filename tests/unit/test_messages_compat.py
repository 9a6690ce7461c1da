"""Workers of two versions speak to each other during an upgrade: what either writes, the other must read.

The lines of `messages_v1.ndjson` were written by versions before this one, one of each kind. Lines are only ever added;
a line that fails means an upgrade during which workers pass over each other's messages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from streams.pure.cells import Message, decode, encode

WRITTEN = Path(__file__).with_name("messages_v1.ndjson").read_bytes().splitlines()
each_line = pytest.mark.parametrize("line", WRITTEN, ids=[json.loads(line)["t"] for line in WRITTEN])
DATA = {"a_name", "7"}
"""Names in the lines that stand for any: beside them another one would say more, not be passed over."""
ROWS = {"sums": "rows", "closed": "rows"}
"""Messages whose rows are lists without names: a field may be added at their end."""


def holds(whole: Any, part: Any) -> bool:
    """Whether all that stands in `part` stands in `whole` too, in the same place."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and holds(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) >= len(part) and all(map(holds, whole, part))
    return bool(whole == part)


def with_more(value: Any) -> Any:
    """The same with a field in every object that nobody knows yet, but where the names are data."""
    if isinstance(value, dict):
        return {name: with_more(each) for name, each in value.items()} | ({} if DATA & value.keys() else {"newer": [1]})
    return [with_more(each) for each in value] if isinstance(value, list) else value


def test_every_message_has_a_line() -> None:
    """If this fails: write one of the new kind, encode it, and add it to the end of the file."""
    tags = {kind.__struct_config__.tag for kind in get_args(Message)}
    assert {json.loads(line)["t"] for line in WRITTEN} == tags


@each_line
def test_what_the_version_before_wrote_is_read_without_loss(line: bytes) -> None:
    """A field renamed, narrowed, or added without a default would stop `archive`, and the others would pass over it."""
    assert holds(json.loads(encode(decode(line))), json.loads(line))


@each_line
def test_a_field_that_a_newer_version_adds_is_passed_over(line: bytes) -> None:
    """Whoever adds a field with a default needs no other order of upgrading than the usual one."""
    assert decode(json.dumps(with_more(json.loads(line))).encode()) == decode(line)


@pytest.mark.parametrize(("tag", "name"), ROWS.items())
def test_a_field_at_the_end_of_a_row_is_passed_over_too(tag: str, name: str) -> None:
    (line,) = [each for each in WRITTEN if json.loads(each)["t"] == tag]
    longer = json.loads(line)
    longer[name] = [[*row, "newer"] for row in longer[name]]
    assert decode(json.dumps(longer).encode()) == decode(line)
