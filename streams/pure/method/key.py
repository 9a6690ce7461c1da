"""Key experience, and what to mend first.

Why two: what matters most to the people we work for need not be what pains them most. The key experience is the
aspect of highest importance; first to mend is the lowest weighted satisfaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.pure.method.delta import Delta
from streams.pure.method.evidence import FEW, Estimate


def key_experience(aspects: Sequence[Delta]) -> Delta | None:
    """The aspect of highest importance; of several, the one of lowest weighted satisfaction, then by name.

    An aspect with few answers comes after all with enough of them: four people do not decide where a firm looks.

    Returns:
        None where nobody said what matters.
    """
    return _first(aspects, lambda one: one.importance, lambda value: -value)


def first_to_mend(aspects: Sequence[Delta]) -> Delta | None:
    """The aspect of lowest weighted satisfaction; few answers come last, as in `key_experience`.

    Returns:
        None where no aspect has experience, expectation and importance.
    """
    return _first(aspects, lambda one: one.weighted, lambda value: value)


def _first(
    aspects: Sequence[Delta], number: Callable[[Delta], Estimate], order: Callable[[float], float]
) -> Delta | None:
    def place(one: Delta) -> tuple[bool, float, float, str]:
        value, weighted = number(one).value, one.weighted.value
        assert value is not None
        return number(one).n < FEW, order(value), float("inf") if weighted is None else weighted, one.aspect

    known = [one for one in aspects if number(one).value is not None]
    return min(known, key=place, default=None)
