"""The method's worked examples, from events as they are sent to the numbers the boards show, on the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import deploy
from dashboards.method_sql.actions import effects
from dashboards.method_sql.causes import causes
from dashboards.method_sql.consistency import consistency
from dashboards.method_sql.cost import cost, inputs
from dashboards.method_sql.drivers import drivers
from dashboards.method_sql.emotion import curve
from dashboards.method_sql.ideal import ideal
from dashboards.method_sql.inside_out import inside_out
from dashboards.method_sql.key import key
from dashboards.method_sql.net import net
from dashboards.method_sql.omni import omni
from dashboards.method_sql.returns import returns
from dashboards.method_sql.sources import sources
from dashboards.method_sql.trust import trust
from dashboards.method_sql.value import value
from schemas.catalogue import Catalogue, Targets
from streams.edges.store import Store
from streams.edges.targets import store_targets
from tests.kit.method import DAY_MS, RETAILER, WEEK_MS, Scene, ask
from tests.kit.method import method_store as method_store
from tests.kit.rows import columns

EXAMPLE = Catalogue.load(Path(deploy.__file__).parent / "catalogue" / "example.yaml").targets


def retailer() -> Scene:
    """Forty customers rate each aspect as in the table."""
    scene = Scene()
    for aspect, (experience, expectation, importance) in RETAILER.items():
        scene.add(
            "rating",
            aspect=aspect,
            experience=experience,
            expectation=expectation,
            importance=importance,
            touchpoint="shop",
            times=40,
        )
    return scene


def test_the_retailers_table(method_store: Store) -> None:
    """Satisfaction, weighted satisfaction, key experience and gap, cell for cell; empty cells are NULL."""
    retailer().lay(method_store)
    store_targets(method_store, EXAMPLE)
    shown = ("experience", "expectation", "satisfaction", "importance", "weighted", "is_key", "is_first_to_mend")
    found = {row["aspect"]: tuple(row[name] for name in shown) for row in ask(method_store, key())}
    assert found == {
        "price": (7, 7, 0, None, None, 0, 0),
        "brand": (7, 7, 0, None, None, 0, 0),
        "service": (6, None, None, None, None, 0, 0),
        "product": (6, 7, -1, None, None, 0, 0),
        "convenience": (5, 7, -2, 9, -18, 1, 1),
        "relationship": (4, None, None, None, None, 0, 0),
    }
    gaps = {row["aspect"]: (row["ideal"], row["gap"]) for row in ask(method_store, ideal())}
    assert gaps == {
        "price": (7, 0),
        "brand": (7, 0),
        "service": (6, 0),
        "product": (6, 0),
        "convenience": (10, -5),
        "relationship": (4, 0),
    }


def test_key_experience_and_first_to_mend_may_differ(method_store: Store) -> None:
    """Price matters most and is as expected; service falls short: -24. Four people's -90 decides nothing."""
    scene = Scene()
    scene.add("rating", aspect="price", experience=7, expectation=7, importance=10, times=40)
    scene.add("rating", aspect="service", experience=5, expectation=8, importance=8, times=40)
    scene.add("rating", aspect="brand", experience=1, expectation=10, importance=10, times=4)
    scene.lay(method_store)
    found = {row["aspect"]: (row["is_key"], row["is_first_to_mend"]) for row in ask(method_store, key())}
    assert (found["price"], found["service"]) == ((1, 0), (0, 1))


@pytest.mark.parametrize(("top", "neutral", "bad", "points"), [(78, 0, 22, 56), (60, 15, 25, 35)])
def test_net_experience(method_store: Store, top: int, neutral: int, bad: int, points: int) -> None:
    """78 % and 22 %: +56; 60 / 15 / 25: +35."""
    scene = Scene()
    for score, times in ((5, top), (3, neutral), (1, bad)):
        scene.add("csat", scale="1-5", score=score, times=times)
    scene.lay(method_store)
    (row,) = ask(method_store, net(("channel",)))
    assert (row["net"], row["net_n"]) == (points, 100)


def test_touchpoints_behind_an_aspect(method_store: Store) -> None:
    """The surely worst first; four ones do not outweigh forty threes; a cell that was taken back is no answer."""
    scene = Scene()
    for touchpoint, experience, times in (("site", 7, 40), ("counter", 3, 40), ("door", 1, 4)):
        scene.add("rating", aspect="price", experience=experience, touchpoint=touchpoint, times=times)
    scene.lay(method_store)
    gone = {"metric": "experience.price", "scale": "rating-1-10", "bin": 1, "box": -1, "n": 0, "touchpoint": "gone"}
    more = {"lane": "late", "slice": scene.events[0].occurred_ms, "channel": "store", "respondent": "customer"}
    method_store.insert_columns("panes_1h", columns("panes_1h", {**gone, **more}))
    assert [row["touchpoint"] for row in ask(method_store, causes("'price'"))] == ["counter", "site", "door"]


