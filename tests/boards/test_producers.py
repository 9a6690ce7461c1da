"""The board of the producers tells what was sent, by whom, and what is wrong with it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from dashboards.producers import PRODUCERS, TICKED, only_point, unused_points
from streams.pure import odd
from tests.boards.conftest import Seeded
from tests.kit.seed import HOUR


def test_the_classes_add_up_to_what_was_sent(untouched: Seeded) -> None:
    """Counted again by hand from the world, each event once."""
    (row,) = untouched.ask(PRODUCERS, PRODUCERS.panel(1))
    since_ms = untouched.world.now_ms - HOUR
    kept = Counter(answer.kept_as for answer in untouched.world.answers if answer.at_ms >= since_ms)
    assert (row["accepted"], row["late"], row["imported"], row["tests"], row["refused"]) == (
        kept["accepted"], kept["late"], kept["import"], kept["test"], 4,
    )  # fmt: skip
    assert row["sent"] == sum(kept.values()) + 4
    assert row["refused_pct"] == pytest.approx(400 / row["sent"])


def test_a_retry_and_a_late_twin_are_one_event_in_its_best_class(untouched: Seeded) -> None:
    """As the store will have it once it has merged them."""
    before = untouched.ask(PRODUCERS, PRODUCERS.panel(1))[0]
    first = next(row for row in untouched.world.touchpoints() if row["class"] == "accepted" and row["appended_at"] > 0
                 and row["appended_at"] >= untouched.world.now_ms - HOUR)  # fmt: skip
    twins = [{**first, "class": kind, "rank": 0} for kind in ("late", "import", "accepted")]
    untouched.store.insert_columns("touchpoints", {name: [row[name] for row in twins] for name in first})
    assert untouched.ask(PRODUCERS, PRODUCERS.panel(1))[0] == before


def test_retries_are_told_beside_what_counted(untouched: Seeded) -> None:
    """Two retries, one of them stored twice after a crash: two more were sent, nothing more was accepted."""
    before = untouched.ask(PRODUCERS, PRODUCERS.panel(1))[0]
    rows = [{"log_id": "log", "partition": 0, "offset": n, "producer": before["producer"]} for n in (7, 8, 8)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    untouched.store.insert_columns("duplicates", columns | {"appended_at": [untouched.world.now_ms - 1_000] * 3})
    after = untouched.ask(PRODUCERS, PRODUCERS.panel(1))[0]
    assert (after["duplicate"], after["sent"], after["accepted"]) == (2, before["sent"] + 2, before["accepted"])


def test_what_to_mend_is_told_with_an_example(untouched: Seeded) -> None:
    """The most frequent first."""
    rows = untouched.ask(PRODUCERS, PRODUCERS.panel(2))
    assert [(row["reason"], row["field"], row["refused"]) for row in rows] == [
        ("unknown_name", "channel", 3), ("off_scale", "score", 1),
    ]  # fmt: skip
    assert (rows[0]["got"], rows[0]["nearest_name"], rows[0]["mend"]) == ('"stoer"', "store", "channel is wrong.")


def test_an_unused_point_is_told(untouched: Seeded) -> None:
    """Nobody of 130 ever said 8 where many said 7 and 9."""
    rows = untouched.ask(PRODUCERS, PRODUCERS.panel(3))
    found = [row for row in rows if row["n"] == 130]
    assert [row["findings"] for row in found] == ["no 8 in 130 answers: is an index sent instead of the value?"]


def test_the_newest_events_come_with_their_verdicts_and_nothing_personal(untouched: Seeded) -> None:
    """A producer looks for the event it has just sent."""
    rows = untouched.ask(PRODUCERS, PRODUCERS.panel(4))
    assert len(rows) == 50
    assert {"accepted", "test"} & {row["verdict"] for row in rows}
    assert not any("customer-" in str(row) or "It failed" in str(row) for row in rows)
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_sql_and_python_call_the_same_answers_odd(untouched: Seeded) -> None:
    """One rule: a producer must not hear another word from the board than from a test of its own."""
    dice = random.Random(7)
    for scale in TICKED.values():
        points = range(scale.low, scale.high + 1)
        for _ in range(40):
            counts = {point: dice.choice([0, 0, 1, 41, 42, 100, 139, 140, 500]) for point in points}
            if dice.random() < 0.2:
                counts = dict.fromkeys(points, 0) | {dice.choice(points): dice.choice([99, 100])}
            array = f"CAST({[counts[point] for point in points]}, 'Array(Int64)')"
            low = f"toInt64({scale.low})"
            asked = f"toString({unused_points('c', low)}) AS unused, {only_point('c', low)} AS only"
            (row,) = untouched.store.query(f"SELECT {asked} FROM (SELECT {array} AS c)")
            assert row["unused"] == str(odd.unused_points(counts, scale.low, scale.high)).replace(" ", "")
            assert row["only"] == odd.only_point(counts)
