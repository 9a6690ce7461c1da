"""The arithmetic behind latency, boards, growth and the plan: it can be wrong, so it is tested."""

from __future__ import annotations

import pytest

from dashboards.library import BOARDS
from streams.pure.cells import AlertMessage, encode
from tests.bench.big_store import DAY_S, Month
from tests.bench.boards import RAW, Clock, Timing, asked, repeated, tables_read
from tests.bench.boards import results as board_results
from tests.bench.feeder import BAD
from tests.bench.growth import over_parts
from tests.bench.latency import PATIENCE_S, Arrivals, Waits, quantile
from tests.bench.latency import results as latency_results
from tests.bench.plan import Prices, Units, plan
from tests.bench.plan import results as plan_results


@pytest.mark.parametrize(
    ("share", "value"),
    [pytest.param(0.5, 10, id="p50"), pytest.param(0.95, 19, id="p95"), pytest.param(1, 20, id="all")],
)
def test_a_quantile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert quantile(list(range(20, 0, -1)), share) == value


def alert(sent_ms: int, channel: str = BAD) -> bytes:
    return encode(
        AlertMessage("id", "bad_answer", "bad_answer", "info", "noted", sent_ms, channel, "checkout",
                     f"sent-{sent_ms}", "", "csat", "csat-1-5", 1.0, None, 1, "words", "{}", 1)
    )  # fmt: skip


def test_a_probe_is_timed_when_a_score_first_holds_it_and_when_its_alert_comes() -> None:
    """The n-th good probe is there when a score holds n; what was there before belongs to the rate before."""
    arrivals = Arrivals()
    arrivals.saw(1, 500)
    probes = [10_000, 16_500, 17_000, 17_500]
    arrivals.saw(3, 17_400)
    arrivals.saw(3, 17_900)
    arrivals.saw(5, 18_500)
    for probe in probes:
        arrivals.alert(alert(probe), probe + 250)
    arrivals.alert(alert(17_000), 99_000)
    arrivals.alert(alert(17_000, channel="web"), 99_000)
    waits = arrivals.waits(1_000, probes, before=1, behind_s=0.1)
    assert waits == Waits(1_000, [0.9, 1.5, 1.0], [0.25, 0.25, 0.25], 0, 0.1)


def test_a_probe_that_never_arrives_misses_the_goal() -> None:
    """Left out, a pipeline that loses half would look quick."""
    waits = Arrivals().waits(1_000, [10_000, 20_000, 20_500], before=0, behind_s=0.0)
    assert waits.missing == 6
    assert waits.scores_s == [PATIENCE_S + 0.5, PATIENCE_S]
    told = [one for one in latency_results([waits]) if one.goal]
    assert [one.met for one in told] == [False, False]
    assert "never arrived" in told[0].note


def test_the_tables_of_a_plan_are_found() -> None:
    plan_lines = [
        "Expression ((Projection + Before ORDER BY))",
        "      ReadFromMergeTree (bench.scores)",
        "      ReadFromMergeTree (bench.touchpoints)",
    ]
    assert tables_read(plan_lines) == {"scores", "touchpoints"}
    assert tables_read(["ReadFromStorage (SystemOne)"]) & set(RAW) == set()


def test_a_panel_is_as_slow_as_its_slowest_span() -> None:
    timings = [
        Timing("Touchpulse · Overview", "Now", "1 h", [10.0] * 20, wanted=20),
        Timing("Touchpulse · Overview", "Now", "30 d", [10.0] * 18 + [300.0] * 2, wanted=30),
    ]
    _, panel, raw = board_results(timings, {"scores", "touchpoints"}, {"scores": 5}, Month(DAY_S, 1, 1), "")
    assert (panel.figure, panel.met, panel.note) == (300.0, False, "1 h 10, 30 d 300 in 20 runs")
    assert (raw.figure, raw.met) == (1, False)


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.uid)
def test_every_panel_of_every_board_can_be_asked(board) -> None:  # type: ignore[no-untyped-def]
    """A new variable without a value here would leave its board unmeasured."""
    names = {variable.name: ["one", "two"] for variable in board.variables if variable.sql}
    for panel in board.panels:
        for offered in (names, {}):
            assert "${" not in asked(
                panel.sql, panel.min_interval_s, board, Month(DAY_S * 40, 30, 1), 3_600, 1, offered
            )


class Ticking:
    """A clock that runs only while something is measured."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s

    def run(self, seconds: float) -> int:
        self.at_s += seconds
        return 7


def test_a_panel_is_asked_until_its_time_is_up_but_never_fewer_than_three_times() -> None:
    """Else one slow panel takes the time of all, or has a p95 of one run."""
    now = Ticking()
    assert repeated(lambda _: now.run(0.5), 20, 100.0, now) == ([500.0] * 20, 7)
    assert len(repeated(lambda _: now.run(1.0), 20, now() + 5.0, now).took_ms) == 4
    assert len(repeated(lambda _: now.run(60.0), 20, now(), now).took_ms) == 3
    assert repeated(lambda run: now.run(float(run == 0)), 1, 100.0, now).took_ms == [0.0]


def test_what_quick_panels_leave_goes_to_the_slow() -> None:
    now = Ticking()
    clock = Clock(100.0, 2, now)
    assert clock.share_ends() == 50.0
    now.run(10.0)
    assert clock.share_ends() == 100.0
    assert clock.share_ends() == 100.0


def test_a_month_hands_out_each_answer_once() -> None:
    month = Month(100 * DAY_S, 2, 3)
    assert month.answers == 6 * DAY_S
    assert f"FROM numbers({3 * DAY_S}, {3 * DAY_S})" in month.numbers(month.begin_s + DAY_S, month.end_s)


def test_a_mixed_batch_is_held_against_its_parts() -> None:
    """1 % of events that cost eleven times as much make a batch a tenth dearer, and no more."""
    assert over_parts({0.0: 10.0, 1.0: 11.0, 100.0: 110.0}, 1.0) == pytest.approx(1.0)
    assert over_parts({0.0: 10.0, 1.0: 22.0, 100.0: 110.0}, 1.0) == pytest.approx(2.0)


UNITS = Units(8.0, 10.0, 4.0, 5.0, 120.0, 40.0, 8.0)


def test_a_plan_grows_with_traffic_and_never_below_what_survives_a_death() -> None:
    """A million events a second at 8 CPU seconds a million, planned half busy, are 16 workers."""
    small, large = plan(UNITS, 1_000), plan(UNITS, 1_000_000)
    assert (small.partitions, small.score, small.archive) == (12, 2, 2)
    assert (large.partitions, large.score, large.archive) == (153, 16, 20)
    assert large.rows_per_day > 86_400 * 1_000_000
    assert plan(UNITS, 1_000, Prices(core=60)).money - small.money == pytest.approx(30 * small.cores)


def test_the_page_has_every_factor_and_its_price() -> None:
    rows = list(plan_results(UNITS))
    for factor in ("10x", "100x", "1000x"):
        units = {one.unit for one in rows if one.what.startswith(f"{factor},")}
        assert units == {"partitions", "cores", "records/s", "rows", "GB", "dollars/month"}
    assert all("a core" in one.note for one in rows if one.unit == "dollars/month")
