"""Rolling windows: what enters, what leaves, what replaces what.

|--s0--|--s1--|--s2--|      slices of 10 s; the window of 20 s at end e covers [e - 20 s, e)
"""

from __future__ import annotations

from streams.pure.cells import CellMessage, MarkMessage, SumRow
from streams.pure.windows import KEEP_BLOCKS, Windows

T0 = 1_790_000_000_000
ONE = 1_000_000


def cell(
    slice_no: int, *, upto: int = 0, policy: int = 1, n: int = 1, point: int = 5, block: int = 0, partition: int = 0,
    weight: float = 1.0, location: str = "", respondent: str = "customer", metric: str = "csat",
    scale: str = "csat-1-5",
    log: str = "log", writer: str = "w", channel: str = "web",
) -> CellMessage:  # fmt: skip
    w = round(weight * ONE)
    bins = [(point, n, n * w, n * w * w // ONE)]
    row = ("purchase", "checkout", location, "", respondent, metric, scale, bins)
    return CellMessage(log, partition, block, 10_000, T0 + 10_000 * slice_no, channel, 0, writer, policy, upto, [row])


def mark(
    *, partition: int = 0, partitions: int = 1, heard_ms: int = T0, block: int = 0, policy: int = 1, log: str = "log"
) -> MarkMessage:
    return MarkMessage(
        log=log, topic="touchpoints", partition=partition, partitions=partitions, block=block, first_offset=0,
        next_offset=1, record_ms=heard_ms, heard_ms=heard_ms, accepted=0, duplicate=0, late=0, rejected=0, test=0,
        strangers=0, overflow=0, policy=policy, closed=False, writer="w",
    )  # fmt: skip


def channel_row(windows: Windows, slice_no: int, length_ms: int = 20_000) -> SumRow | None:
    """The channel's row of the window that ends with slice `slice_no`."""
    rows = [row for row in windows.sums(length_ms, T0 + 10_000 * (slice_no + 1)) if row.dimension == "channel"]
    return rows[0] if rows else None


def counted(windows: Windows, slice_no: int) -> int:
    row = channel_row(windows, slice_no)
    return row.n if row else 0


def test_an_answer_enters_with_its_slice_and_leaves_when_the_window_has_passed() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(1))
    assert [counted(windows, slice_no) for slice_no in range(4)] == [0, 1, 1, 0]


def test_a_window_can_be_asked_again_for_the_slice_before() -> None:
    """The final value of an ended slice is computed after the window has moved on."""
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0))
    windows.apply(cell(2, n=5))
    assert counted(windows, 2) == 5
    assert counted(windows, 1) == 1
    assert counted(windows, 2) == 5


def test_a_silent_window_says_zero_answers_and_is_not_left_out() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0))
    row = channel_row(windows, 9)
    assert row is not None
    assert (row.n, row.weight) == (0, 0)


def test_the_highest_version_counts_whatever_the_order() -> None:
    newer, older = cell(0, upto=9, n=7), cell(0, upto=5, n=3, writer="other")
    for order in ([older, newer], [newer, older], [newer, newer]):
        windows = Windows(10_000, [20_000])
        for message in order:
            windows.apply(message)
        assert counted(windows, 0) == 7


def test_a_higher_policy_replaces_the_whole_block_even_where_it_names_series_otherwise() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, upto=50, n=3, location="a"))
    windows.apply(cell(1, upto=50, n=2, location="a"))
    windows.apply(cell(0, policy=2, upto=10, n=1, location="A"))
    assert counted(windows, 1) == 1
    windows.apply(cell(1, policy=1, upto=99, n=2))  # a frozen worker of the old policy wakes up
    assert counted(windows, 1) == 1


def test_a_policy_known_from_the_ledger_alone_replaces_too() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, upto=50, n=3))
    windows.mark(mark(policy=2))
    assert counted(windows, 0) == 0


def test_blocks_and_partitions_add_up() -> None:
    windows = Windows(10_000, [20_000])
    for block in (0, 1):
        for partition in (0, 1):
            windows.apply(cell(0, block=block, partition=partition, n=2))
    assert counted(windows, 0) == 8


def test_a_recreated_topic_adds_to_history_instead_of_replacing_it() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, upto=90, n=2))
    windows.apply(cell(0, upto=1, n=1, log="log-2"))
    assert counted(windows, 0) == 3


def test_a_settled_block_is_not_counted_twice_by_a_late_repeat() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, upto=5, n=4))
    for block in range(KEEP_BLOCKS + 1):
        windows.mark(mark(block=block))
    windows.apply(cell(0, upto=6, n=5, writer="repeat"))
    assert counted(windows, 0) == 4


def test_weights_enter_and_leave_with_their_answers() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, point=5, weight=2.5))
    windows.apply(cell(0, point=1, weight=0.5, block=1))
    row = channel_row(windows, 0)
    assert row is not None
    assert (row.weight, row.w_top, row.w_bad) == (3 * ONE, 2_500_000, 500_000)
    assert row.weight2 == 6_250_000 + 250_000
    gone = channel_row(windows, 5)
    assert gone is not None
    assert (gone.weight, gone.weight2, gone.w_total) == (0, 0, 0)


def test_only_customers_and_live_metrics_roll() -> None:
    """Respondents are never pooled; the other metrics are summed by SQL."""
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, respondent="employee"))
    windows.apply(cell(0, metric="complaint", scale="severity-1-3", point=1, block=1))
    assert channel_row(windows, 0) is None


def test_every_grouping_has_its_row_and_names_no_member_that_is_absent() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0, location="berlin"))
    rows = {(row.dimension, row.member): row.n for row in windows.sums(20_000, T0 + 10_000)}
    assert rows == {
        ("channel", ""): 1,
        ("touchpoint", "checkout"): 1,
        ("stage", "purchase"): 1,
        ("location", "berlin"): 1,
    }


def test_heard_is_the_slowest_partition_and_zero_while_one_was_never_heard() -> None:
    windows = Windows(10_000, [20_000])
    assert windows.heard_ms() == 0
    windows.mark(mark(partition=0, partitions=2, heard_ms=T0 + 50))
    assert windows.heard_ms() == 0
    windows.mark(mark(partition=1, partitions=2, heard_ms=T0 + 20))
    windows.mark(mark(partition=1, partitions=2, heard_ms=T0 + 10))  # a frozen worker's old mark
    assert windows.heard_ms() == T0 + 20


def test_a_recreated_topic_is_not_waited_for_under_its_old_name() -> None:
    windows = Windows(10_000, [20_000])
    windows.mark(mark(heard_ms=T0))
    windows.mark(mark(log="log-2", heard_ms=T0 + 500))
    assert windows.heard_ms() == T0 + 500


def test_what_no_window_can_reach_is_forgotten_and_does_not_come_back() -> None:
    windows = Windows(10_000, [20_000])
    windows.apply(cell(0))
    windows.expire(T0 + 100_000)
    assert windows._blocks == {}
    assert windows._slices == {}
    windows.apply(cell(0, upto=9))
    assert windows._blocks == {}
