"""The watchdog's judgement, walked through hours in milliseconds."""

from __future__ import annotations

from streams.pure.watchdog import LOOP, Look, Stall, Watch

TP = ("touchpoints", 3)
LIMIT_S = 120


def look(now_s: float, *, at: int = 0, end: int = 0, ticks: int | None = None, **more: object) -> Look:
    steps = more.get("steps", {})
    held_by = more.get("held_by", "")
    assert isinstance(steps, dict)
    assert isinstance(held_by, str)
    return Look(now_s, int(now_s) if ticks is None else ticks, steps, {TP: at}, {TP: end}, held_by)


def judged(*looks: Look) -> Stall | None:
    watch = Watch(LIMIT_S)
    stall = None
    for one in looks:
        stall = watch.judge(one)
    return stall


def test_a_partition_that_stands_though_its_log_goes_on_is_stuck() -> None:
    assert judged(look(0, at=5, end=9), look(120, at=5, end=9)) is None
    stall = judged(look(0, at=5, end=9), look(60, at=5, end=700), look(121, at=5, end=900))
    assert stall == Stall("partition", 121, TP, 5, 900)


def test_a_partition_that_moves_however_slowly_is_not_stuck() -> None:
    assert judged(*(look(100 * n, at=n, end=10_000) for n in range(1000))) is None


def test_a_quiet_partition_is_not_stuck() -> None:
    """Nothing to read is no reason to end; and quiet hours do not count once something comes."""
    assert judged(look(0, at=9, end=9), look(100_000, at=9, end=9)) is None
    assert judged(look(0, at=9, end=9), look(100_000, at=9, end=9), look(100_001, at=9, end=10)) is None


def test_what_waits_for_someone_who_is_away_is_not_stuck() -> None:
    """Nor is it the moment he is back: its time begins then."""
    away = [look(s, at=5, end=9, held_by="store", steps={"store": 1.0}) for s in range(0, 10_000, 50)]
    assert judged(*away) is None
    assert judged(*away, look(10_060, at=5, end=9, steps={"store": 1.0})) is None
    assert judged(*away, look(10_060, at=5, end=9), look(10_181, at=5, end=9)) is not None


def test_a_step_that_does_not_end_is_stuck_and_one_that_begins_again_is_not() -> None:
    assert judged(*(look(s, steps={"publish": 1.0}) for s in (0, 121))) == Stall("publish", 121)
    assert judged(*(look(s, steps={"publish": float(s)}) for s in range(0, 1000, 100))) is None


def test_a_loop_that_does_not_come_round_is_stuck_whoever_is_away() -> None:
    """Nothing outside the process may hold its event loop."""
    assert judged(*(look(s, ticks=7, held_by="broker") for s in (0, 60, 121))) == Stall(LOOP, 121)


def test_a_partition_given_away_is_forgotten() -> None:
    """It may come back, and must not be judged by how long it stood before."""
    without = Look(60, 60, {}, {}, {})
    assert judged(look(0, at=5, end=9), without, look(125, at=5, end=9)) is None
