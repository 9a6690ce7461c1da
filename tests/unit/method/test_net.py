"""Net experience = positive - negative."""

from __future__ import annotations

import pytest

from streams.pure.method.evidence import net
from streams.pure.method.net import matrix
from streams.pure.scores import Tally


@pytest.mark.parametrize(
    ("top", "neutral", "bad", "points"),
    [pytest.param(78, 0, 22, 56, id="78-22"), pytest.param(60, 15, 25, 35, id="60-15-25")],
)
def test_the_worked_examples(top: int, neutral: int, bad: int, points: int) -> None:
    """78 % and 22 %: +56; with neutrals 60 / 15 / 25: +35."""
    found = net(Tally(n=100, top=top, neutral=neutral, bad=bad))
    assert (found.value, found.n) == (points, 100)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < points < found.upper


def test_a_cell_nobody_answered_in_is_not_in_the_matrix() -> None:
    """0 would stand beside +56 as if it were a middling touchpoint."""
    cells = {("web", "use"): Tally(n=4, top=1, neutral=0, bad=3), ("app", "use"): Tally()}
    (row,) = matrix(cells)
    assert (row["channel"], row["net"], row["net_reason"]) == ("web", -50, "few answers")