CELLS = {
    "touched": 11_000_000, "complaining": 220_000, "complaining_at_risk": 74_800, "complaining_lost": 61_600,
    "complaining_kept": 83_600, "silent": 10_780_000, "silent_at_risk": 5_929_000, "silent_lost": 4_851_000,
    "silent_kept": 0, "lost": 4_912_600, "at_risk": 6_003_800, "lost_share": 0.098252,
}  # fmt: skip


def approx(cells: dict[str, float]) -> Any:
    return pytest.approx(cells, rel=1e-12, abs=1e-6)


def test_every_cell_of_the_cost_from_the_target_file(method_store: Store) -> None:
    """61,600 lost of those who complain, 4,851,000 of those who do not; and the three levers."""
    Scene().lay(method_store)
    store_targets(method_store, EXAMPLE)
    (row,) = ask(method_store, cost(inputs()))
    assert {name: row[name] for name in CELLS} == approx(CELLS)
    (fewer,) = ask(method_store, cost(inputs(), fewer_negatives="0.01"))
    (kept,) = ask(method_store, cost(inputs(), more_won_back="0.1"))
    (open_,) = ask(method_store, cost(inputs(), more_complaints="0.02"))
    assert fewer["lost"] == pytest.approx(4_912_600 * 21 / 22)
    assert kept["lost"] == pytest.approx(4_912_600 - 22_000)
    assert open_["lost"] == pytest.approx(11_000_000 * (0.04 * 0.28 + 0.96 * 0.45))


def test_every_cell_of_the_cost_as_the_stream_measures_it(method_store: Store) -> None:
    """22 % of the answers negative, 2 % of the unhappy complain, of a hundred cases 28 lost: the same cells again."""
    scene = Scene()
    scene.add("nps", score=10, times=7_800)
    for number in range(2_200):
        scene.add("nps", score=3, customer=f"c{number}")
    for number in range(44):
        scene.add("complaint", severity=1, customer=f"c{number}", days_ago=0.5)
    scene.add("complaint", severity=1, customer="content", days_ago=0.5)
    complaint = scene.events[-1].event_id
    for number in range(100):
        outcome = "lost" if number < 28 else "at_risk" if number < 62 else "kept"
        # What is known last counts: each case was thought lost at first.
        about = {"case_id": f"case-{number}", "about_event_id": complaint}
        scene.add("case", state="open", outcome="lost", days_ago=0.25, **about)
        scene.add("case", state="closed", outcome=outcome, days_ago=0.125, **about)
    scene.lay(method_store)
    store_targets(
        method_store,
        Targets.model_validate(
            {"economics": {"currency": "EUR", "yearly_sales": 50_000_000, "complainers": "measured"}}
        ),
    )
    (row,) = ask(method_store, cost(inputs()))
    assert {name: row[name] for name in CELLS} == approx(CELLS)
    assert row["lost_lower"] < 4_912_600 < row["lost_upper"]
    assert row["lost_n"] == 2_200


@pytest.mark.parametrize(("means", "tau", "found"), [((8, 6), 1.0, 8.0), ((1, 10), 4.5, 1.0)])
def test_consistency(method_store: Store, means: tuple[int, int], tau: float, found: float) -> None:
    """Means 8 and 6: tau 1, consistency 8.0. Means 1 and 10: 4.5 and 1.0."""
    scene = Scene()
    for channel, mean in zip(("app", "web"), means, strict=True):
        scene.add("rating", aspect="service", experience=mean, touchpoint="pay", channel=channel, times=100)
    scene.lay(method_store)
    (row,) = ask(method_store, consistency())
    assert (row["tau"], row["consistency"], row["consistency_n"]) == (tau, found, 200)


def test_return_rate(method_store: Store) -> None:
    """A back on another day, B not, C on the same day only, D too young: 1/3."""
    scene = Scene()
    for customer, days in (("A", (135, 90)), ("B", (135,)), ("C", (120, 120)), ("D", (10,))):
        for day in days:
            scene.add("purchase", customer=customer, days_ago=day)
    scene.lay(method_store)
    (row,) = ask(method_store, returns(90))
    assert (row["rate"], row["rate_n"], row["too_young"]) == (1 / 3, 3, 1)


def test_a_return_on_the_last_day_still_counts(method_store: Store) -> None:
    """90 days after the first purchase; a day later it is none."""
    scene = Scene()
    for customer, days in (("A", (130, 40)), ("B", (130, 39))):
        for day in days:
            scene.add("purchase", customer=customer, days_ago=day)
    scene.lay(method_store)
    (row,) = ask(method_store, returns(90))
    assert (row["rate"], row["rate_n"]) == (0.5, 2)


def test_customer_value(method_store: Store) -> None:
    """200 x 3 x 1/(1 - 0.75) = 2,400."""
    scene = Scene()
    for customer in "abcd":
        scene.add("purchase", customer=customer, amount=90, currency="EUR", days_ago=500)
    for customer in "abc":
        for day in (3, 2, 1):
            scene.add("purchase", customer=customer, amount=200, currency="EUR", days_ago=day)
    scene.lay(method_store)
    (row,) = ask(method_store, value())
    assert (row["purchase"], row["frequency"], row["retention"], row["years"]) == (200, 3, 0.75, 4)
    assert row["value"] == pytest.approx(2_400)


