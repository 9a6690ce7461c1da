"""The simulated company behaves as declared: who answers, how they feel, and what really drops."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from statistics import correlation, mean

import pytest

from streams.edges.simulator import COMPANIES, RETAILER, Company, Sent, simulate_batch
from streams.edges.simulator.company import LONGEST_MS, Kind
from streams.edges.simulator.feelings import USUAL_BAD_SHARE, answer, is_bad, pull
from streams.edges.simulator.journey import Journey
from streams.edges.simulator.stream import TEST_SHARE

NOON_MS = 1_760_004_000_000  # 2025-10-09 12:00 in Berlin
RAMPED_MS = NOON_MS - 10 * 60_000 + 10_000  # the drop of a batch that ends at noon is in full force

# The bad box of each scale, as the contract declares it.
BAD = {
    "csat-1-5": {1, 2},
    "csat-1-7": {1, 2},
    "csat-1-10": {1, 2, 3, 4},
    "ces-effort-1-5": {4, 5},
    "ces-agreement-1-7": {1, 2, 3},
    "ces-ease-1-5": {1, 2},
    "rating-1-10": {1, 2, 3, 4},
}


@pytest.fixture(scope="module")
def history() -> list[Sent]:
    """Ten minutes of the drop hold some thousand payments in the app."""
    return [sent for sent in simulate_batch(RETAILER, 1, NOON_MS, events=60_000) if not sent.fault]


@pytest.mark.parametrize("scale", BAD)
def test_the_bad_box_of_each_scale_holds_the_usual_share(scale: str) -> None:
    """The cut between bad and not bad is at the same feeling on every scale."""
    feelings = [step / 1_000 for step in range(-4_000, 4_001)]
    assert all((answer(scale, feeling) in BAD[scale]) == is_bad(feeling) for feeling in feelings)
    rng = Random(1)
    bad = mean(is_bad(rng.gauss(0, 1)) for _ in range(50_000))
    assert bad == pytest.approx(USUAL_BAD_SHARE, abs=0.006)


@pytest.mark.parametrize(
    ("scale", "worst", "best"), [("csat-1-7", 1, 7), ("ces-effort-1-5", 5, 1), ("nps-0-10", 0, 10)]
)
def test_a_better_feeling_never_gives_a_worse_answer(scale: str, worst: int, best: int) -> None:
    """Both ends of a scale are reached, in its own direction."""
    answers = [answer(scale, step / 100) for step in range(-400, 401)]
    assert (answers[0], answers[-1]) == (worst, best)
    assert answers == sorted(answers, reverse=worst > best)


@pytest.mark.parametrize("share", [0.03, USUAL_BAD_SHARE, 0.45, 0.7])
def test_a_pull_gives_the_share_of_bad_answers_it_promises(share: float) -> None:
    """A drop of so many points is scripted in points."""
    rng = Random(2)
    bad = mean(is_bad(rng.gauss(0, 1) + pull(share)) for _ in range(50_000))
    assert bad == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("company", "kind"),
    [
        pytest.param(company, kind, id=f"{name}-{kind.walk.__name__}-{kind.channel}")
        for name, company in COMPANIES.items()
        for kind in company.kinds
    ],
)
def test_a_journey_yields_the_declared_number_of_events(company: Company, kind: Kind) -> None:
    """The rate of the stream rests on these figures; none lasts longer than declared."""
    rng = Random(3)
    place = company.places[0] if kind.channel in company.at_places else None
    journeys = [Journey(company, rng, 0, kind.channel, place=place) for _ in range(3_000)]
    for journey in journeys:
        kind.walk(journey)
    assert mean(len(journey.events) for journey in journeys) == pytest.approx(kind.events, rel=0.03)
    assert max(journey.at_ms for journey in journeys) < LONGEST_MS
    assert all(events == sorted(events, key=lambda item: item[0]) for events in (j.events for j in journeys))


@pytest.mark.parametrize("company", COMPANIES.values(), ids=COMPANIES)
def test_the_kinds_of_journeys_make_up_the_whole(company: Company) -> None:
    """Shares of events and of customers add up to one."""
    assert sum(kind.share for kind in company.kinds) == pytest.approx(1)
    assert sum(segment.share for segment in company.segments) == pytest.approx(1)


def test_the_app_payment_really_drops_and_nothing_else_does(history: list[Sent]) -> None:
    """From 8 % to 45 % bad answers at one touchpoint of one channel; the others stay within chance."""
    shares: dict[tuple[str, str], dict[bool, list[bool]]] = defaultdict(lambda: {True: [], False: []})
    for sent in history:
        event = sent.event
        if event["kind"] in ("csat", "ces") and not (RAMPED_MS - 10_000 <= sent.send_ms < RAMPED_MS):
            bad = is_bad_answer(event)
            shares[event["channel"], event["touchpoint"]][sent.send_ms >= RAMPED_MS].append(bad)
    dropped = shares.pop(("app", "payment"))
    assert mean(dropped[False]) == pytest.approx(USUAL_BAD_SHARE, abs=0.02)
    assert mean(dropped[True]) == pytest.approx(RETAILER.drop.bad_share, abs=0.06)
    for name, share in shares.items():
        if len(share[True]) >= 100:
            assert mean(share[True]) - mean(share[False]) < 0.10, name


def test_the_comments_say_why_it_dropped(history: list[Sent]) -> None:
    """Only payments in the app speak of the update, and only on the new release."""
    told = [sent for sent in history if sent.event.get("comment") in RETAILER.drop.comments]
    assert len(told) > 50
    assert {(sent.event["channel"], sent.event["touchpoint"]) for sent in told} == {("app", "payment")}
    assert {sent.event["attributes"]["release"] for sent in told} == {RETAILER.drop.new_release}


def test_bad_answers_come_with_comments_that_fit_the_touchpoint(history: list[Sent]) -> None:
    """A comment belongs to where it was given; no bad mood beside a good mark."""
    for event in (sent.event for sent in history if "comment" in sent.event):
        bad = RETAILER.bad_words[event["touchpoint"]] + RETAILER.drop.comments
        good = RETAILER.good_words.get(event["touchpoint"], ())
        if event["kind"] != "nps":
            bad, good = (bad, ()) if is_bad_answer(event) else ((), good)
        assert event["comment"] in bad + good


def test_answers_of_one_person_hang_together(history: list[Sent]) -> None:
    """A mood lasts over a journey, so that two answers of a customer say less than two customers."""
    marks: dict[str, dict[str, int]] = defaultdict(dict)
    for event in (sent.event for sent in history):
        if event["channel"] == "web" and event["kind"] in ("csat", "ces") and event["touchpoint"] != "return":
            marks[event["customer"]].setdefault(event["touchpoint"], event["score"])
    pairs = [(m["checkout"], m["payment"]) for m in marks.values() if {"checkout", "payment"} <= m.keys()]
    assert len(pairs) > 500
    assert 0.25 < correlation(*map(list, zip(*pairs, strict=True))) < 0.7


def test_stores_differ_as_declared(history: list[Sent]) -> None:
    """The best store of the declaration scores above the worst."""
    marks: dict[str, list[int]] = defaultdict(list)
    for event in (sent.event for sent in history):
        if event["channel"] == "store" and event["kind"] == "csat":
            marks[event["location"]].append(event["score"])
    assert set(marks) == {store.name for store in RETAILER.places}
    ranked = sorted(RETAILER.places, key=lambda store: store.pull)
    assert mean(marks[ranked[-1].name]) - mean(marks[ranked[0].name]) > 0.3


def test_staff_are_never_customers(history: list[Sent]) -> None:
    """What we think of ourselves carries no pseudonym, segment or weight of a customer."""
    staff = [sent.event for sent in history if sent.event.get("respondent") == "employee"]
    assert staff
    assert not any({"customer", "segment", "weight"} & event.keys() for event in staff)


def test_smoke_tests_are_few_and_marked(history: list[Sent]) -> None:
    """Test events are there to be stored and never scored."""
    marked = [sent.event for sent in history if sent.event.get("test")]
    assert 0.5 * TEST_SHARE < len(marked) / len(history) < 2 * TEST_SHARE


def test_answers_carry_the_weight_of_their_segment(history: list[Sent]) -> None:
    """Weighted and plain scores differ, because segments are heard unevenly."""
    weights = {segment.name: segment.weight for segment in RETAILER.segments}
    for event in (sent.event for sent in history if "segment" in sent.event):
        assert event.get("weight", 1) == weights[event["segment"]]


def is_bad_answer(event: dict) -> bool:
    prefix = "csat" if event["kind"] == "csat" else f"ces-{event['direction']}"
    return event["score"] in BAD[f"{prefix}-{event['scale']}"]
