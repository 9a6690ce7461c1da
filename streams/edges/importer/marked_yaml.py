"""YAML whose mistakes can be pointed at: every value keeps the line it stands on.

Why not plain `safe_load`: it guesses types (`no` becomes False, `010` becomes 8, `12:30` becomes 750)
and quietly keeps the last of two equal keys. Here every scalar stays the text that was written, as the
cells of a survey file are text too; the model decides what is a number.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from streams.edges.errors import FileError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20  # also ends an alias that contains itself

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Marked:
    """A document with the line of each of its parts."""

    file: Path
    """Where it was read."""
    value: Any
    """Dicts, lists and texts; never a number, bool or None."""
    lines: Mapping[Place, int] = field(repr=False)
    """Path of keys and list positions to line, counted from 1."""

    def line(self, path: Place) -> int:
        """Line of a part, or of the nearest part around it where it is missing."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Place, message: str) -> FileError:
        """A mistake in this part, in one sentence that names file, line and field."""
        name = dotted(path)
        return FileError(f"{self.file}, line {self.line(path)}: {name + ': ' if name else ''}{message}")


class Part(BaseModel):
    """Base of models read from such a file: frozen, and an unknown key is refused with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, value: Any) -> Any:
        for key in value if isinstance(value, dict) else ():
            if key not in cls.model_fields:
                known = ", ".join(cls.model_fields)
                raise mistake(key, f"unknown key{nearest(key, cls.model_fields)}; known: {known}")
        return value


PartT = TypeVar("PartT", bound=Part)


def read(file: Path) -> Marked:
    """The one document of a YAML file.

    Raises:
        FileError: not readable, not YAML, a key twice, empty or too large.
    """
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise FileError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileError(f"{file}, line {line}: not UTF-8; save the file as UTF-8") from None
    if len(raw) > MAX_BYTES:
        raise FileError(f"{file}: larger than {MAX_BYTES:,} bytes")
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileError(f"{file}, line {line}: not YAML ({error.problem})") from None
    except yaml.YAMLError as error:
        raise FileError(f"{file}: not YAML ({error})") from None
    if node is None:
        raise FileError(f"{file}: is empty")
    lines: dict[Place, int] = {}
    return Marked(file, _built(file, node, (), lines), lines)


def validated(model: type[PartT], marked: Marked) -> PartT:
    """The document as a model.

    Raises:
        FileError: names line and field of the first mistake, and how many more there are.
    """
    try:
        return model.model_validate(marked.value)
    except ValidationError as error:
        mistakes = error.errors()
        first = mistakes[0]
        path: Place = tuple(first["loc"])
        context = first.get("ctx", {})
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "mistake":
            path = (*path, context["key"])
        elif first["type"] == "literal_error":
            options = re.findall(r"'([^']*)'", context["expected"])
            message = f"unknown {first['input']!r}{nearest(str(first['input']), options)}; known: {', '.join(options)}"
        elif first["type"] == "missing":
            message = "is missing"
        elif first["type"] == "model_type" or first["type"].endswith("_type"):
            message = f"{message}, got {str(first['input'])[:60]!r}"
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        raise marked.error(path, message + more) from None


def mistake(key: str, message: str) -> PydanticCustomError:
    """For validators: a mistake that is one key's, though the whole part was looked at."""
    return PydanticCustomError("mistake", "{message}", {"key": key, "message": message})


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where a known name is close, else nothing."""
    by_folded = {option.casefold(): option for option in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[close[0]]!r}?" if close else ""


def dotted(path: Place) -> str:
    """A path as people write it: `answers[1].scale`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _built(file: Path, node: yaml.Node, path: Place, lines: dict[Place, int]) -> Any:
    """Plain value of a node; notes the line of each part on the way."""
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > MAX_DEPTH:
        raise FileError(f"{file}, line {node.start_mark.line + 1}: nested more than {MAX_DEPTH} deep")
    if isinstance(node, yaml.SequenceNode):
        return [_built(file, item, (*path, index), lines) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    value: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key, str):
            raise FileError(f"{file}, line {line}: a key must be plain text")
        if key in value:
            raise FileError(f"{file}, line {line}: {dotted((*path, key))}: stands here twice")
        lines[(*path, key)] = line
        value[key] = _built(file, value_node, (*path, key), lines)
    return value
