"""Numbers of the method in words: what a reader sees in a cell, with interval and n, or why there is none.

Why in SQL and not on the screens: both screens must say the same. A number `x` is the five columns that
method_sql/pieces.py makes: x, x_lower, x_upper, x_n and x_reason.
"""

from __future__ import annotations

from collections.abc import Callable

from dashboards import sql
from dashboards.panel import FEW_ANSWERS, Tone

FEW, UNKNOWN = "○", "unknown"
SECRET = "hidden"
"""How the reason begins why a number is hidden."""
TONES = ((FEW, Tone.QUIET), (UNKNOWN, Tone.QUIET), (SECRET, Tone.QUIET))
"""Tones of a number in words: grey where few answered, or nobody, or it is hidden."""


def number(name: str, digits: int = 1, *, signed: bool = False, times: int = 1, unit: str = "") -> str:
    """`5.0 (4.8 to 5.2) · n 40`; begins with ○ where few answered; `unknown: no answers` where there is none, and
    `hidden: fewer than 5 customers` where hiding.py says so.

    Args:
        signed: with + or a true minus, for differences.
        times: 100 for a share shown in percent.
    """

    def text(column: str) -> str:
        value = f"assumeNotNull({column})" + (f" * {times}" if times != 1 else "")
        return sql.signed(value, digits) if signed else f"printf('%.{digits}f', {value})"

    return _told(name, text, unit)


def amount(name: str) -> str:
    """The same for money: whole, with thousands apart."""
    return _told(name, lambda column: money(f"assumeNotNull({column})"), "")


def money(value: str) -> str:
    """A whole amount with thousands apart: 4,851,000; below 0 with a true minus."""
    digits = f"reverse(toString(toUInt64(abs(round({value})))))"
    apart = f"reverse(replaceRegexpOne(replaceRegexpAll({digits}, '(\\\\d{{3}})', '\\\\1,'), ',$', ''))"
    return f"concat(if(round({value}) < 0, '−', ''), {apart})"


def reason(name: str) -> str:
    """Why there is no number: `unknown: no answers`, or that it is hidden."""
    return f"if(startsWith({name}_reason, '{SECRET}'), {name}_reason, concat('{UNKNOWN}: ', {name}_reason))"


def _told(name: str, text: Callable[[str], str], unit: str) -> str:
    tail = f"'{unit}', " if unit else ""
    interval = (
        f"if(isNull({name}_lower) OR isNull({name}_upper), '', "
        f"concat(' (', {text(f'{name}_lower')}, ' to ', {text(f'{name}_upper')}, ')'))"
    )
    return (
        f"if(isNull({name}), {reason(name)}, concat(if({name}_n < {FEW_ANSWERS}, '{FEW} ', ''), "
        f"{text(name)}, {tail}{interval}, ' · n ', toString({name}_n)))"
    )
