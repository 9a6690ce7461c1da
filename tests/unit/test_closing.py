"""What became known, slice by slice: each answer once, whenever it came."""

from __future__ import annotations

from streams.pure.alerting.inputs import Row
from streams.pure.cells import CellMessage
from streams.pure.closing import REACH_MS, Closing, slices
from tests.unit.test_windows import ONE, T0

WIDTH_MS = 10_000


def cell(
    slice_ms: int, n: int, *, block: int = 0, policy: int = 1, upto: int = 1, point: int = 4,
    respondent: str = "customer", location: str = "berlin",
) -> CellMessage:  # fmt: skip
    row = ("use", "pay", location, "", respondent, "csat", "csat-1-5", [(point, n, n * ONE, n * ONE)])
    return CellMessage("log", 0, block, WIDTH_MS, slice_ms, "web", 0, "w", policy, upto, [row])


def answers(rows: list[Row]) -> int:
    return sum(row.n for row in rows)


def test_each_answer_is_told_once_though_cells_come_again_with_more() -> None:
    closing = Closing()
    closing.add(cell(T0, 2, upto=1))
    closing.add(cell(T0, 5, upto=9))
    closing.add(cell(T0, 2, upto=1))
    assert answers(closing.take(T0 + WIDTH_MS)) == 5
    closing.add(cell(T0, 5, upto=9))
    assert closing.take(T0 + WIDTH_MS) == []


def test_an_answer_that_comes_minutes_later_is_news_then() -> None:
    """Windows count it where it belongs; whoever watches must hear of it all the same."""
    closing = Closing()
    closing.add(cell(T0, 2, upto=1))
    closing.take(T0 + WIDTH_MS)
    closing.add(cell(T0, 3, upto=7, point=1))
    closing.add(cell(T0, 1, block=9, point=1))
    (row,) = closing.take(T0 + 300_000)
    assert (row.channel, row.touchpoint, row.location, row.bins) == ("web", "pay", "berlin", [(1, 4)])


def test_a_slice_waits_until_it_is_closed() -> None:
    closing = Closing()
    closing.add(cell(T0 + WIDTH_MS, 1))
    assert closing.take(T0 + WIDTH_MS) == []
    assert answers(closing.take(T0 + 2 * WIDTH_MS)) == 1


def test_a_policy_that_takes_answers_back_takes_back_nothing_that_was_said() -> None:
    closing = Closing()
    closing.add(cell(T0, 5))
    closing.take(T0 + WIDTH_MS)
    closing.add(cell(T0, 3, policy=2, upto=0))
    assert closing.take(T0 + WIDTH_MS) == []
    closing.add(cell(T0, 6, policy=2, upto=9))
    assert answers(closing.take(T0 + WIDTH_MS)) == 1


def test_only_customers_are_watched() -> None:
    closing = Closing()
    closing.add(cell(T0, 5, respondent="staff"))
    assert closing.take(T0 + WIDTH_MS) == []


def test_what_is_out_of_reach_is_let_go_and_never_told_again() -> None:
    """Else a cell of an hour ago that gets one more answer would be told as all new."""
    closing = Closing()
    closing.add(cell(T0, 5))
    closing.take(T0 + WIDTH_MS)
    closing.forget(T0 + 1)
    assert not any((closing._told, closing._versions, closing._ids))
    closing.add(cell(T0, 6, upto=9))
    assert closing.take(T0 + REACH_MS) == []


def test_memory_follows_the_names_in_reach_and_not_those_ever_heard() -> None:
    closing = Closing()
    for number in range(12_000):
        closing.add(cell(T0 if number < 11_000 else T0 + REACH_MS, 1, block=number, location=f"store-{number}"))
    closing.take(T0 + 2 * REACH_MS)
    closing.forget(T0 + REACH_MS)
    assert len(closing._ids) == 1_000
    closing.add(cell(T0 + REACH_MS, 3, block=11_500, upto=9, location="store-11500"))
    (row,) = closing.take(T0 + 2 * REACH_MS)
    assert (row.location, row.n) == ("store-11500", 2)


def test_slices_follow_each_other_without_a_gap_and_a_long_absence_is_short() -> None:
    closing = Closing()
    closing.add(cell(T0, 1))
    closing.add(cell(T0 + 2 * WIDTH_MS, 2, block=2))
    told = list(slices(closing, 0, T0 + 3 * WIDTH_MS, WIDTH_MS))
    assert [(start - T0, answers(rows)) for start, _, rows in told] == [(0, 1), (WIDTH_MS, 0), (2 * WIDTH_MS, 2)]
    closing.add(cell(T0 + 3_600_000, 7, block=3))
    told = list(slices(closing, T0 + 3 * WIDTH_MS, T0 + 3_600_000 + WIDTH_MS, WIDTH_MS))
    assert len(told) == REACH_MS // WIDTH_MS
    assert sum(answers(rows) for _, _, rows in told) == 7
