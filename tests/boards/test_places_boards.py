"""Locations, segments, service and drivers show what a count by plain loops gives, and only what they may show."""

from __future__ import annotations

from math import sqrt

import pytest

from dashboards.drivers import DRIVERS
from dashboards.locations import LOCATIONS
from dashboards.panel import Tone
from dashboards.segments import SEGMENTS
from dashboards.service import SERVICE
from streams.pure.method.drivers import drivers
from tests.boards.conftest import Seeded
from tests.kit.seed_places import CHANNEL, PLACES

WEIGHTS = {"new": 0.30, "regular": 0.45, "loyal": 0.17, "business": 0.08}
"""Of the example's target file."""
COUNTS = {place: (good, sum(counts)) for place, (*counts, _) in PLACES.items() for good in counts[:1]}


def wilson_by_roots(hits: int, n: int) -> tuple[float, float]:
    """The two shares p with (hits/n - p)^2 = z^2 p (1 - p) / n, in percent: another way to Wilson's ends."""
    z2, share = 1.96**2, hits / n
    a, b, c = 1 + z2 / n, -(2 * share + z2 / n), share * share
    root = sqrt(b * b - 4 * a * c)
    return 100 * (-b - root) / (2 * a), 100 * (-b + root) / (2 * a)


def test_places_are_ranked_by_what_is_sure(small: Seeded) -> None:
    """Tegel is surely worse than all, Munich and Mitte surely better; Cologne's six unhappy customers have no rank."""
    rows = small.ask(LOCATIONS, LOCATIONS.panel(3), channel=[CHANNEL])
    assert [(row["name"], row["verdict"]) for row in rows] == [
        ("store-berlin-tegel", "worse · rank 1"),
        ("store-hamburg", "as the rest · rank 2"),
        ("store-koeln", "too few answers"),
        ("store-berlin-mitte", "better · rank 3"),
        ("store-muenchen", "better · rank 4"),
        ("store-wien", "hidden"),
    ]
    hits, n = COUNTS["store-berlin-tegel"]
    assert (rows[0]["score"], rows[0]["n"], rows[0]["region"]) == ("60.0 %", n, "north-east")
    assert (rows[0]["lower"], rows[0]["upper"]) == pytest.approx(wilson_by_roots(hits, n))
    everyone = [sum(column) for column in zip(*COUNTS.values(), strict=True)]
    assert rows[0]["whole"] == pytest.approx(100 * everyone[0] / everyone[1])


def test_the_place_of_four_customers_says_that_it_is_hidden(small: Seeded) -> None:
    """In the list it keeps its place without a number; in the funnel it has no point."""
    rows = small.ask(LOCATIONS, LOCATIONS.panel(3), channel=[CHANNEL])
    assert (rows[-1]["name"], rows[-1]["score"]) == ("store-wien", "hidden: fewer than 5 customers")
    assert [rows[-1][name] for name in ("n", "value", "lower", "upper")] == [None] * 4
    assert "store-wien" not in {row["name"] for row in small.ask(LOCATIONS, LOCATIONS.panel(4), channel=[CHANNEL])}


def test_the_funnel_marks_who_is_outside_its_limits(small: Seeded) -> None:
    """Tegel is far below what 100 answers explain, Munich above; six bad answers are grey, however low they lie."""
    points = {row["name"]: row for row in small.ask(LOCATIONS, LOCATIONS.panel(4), channel=[CHANNEL])}
    assert {name: point["tone"] for name, point in points.items()} == {
        "store-berlin-mitte": "good",
        "store-berlin-tegel": "bad",
        "store-hamburg": "quiet",
        "store-koeln": "quiet",
        "store-muenchen": "good",
    }
    assert (points["store-berlin-tegel"]["x"], points["store-berlin-tegel"]["y"]) == (100, 60.0)
    assert "outside 99.8 %" in points["store-berlin-tegel"]["note"]


