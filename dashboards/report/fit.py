"""Step 6 of a report, from a small file: how the answer fits strategy, people, process and technology.

YAML with these four keys, or Markdown with these four headings, in English or Chinese; any may be left out.
"""

from __future__ import annotations

import re
from pathlib import Path

from dashboards.report.words import TEXTS
from schemas.yaml_lines import YamlError, read_yaml
from streams.edges.errors import FileError
from streams.pure.method.report import Fit

FIELDS = ("strategy", "people", "process", "technology")
NAMES = {name: field for field in FIELDS for name in (field, *(text.lower() for text in TEXTS[field]))}
_HEADING = re.compile(r"#+\s*(.+?)\s*#*\s*")


def load(path: Path) -> Fit:
    """What management wrote.

    Raises:
        FileError: it cannot be read, or names something else than the four.
    """
    found = _markdown(path) if path.suffix.lower() in (".md", ".markdown") else _yaml(path)
    return Fit(**found)


def _yaml(path: Path) -> dict[str, str]:
    try:
        read, _ = read_yaml(path)
    except YamlError as error:
        raise FileError(str(error)) from None
    if not isinstance(read, dict):
        raise FileError(f"{path}: write one text for each of {', '.join(FIELDS)}")
    return {_field(path, str(name)): "" if text is None else str(text).strip() for name, text in read.items()}


def _markdown(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise FileError(f"{path}: is not UTF-8: save it as UTF-8") from None
    found: dict[str, list[str]] = {}
    under: list[str] | None = None
    for line in lines:
        if heading := _HEADING.fullmatch(line):
            under = found.setdefault(_field(path, heading[1]), [])
        elif under is not None:
            under.append(line)
        elif line.strip():
            raise FileError(f"{path}: text before the first heading: use headings {', '.join(FIELDS)}")
    return {name: "\n".join(text).strip() for name, text in found.items()}


def _field(path: Path, name: str) -> str:
    if (field := NAMES.get(name.lower())) is None:
        raise FileError(f"{path}: {name!r} is none of {', '.join(FIELDS)}")
    return field
