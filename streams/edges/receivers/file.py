"""Reading a file of receivers: with file, line, field and reason, or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from schemas.yaml_lines import YamlError, line_of, read_yaml
from streams.edges.errors import FileError
from streams.edges.receivers.spec import KINDS, ReceiverFile

MOST = 5
"""Findings told at once."""


def load(path: Path, env: Mapping[str, str] | None = None) -> ReceiverFile:
    """A file of receivers with its secrets.

    Args:
        env: where `..._env` looks; None: the environment. `..._file` is beside the file where it is no full path.
    Raises:
        FileError: names file, line, field and reason, and repeats nothing that could be a secret.
    """
    try:
        data, nodes = read_yaml(path)
    except YamlError as error:
        raise FileError(str(error)) from None
    if not isinstance(data, dict):
        raise FileError(f"{path}: holds no table: it needs {', '.join(ReceiverFile.model_fields)}")
    context = {"env": os.environ if env is None else env, "folder": path.parent}
    try:
        return ReceiverFile.model_validate(data, context=context)
    except ValidationError as refusal:
        raise FileError(_in_words(path, nodes, refusal)) from None


def _in_words(path: Path, nodes: yaml.Node | None, refusal: ValidationError) -> str:
    errors = refusal.errors(include_url=False, include_input=False)
    told = []
    for error in errors[:MOST]:
        keys = _keys(error)
        told.append(f"line {line_of(nodes, keys)}, {'.'.join(keys) or 'file'}: {_reason(error)}")
    more = f" (and {len(errors) - MOST} more)" if len(errors) > MOST else ""
    return f"{path}, {'; '.join(told)}{more}"


def _keys(error: Any) -> list[str]:
    """Place of a finding as keys of the file: pydantic names the kind of a receiver too."""
    loc: Sequence[Any] = error["loc"]
    keys = [str(part) for index, part in enumerate(loc) if not (index == 2 and loc[0] == "receivers" and part in KINDS)]
    if error["type"] == "mistake":
        keys += str(error["ctx"]["key"]).split(".")
    return [key for key in keys if key != "[key]"]


def _reason(error: Any) -> str:
    ours = error.get("ctx", {}).get("error")
    if isinstance(ours, ValueError):
        return str(ours)
    if error["type"] == "missing":
        return "is missing"
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"kind must be one of {', '.join(KINDS)}"
    return str(error["msg"] if error["type"] == "mistake" else error["msg"].lower())