def test_the_limits_of_the_funnel_are_those_of_their_number_of_answers(small: Seeded) -> None:
    """Share of all +/- z sqrt(p (1 - p) / n), and never beyond 0 or 100 %."""
    plane = LOCATIONS.panel(4).plane
    assert plane is not None
    lines = small.ask(LOCATIONS, plane.lines_sql, channel=[CHANNEL])
    assert len(lines) > 20
    good, everyone = (sum(column) for column in zip(*COUNTS.values(), strict=True))
    p = good / everyone
    for line in lines:
        spread = sqrt(p * (1 - p) / line["line_n"])
        assert line["inner_low"] == pytest.approx(100 * max(0, p - 1.96 * spread))
        assert line["outer_low"] == pytest.approx(100 * max(0, p - 3.0902 * spread))
        assert line["outer_high"] == pytest.approx(100 * min(1, p + 3.0902 * spread))


def test_regions_are_the_sum_of_their_places(small: Seeded) -> None:
    """Both stores in Berlin make the north-east; a region whose only place is hidden or named nowhere says so."""
    rows = {row["name"]: row for row in small.ask(LOCATIONS, LOCATIONS.panel(2), channel=[CHANNEL])}
    assert (rows["north-east"]["places"], rows["north-east"]["n"]) == (2, 300)
    assert rows["north-east"]["value"] == pytest.approx(100 * 250 / 300)
    assert (rows["south"]["places"], rows["south"]["n"]) == (2, 304)
    everywhere = {row["name"]: row["score"] for row in small.ask(LOCATIONS, LOCATIONS.panel(2))}
    assert "no region" in everywhere
    only = small.ask(LOCATIONS, LOCATIONS.panel(3), channel=[CHANNEL], region=["north-east"])
    assert {row["name"] for row in only} == {"store-berlin-mitte", "store-berlin-tegel"}


def test_the_first_look_names_the_worst_place(small: Seeded) -> None:
    shown = {row["title"]: row for row in small.ask(LOCATIONS, LOCATIONS.panel(1), channel=[CHANNEL])}
    assert shown["surely the worst"]["shown"] == "store-berlin-tegel"
    assert shown["outside 99.8 %"]["shown"] == "1 worse, 1 better"
    assert shown["outside 99.8 %"]["note"] == "of 4 with enough answers · by chance 0.0"


def test_segments_count_their_weight_beside_the_plain_score(small: Seeded) -> None:
    """Plain 90.5 % is mostly the loyal ones, who answer most; by the weights of the file it is less."""
    rows = {row["question"]: row for row in small.ask(SEGMENTS, SEGMENTS.panel(1), channel=[CHANNEL])}
    row = rows["CSAT 1–5"]
    shares = {segment: counts[0] / sum(counts) for *counts, segment in PLACES.values() if segment}
    sizes = {segment: sum(counts) for *counts, segment in PLACES.values() if segment}
    weighted = 100 * sum(WEIGHTS[name] * share for name, share in shares.items()) / sum(WEIGHTS.values())
    assert row["weighted_value"] == pytest.approx(weighted)
    n_eff = sum(WEIGHTS.values()) ** 2 / sum(WEIGHTS[name] ** 2 / size for name, size in sizes.items())
    assert row["n_eff"] == pytest.approx(n_eff)
    assert (row["covered_shown"], row["missing"]) == ("100 %", "")
    assert row["weighted_shown"].endswith(f"worth n {int(n_eff)}")


def test_a_segment_is_held_against_all_together(small: Seeded) -> None:
    """The regular ones are surely worse, with their share and n; who is in no segment is named so."""
    rows = small.ask(SEGMENTS, SEGMENTS.panel(3), channel=[CHANNEL])
    found = {(row["question"], row["name"]): row for row in rows}
    regular = found["CSAT 1–5", "regular"]
    assert (regular["verdict"], regular["value"], regular["weight_shown"]) == ("worse", 60.0, "0.45")
    assert regular["score_shown"].startswith("60.0 % (")
    assert regular["score_shown"].endswith(" · n 100")
    assert ("NPS", "no segment") in found