def test_eighty_percent_of_firms_against_eight_percent_of_customers(method_store: Store) -> None:
    """Inside-out gap of the share that rates it superior: +72 points."""
    scene = Scene()
    for respondent, superior in (("manager", 80), ("customer", 8)):
        scene.add("rating", aspect="service", experience=10, respondent=respondent, times=superior)
        scene.add("rating", aspect="service", experience=5, respondent=respondent, times=100 - superior)
    scene.lay(method_store)
    (row,) = (r for r in ask(method_store, inside_out()) if (r["aspect"], r["respondent"]) == ("service", "manager"))
    assert (row["ours_top"], row["theirs_top"]) == (0.8, 0.08)
    assert row["gap_top"] == pytest.approx(0.72)


def test_sources_trust_and_the_odd_channel_out(method_store: Store) -> None:
    """Promotion raises expectations; the counter is trusted and not liked; the telephone is not like the others."""
    scene = Scene()
    for source, times in (("promotion", 60), ("word_of_mouth", 40)):
        scene.add("rating", aspect="price", expectation=9, expectation_from=source, times=times)
    scene.add("trust", integrity=8, ability=9, affinity=3, consistency=7, channel="counter", times=40)
    for channel, good in (("counter", 80), ("app", 78), ("phone_in", 40)):
        scene.add("csat", scale="1-5", score=5, channel=channel, touchpoint="advice", times=good)
        scene.add("csat", scale="1-5", score=1, channel=channel, touchpoint="advice", times=100 - good)
    scene.lay(method_store)
    assert {row["source"]: row["part"] for row in ask(method_store, sources())}["promotion"] == 0.6
    assert [(row["channel"], row["quadrant"]) for row in ask(method_store, trust())] == [
        ("counter", "trusted, not liked")
    ]
    assert [row["channel"] for row in ask(method_store, omni()) if row["odd"]] == ["phone_in"]


def test_the_journey_and_what_drives_the_whole(method_store: Store) -> None:
    """Payment comes after search, feels bad, loses a customer in four, and is first to mend."""
    scene = Scene()
    for number in range(40):
        who, bad = f"c{number}", number % 4 == 0
        scene.add("csat", scale="1-5", score=5, customer=who, touchpoint="search", stage="purchase", days_ago=30)
        scene.add(
            "emotion", valence=-0.8 if bad else 0.2, customer=who, touchpoint="payment", stage="purchase", days_ago=29
        )
        scene.add("csat", scale="1-5", score=1 if bad else 4, customer=who, touchpoint="payment", stage="purchase",
                  days_ago=29)  # fmt: skip
        scene.add("visit", customer=who, touchpoint="payment", stage="purchase", days_ago=28.5)
        scene.add("nps", score=1 if bad else 9, customer=who, days_ago=28)
    scene.lay(method_store)
    found = ask(method_store, curve("$__toTime - toIntervalDay(7)"))
    assert [(row["touchpoint"], row["position"], row["left"]) for row in found] == [
        ("search", 1, 0),
        ("payment", 2, 0.25),
    ]
    assert found[1]["valence"] == pytest.approx(-0.05)
    driving = ask(method_store, drivers("csat-1-5"))
    assert [(row["touchpoint"], row["first"], row["relation_reason"]) for row in driving] == [
        ("payment", 1, ""),
        ("search", 0, "all answered alike"),
    ]
    assert driving[0]["relation"] == pytest.approx(1)


def test_the_effect_of_an_action(method_store: Store) -> None:
    """Bad answers fell from 40 to 20 percent at the till and from 30 to 20 elsewhere: ten points are the action's."""
    scene = Scene()
    for week, (till, others) in enumerate([(21, 20), (19, 20), (41, 30), (39, 30)]):
        for touchpoint, bad in (("till", till), ("shelf", others)):
            day = 7 * week + 3
            scene.add("csat", scale="1-5", score=1, touchpoint=touchpoint, days_ago=day, times=bad)
            scene.add("csat", scale="1-5", score=5, touchpoint=touchpoint, days_ago=day, times=100 - bad)
    scene.lay(method_store)
    at_ms = scene.events[0].occurred_ms - scene.events[0].occurred_ms % WEEK_MS - WEEK_MS
    action = {"action_id": "1", "what": "second till", "at": at_ms, "channel": "", "touchpoint": "till", "cost": 9.0}
    row_ = {**action, "removed": 0, "version": 1}
    method_store.insert_columns("actions", {name: [value] for name, value in row_.items()})
    # Ten days ago: of its second week three days are missing.
    late = {**row_, "action_id": "2", "at": at_ms + 4 * DAY_MS}
    method_store.insert_columns("actions", {name: [value] for name, value in late.items()})
    newest, row = ask(method_store, effects(8))
    assert (newest["action_id"], newest["weeks_after"], newest["net"]) == ("2", 1, None)
    assert newest["net_reason"] == "fewer than two weeks before or after"
    assert (row["weeks_before"], row["weeks_after"], row["treated_share"]) == (2, 2, 0.5)
    assert row["negative"] == pytest.approx(-0.10)
    assert row["net"] == pytest.approx(20)
