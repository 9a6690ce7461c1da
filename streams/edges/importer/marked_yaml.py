"""Mapping files as text with lines: every mistake can be pointed at, and nothing is guessed.

Why scalars stay the text that was written: YAML guesses types (`no` becomes False, `010` becomes 8), while
the codes of a survey file are text, and `no` and `010` are codes. The model decides what is a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from schemas.names import KnownNames
from schemas.yaml_lines import YamlError, line_of, read_yaml
from streams.edges.errors import FileError

MAX_DEPTH = 20  # also ends an alias that contains itself

Place = tuple[str | int, ...]
"""Keys and list positions that lead to a part of the document."""


@dataclass(frozen=True)
class Marked:
    """A document that knows where each of its parts stands."""

    file: Path
    """Where it was read."""
    value: Any
    """Dicts, lists and texts; never a number, bool or None."""
    nodes: yaml.Node = field(repr=False)
    """The same with lines."""

    def error(self, path: Place, message: str) -> FileError:
        """A mistake in this part, in one sentence that names file, line and field."""
        line = line_of(self.nodes, [str(part) for part in path])
        return FileError(": ".join(filter(None, (f"{self.file}, line {line}", dotted(path), message))))


class Part(BaseModel):
    """Base of the models of such files: frozen; an unknown key is refused with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, value: Any) -> Any:
        for key in value if isinstance(value, dict) else ():
            if key not in cls.model_fields:
                known = f"; known: {', '.join(cls.model_fields)}"
                raise mistake(key, f"unknown key{nearest(key, cls.model_fields) or known}")
        return value


PartT = TypeVar("PartT", bound=Part)


def read(file: Path) -> Marked:
    """The one document of a YAML file.

    Raises:
        FileError: not readable, not YAML, a key twice, or empty.
    """
    try:
        _, nodes = read_yaml(file)
    except YamlError as error:
        raise FileError(str(error)) from None
    if nodes is None:
        raise FileError(f"{file}: is empty")
    return Marked(file, _texts(file, nodes, 0), nodes)


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
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "mistake":
            path = (*path, first["ctx"]["key"])
        elif first["type"] == "missing":
            message = "is missing"
        elif first["type"].endswith("_type"):
            message = f"{message}, got {str(first['input'])[:60]!r}"
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        raise marked.error(path, message + more) from None


def mistake(key: str, message: str) -> PydanticCustomError:
    """For validators: a mistake that is one key's, though the whole part was looked at."""
    return PydanticCustomError("mistake", "{message}", {"key": key, "message": message})


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where a known name is close, else nothing."""
    found = KnownNames(known).nearest(name)
    return f"; did you mean {found!r}?" if found else ""


def dotted(path: Place) -> str:
    """A path as people write it: `answers[1].scale`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _texts(file: Path, node: yaml.Node, depth: int) -> Any:
    """Value of a node with every scalar as it was written."""
    if depth > MAX_DEPTH:
        raise FileError(f"{file}, line {node.start_mark.line + 1}: nested more than {MAX_DEPTH} deep")
    if isinstance(node, yaml.SequenceNode):
        return [_texts(file, item, depth + 1) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _texts(file, value, depth + 1) for key, value in node.value}
    return node.value
