"""What Grafana's ClickHouse plugin does to a panel's SQL before it runs, done here.

Why a module of its own: the local page runs the same SQL without Grafana, and tests run it as each version
of the plugin would send it. Only macros that exist in versions 3 and 4 are known; any other is an error
here, so that a board cannot use what half of its readers lack.

Two limits of the plugins are kept on purpose: a macro's argument is one column, and a macro without
arguments stands alone. Variables are always written `${name:sqlstring}` (or `${name:raw}` for a number): a
repeated panel hands its variable over as plain text, which a bare `$name` would leave without quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """As which version of the plugin the SQL is rendered."""

    PLUGIN_3 = "3"
    PLUGIN_4 = "4"


@dataclass(frozen=True, slots=True)
class Shown:
    """The time a board shows, and how finely.

    Attributes:
        from_ms, to_ms: UTC, both ends included, as Grafana's time picker has them.
        interval_ms: about one point of a graph, >= 1.
    """

    from_ms: int
    to_ms: int
    interval_ms: int = 10_000


Values = Mapping[str, str | Sequence[str]]
"""Chosen values by variable: one text, or several."""

_MACRO = re.compile(r"\$__(\w+)(?:\(([^()]*)\))?")
_VARIABLE = re.compile(r"\$\{(\w+):(\w+)\}")
_LEFT_OVER = re.compile(r"\$\w+|\$\{[^}]*\}|\[\[")


def expand(sql: str, *, shown: Shown, values: Values, style: Style = Style.PLUGIN_4) -> str:
    """SQL that ClickHouse runs.

    Raises:
        ValueError: a macro, variable or format that the boards may not use; names it.
    """

    def variable(match: re.Match[str]) -> str:
        name, form = match.groups()
        if name not in values:
            raise ValueError(f"variable {name!r} has no value")
        return _formatted(values[name], form)

    def macro(match: re.Match[str]) -> str:
        name, argument = match.groups()
        render = _MACROS[style].get(name)
        if render is None:
            raise ValueError(f"$__{name} is not a macro of both plugin versions")
        if (argument is None) == (name in _WITH_COLUMN):
            raise ValueError(f"$__{name} takes {'one column' if name in _WITH_COLUMN else 'no argument'}")
        return render(shown, (argument or "").strip())

    expanded = _VARIABLE.sub(variable, _MACRO.sub(macro, sql))
    if left := _LEFT_OVER.search(_without_texts(expanded)):
        raise ValueError(f"{left.group()!r} is left over: write variables as ${{name:sqlstring}}")
    return expanded


def _formatted(value: str | Sequence[str], form: str) -> str:
    if form == "sqlstring":
        chosen = [value] if isinstance(value, str) else value
        # Grafana leaves a backslash as it is, so a name with one finds nothing there. Here the value may come
        # from an address typed by anyone: it must stay one quoted text.
        return ",".join("'" + text.replace("\\", "\\\\").replace("'", "''") + "'" for text in chosen)
    if form == "raw" and isinstance(value, str):
        if not re.fullmatch(r"\d+", value):
            raise ValueError(f"{value!r} stands without quotes and is not a number")
        return value
    raise ValueError(f"variables are written as sqlstring, or as raw where a single number stands; not {form!r}")


def _without_texts(sql: str) -> str:
    """SQL with its quoted texts emptied: a chosen value may hold a dollar sign."""
    return re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", sql)


_WITH_COLUMN = frozenset({"timeFilter", "timeFilter_ms", "timeInterval", "timeInterval_ms"})
_Render = Callable[[Shown, str], str]


def _seconds(shown: Shown) -> int:
    return max(1, shown.interval_ms // 1000)


_SAME: Mapping[str, _Render] = {
    "timeInterval": lambda s, c: f"toStartOfInterval(toDateTime({c}), INTERVAL {_seconds(s)} second)",
    "timeInterval_ms": lambda s, c: (
        f"toStartOfInterval(toDateTime64({c}, 3), INTERVAL {max(1, s.interval_ms)} millisecond)"
    ),
    "interval_s": lambda s, _: str(_seconds(s)),
}
_MACROS: Mapping[Style, Mapping[str, _Render]] = {
    Style.PLUGIN_3: {
        **_SAME,
        "fromTime": lambda s, _: f"toDateTime(intDiv({s.from_ms},1000))",
        "toTime": lambda s, _: f"toDateTime(intDiv({s.to_ms},1000))",
        "timeFilter": lambda s, c: f"{c} >= '{s.from_ms // 1000}' AND {c} <= '{s.to_ms // 1000}'",
        "timeFilter_ms": lambda s, c: f"{c} >= '{s.from_ms}' AND {c} <= '{s.to_ms}'",
    },
    Style.PLUGIN_4: {
        **_SAME,
        "fromTime": lambda s, _: f"toDateTime({s.from_ms // 1000})",
        "toTime": lambda s, _: f"toDateTime({s.to_ms // 1000})",
        "timeFilter": lambda s, c: f"{c} >= toDateTime({s.from_ms // 1000}) AND {c} <= toDateTime({s.to_ms // 1000})",
        "timeFilter_ms": lambda s, c: (
            f"{c} >= fromUnixTimestamp64Milli({s.from_ms}) AND {c} <= fromUnixTimestamp64Milli({s.to_ms})"
        ),
    },
}
