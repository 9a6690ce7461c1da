"""The settings as their reader meets them: what each means, what is set and where, and whether it works.

Why beside `settings`: that module says what is allowed. Here it is told, and tried against the world.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr

from streams.edges.errors import TouchpulseError
from streams.edges.settings import PREFIX, Settings

MASK = "******"
_UNITS = {"_ms": "ms", "_s": "s", "_bytes": "bytes", "_port": "port", "_url": "URL"}
_KINDS: dict[Any, str] = {bool: "yes or no", int: "whole number", float: "number", Path: "path", SecretStr: "secret"}


@dataclass(frozen=True, slots=True)
class Known:
    """One setting as it is documented: variable, kind of value, unit ('' without), default as text, meaning."""

    variable: str
    kind: str
    unit: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Given:
    """One setting as it is: its value, masked if secret, and where it comes from."""

    variable: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried: what, whether it works, and what was seen or what is wrong."""

    what: str
    works: bool
    said: str


def known() -> list[Known]:
    """All settings, in the order of their documentation."""
    return [
        Known(
            PREFIX + name.upper(),
            _kind(field.annotation),
            next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), ""),
            _text(field.default),
            " ".join((field.description or "").split()),
        )
        for name, field in Settings.model_fields.items()
    ]


def markdown() -> str:
    """The table of all settings, as deploy/docs/settings.md holds it."""
    lines = [
        "# Settings",
        "",
        "Every process reads them from the environment, once. Any may be read from a file by `..._FILE`, such as",
        f"`{PREFIX}CLICKHOUSE_PASSWORD_FILE=/run/secrets/clickhouse`. A misspelt one stops the start. `touchpulse",
        "config show` prints those in force with secrets masked, `touchpulse config check` tries them. This table is",
        "written by `touchpulse config table`.",
        "",
        "| variable | kind | unit | default | meaning |",
        "|---|---|---|---|---|",
    ]
    for each in known():
        default = f"`{each.default}`" if each.default else ""
        meaning = each.meaning.replace("|", "\\|")
        lines.append(f"| `{each.variable}` | {each.kind} | {each.unit} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def given(env: Mapping[str, str]) -> list[Given]:
    """The settings in force; secrets are masked, and a secret that is not set shows as empty.

    Raises:
        SettingsError: one of them is wrong.
    """
    settings = Settings.from_env(env)
    found = []
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        source = variable if variable in env else f"{variable}_FILE" if f"{variable}_FILE" in env else "default"
        found.append(Given(variable, _text(getattr(settings, name)), source))
    return found


def tried(settings: Settings) -> Iterator[Tried]:
    """Tries what the settings speak of, one after the other; what is not set is not tried."""
    for what, applies, attempt in (
        ("Kafka", True, _topics),
        ("ClickHouse", True, _clickhouse),
        ("names", settings.catalogue_path is not None, _names),
        ("privacy keys", True, _privacy),
        ("keys of the gateway", settings.keys_path is not None, _keys),
        ("receivers", settings.receivers_path is not None, _receivers),
        ("state folder", settings.state_path is not None, _state),
    ):
        if not applies:
            continue
        try:
            yield Tried(what, True, attempt(settings))
        except TouchpulseError as error:
            yield Tried(what, False, str(error))


def _topics(settings: Settings) -> str:
    from streams.edges.errors import UserError
    from streams.edges.topics import declared
    from streams.edges.topics_live import check

    topics = declared(settings)
    problems = asyncio.run(check(settings, topics, now_ms=time.time_ns() // 1_000_000))
    if problems:
        raise UserError(f"{problems[0].sentence} ({len(problems)} in all: `touchpulse topics check`)")
    return f"{settings.brokers()} answers, all {len(topics)} topics are fit for counting"


def _clickhouse(settings: Settings) -> str:
    from streams.edges.errors import UserError
    from streams.edges.migrate import migrate
    from streams.edges.store import Store

    with Store.connect(settings) as store:
        version = store.rows("SELECT version()")[0][0]
        if missing := len(migrate(store, dry_run=True)):
            raise UserError(f"ClickHouse {version} lacks {missing} of our migrations: run `touchpulse migrate`")
        return f"version {version}, database {settings.clickhouse_database} is up to date"


def _names(settings: Settings) -> str:
    from streams.edges.gateway.catalogue import load_catalogue

    load_catalogue(settings)
    return f"{settings.catalogue_path} is sound"


def _privacy(settings: Settings) -> str:
    from streams.edges.privacy import privacy_of

    privacy_of(settings)
    held = settings.privacy_keys.get_secret_value()
    return f"{held.count(',') + 1} in force" if held else "none: customers are stored as they are sent"


def _keys(settings: Settings) -> str:
    from streams.edges.gateway.keys import KeyFile

    assert settings.keys_path is not None
    return f"{len(KeyFile.load(settings.keys_path).keys)} in {settings.keys_path}"


def _receivers(settings: Settings) -> str:
    from streams.edges.receivers.file import load
    from streams.edges.receivers.make import make_all

    assert settings.receivers_path is not None
    return (
        f"{len(make_all(load(settings.receivers_path)))} in {settings.receivers_path}; `receivers try NAME` sends one"
    )


def _state(settings: Settings) -> str:
    from streams.edges.errors import SettingsError

    folder = settings.state_path
    assert folder is not None
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not os.access(place, os.W_OK):
        raise SettingsError(f"{PREFIX}STATE_PATH: cannot write in {place}")
    return f"{folder} can be written"


def _kind(annotation: Any) -> str:
    """A value's type in words."""
    if get_origin(annotation) is UnionType:
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is tuple:
        return f"list of {_kind(get_args(annotation)[0])}s, with commas"
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(filter(None, get_args(annotation)))}"
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return _KINDS.get(annotation, "text")


def _text(value: Any) -> str:
    """A value as it would be written into its variable."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