def test_service_facts_are_those_of_the_interactions(small: Seeded) -> None:
    """At the support call 40 of 80 waited 400 s; 50 of 80 were helped at once. Advice needs no staff 30 times of 40."""
    rows = {row["touchpoint"]: row for row in small.ask(SERVICE, SERVICE.panel(2), channel=[CHANNEL])}
    call, advice = rows["support_call"], rows["advice"]
    assert list(rows) == ["support_call", "advice"]
    assert (call["short_value"], call["long_value"], call["resolved_value"]) == (0.5, 0.5, 0.625)
    assert call["middle"] == "20 s to 30 s"
    assert call["alone_shown"] == "unknown: no answers"
    assert (advice["short_value"], advice["alone_value"]) == (1.0, 0.75)
    tiles = {row["title"]: row for row in small.ask(SERVICE, SERVICE.panel(1), channel=[CHANNEL])}
    assert tiles["waited less than a minute"]["shown"] == "67 %"
    assert tiles["waited less than a minute"]["note"].endswith("· n 120 · middle 20 s to 30 s")


def test_bad_moments_stand_by_touchpoint_and_are_marked_where_they_grow(small: Seeded) -> None:
    """Forty rage taps, none before; two refunds are too few to say. Bad answers stand beside, apart."""
    rows = {row["signal"]: row for row in small.ask(SERVICE, SERVICE.panel(3), channel=[CHANNEL])}
    tap, refund = rows["rage_tap"], rows["refund"]
    assert (tap["at_touchpoint"], tap["signals"], tap["trend"]) == ("advice", 40, "▼ more: 0 → 40")
    assert (tap["size_shown"], tap["asked_bad"]) == ("2 taps", 0)
    assert (refund["trend"], refund["size_shown"]) == ("≈ 2 → 0", "–")


def test_more_complaints_are_good_news_and_never_red(small: Seeded) -> None:
    """2 for 50 negative answers before, 30 for 137 now: more speak up."""
    panel = SERVICE.panel(4)
    (row,) = small.ask(SERVICE, panel, channel=[CHANNEL])
    before, now = 50, sum(bad for _, _, bad, _ in PLACES.values()) + 40 + 38
    assert row["value"] == pytest.approx(32 / (before + now))
    assert row["older_shown"].startswith("0.04 (")
    assert row["newer_shown"].endswith(f" · n {now}")
    assert row["trend"] == "▲ more speak up"
    assert not any(tone is Tone.BAD for column in panel.columns for _, tone in column.tones)


def test_the_pick_up_is_first_to_mend_and_returns_move_nothing(small: Seeded) -> None:
    """As the pure function says of the same sixty customers; who is unhappy there is unhappy on the whole."""
    pickup, back = small.ask(DRIVERS, DRIVERS.panel(2), channel=[CHANNEL])
    overall = {f"d{number}": 9.0 if number < 2 else 4.0 * (number % 3) for number in range(60)}
    answered = {
        "pickup": {f"d{number}": (1.0 + number % 3, overall[f"d{number}"]) for number in range(60)},
        "return": {f"d{number}": (3.0 + number // 20, overall[f"d{number}"]) for number in range(60)},
    }
    first, second = drivers(answered, "csat-1-5")
    assert [row["verdict"] for row in (pickup, back)] == ["▼ first to mend", "moves nothing for sure"]
    for row, wanted in ((pickup, first), (back, second)):
        assert row["touchpoint"] == wanted.touchpoint
        assert row["relation_value"] == pytest.approx(wanted.relation.value)
        assert row["level_value"] == pytest.approx(wanted.level.value)
        assert row["relation_shown"].endswith("n 60")
    points = {row["name"]: row for row in small.ask(DRIVERS, DRIVERS.panel(1), channel=[CHANNEL])}
    assert (points["pickup"]["tone"], points["pickup"]["x"]) == ("bad", pytest.approx(25.0))
