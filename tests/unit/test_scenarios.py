"""The scenarios of the demo: their past holds exactly what is declared, and what breaks shows where it should."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

import deploy
from schemas.catalogue import Catalogue
from schemas.decode import Decoder, Event
from schemas.scales import SCALES
from streams.edges.demo import company_of
from streams.edges.errors import UserError
from streams.edges.simulator import BANK, COMPANIES, RETAILER, Company, Sent, past, simulate
from streams.edges.simulator.clock import DAY_MS
from tests.kit.method import RETAILER as WORKED_EXAMPLE

NOON_MS = 1_760_004_000_000  # 2025-10-09 12:00 in Berlin
MINUTE_MS = 60_000
DROP_MS = NOON_MS - 10 * MINUTE_MS
STEADY_MS = DROP_MS + 2 * MINUTE_MS
"""The drop is met by all, and who lost a card has called."""
MOST_EVENTS = 6_000
"""So few that the demo starts no slower."""
CATALOGUES = Path(deploy.__file__).parent / "catalogue"

companies = pytest.mark.parametrize("company", COMPANIES.values(), ids=COMPANIES)


@pytest.fixture(scope="module")
def pasts() -> dict[str, list[dict[str, Any]]]:
    return {company.catalogue: past(company, 1, NOON_MS) for company in COMPANIES.values()}


@companies
def test_each_event_of_the_past_is_taken_under_the_catalogue(
    company: Company, pasts: dict[str, list[dict[str, Any]]]
) -> None:
    """None is refused, none lies in the future, and there are few enough to be sent at every start."""
    events, decoder = pasts[company.catalogue], Decoder(Catalogue.load(CATALOGUES / company.catalogue))
    assert 1_000 < len(events) <= MOST_EVENTS
    for event in events:
        found = decoder.decode(json.dumps(event).encode())
        assert isinstance(found, Event), (event, found)
        assert found.occurred_ms < NOON_MS
    assert len({(event["producer"], event["event_id"]) for event in events}) == len(events)
    assert {event["kind"] for event in events} >= {"rating", "emotion", "trust", "purchase", "complaint", "case"}


@companies
def test_the_same_seed_gives_the_same_past(company: Company, pasts: dict[str, list[dict[str, Any]]]) -> None:
    """A demo and a test can speak of the same customers."""
    assert past(company, 1, NOON_MS) == pasts[company.catalogue]


@companies
def test_the_study_has_exactly_the_declared_means(company: Company, pasts: dict[str, list[dict[str, Any]]]) -> None:
    """Of all together; what nobody was asked stays unknown. Touchpoints behind an aspect come worst first."""
    marks, behind = ratings(pasts[company.catalogue])
    for aspect in company.past.study:
        for family, wanted in zip(
            ("experience", "expectation", "importance"),
            (aspect.experience, aspect.expectation, aspect.importance),
            strict=True,
        ):
            found = marks[aspect.name, family]
            assert (sum(found) / len(found) if found else None) == wanted, (aspect.name, family)
            assert wanted is None or len(set(found)) > 2, "customers who all say the same are not believable"
        means = [mean(behind[aspect.name, *where]) for where in aspect.behind]
        assert means == sorted(means)


def test_the_retailers_study_is_the_worked_example() -> None:
    """The figures of the method: -2, -18 and -5 follow from these."""
    declared = {one.name: (one.experience, one.expectation, one.importance) for one in RETAILER.past.study}
    assert declared == WORKED_EXAMPLE


@companies
def test_no_live_answer_blurs_the_study(company: Company) -> None:
    """Customers rate aspects in the study only; staff go on to say what they think."""
    live = stream(company, drop=False, minutes=30, rate_per_s=3)
    rated = {sent.event.get("respondent", "customer") for sent in live if sent.event["kind"] == "rating"}
    assert rated <= {"employee", "manager"}
    assert {event["respondent"] for event in past(company, 1, NOON_MS) if event["producer"] == "staff-survey"} == {
        "employee",
        "manager",
    }


@companies
def test_the_action_mends_its_touchpoint_and_no_other(company: Company, pasts: dict[str, list[dict[str, Any]]]) -> None:
    """Its effect is there to be found, beside weeks on either side."""
    done = company.past.done
    treated_ms = NOON_MS - done.weeks_ago * 7 * DAY_MS
    bad: dict[tuple[bool, bool], list[bool]] = defaultdict(list)
    for event in pasts[company.catalogue]:
        if event["kind"] in ("csat", "ces", "nps") and event["producer"] != "market-study":
            bad[event["touchpoint"] == done.touchpoint, occurred_ms(event) >= treated_ms].append(is_bad(event))
    assert mean(bad[True, False]) - mean(bad[True, True]) > 0.1
    assert abs(mean(bad[False, False]) - mean(bad[False, True])) < 0.06


@companies
def test_some_of_the_past_come_back_within_ninety_days(
    company: Company, pasts: dict[str, list[dict[str, Any]]]
) -> None:
    """About the declared share of those who first bought longer ago than that."""
    days: dict[str, set[int]] = defaultdict(set)
    for event in pasts[company.catalogue]:
        if event["kind"] == "purchase":
            days[event["customer"]].add(occurred_ms(event) // DAY_MS)
    old = [sorted(bought) for bought in days.values() if NOON_MS // DAY_MS - min(bought) > 91]
    back = [any(0 < day - bought[0] <= 90 for day in bought) for bought in old]
    assert len(old) >= 200
    assert company.past.back_share - 0.08 < mean(back) < company.past.back_share + 0.15


@companies
def test_each_case_is_about_a_complaint_and_ends(company: Company, pasts: dict[str, list[dict[str, Any]]]) -> None:
    """Opened after it, closed with an outcome; the three outcomes are there."""
    events = pasts[company.catalogue]
    complaints = {(one["producer"], one["event_id"]): occurred_ms(one) for one in events if one["kind"] == "complaint"}
    steps: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        if event["kind"] == "case":
            steps[event["case_id"]].append(event)
    for case in steps.values():
        assert [step["state"] for step in case][:2] == ["open", "answered"]
        assert complaints[case[0]["about_producer"], case[0]["about_event_id"]] < occurred_ms(case[0])
    outcomes = Counter(case[-1]["outcome"] for case in steps.values())
    assert set(outcomes) == {"kept", "at_risk", "lost"}


def test_an_unknown_scenario_is_told_with_those_there_are() -> None:
    """One sentence, and nothing started."""
    assert company_of("bank") is BANK
    with pytest.raises(UserError, match=r"retailer, bank, not 'shop'"):
        company_of("shop")


@pytest.fixture(scope="module")
def bank() -> dict[bool, list[Sent]]:
    """Half an hour of the bank, by whether it is after the drop; its last ten minutes are."""
    found: dict[bool, list[Sent]] = {False: [], True: []}
    for sent in stream(BANK, drop=True, minutes=30, rate_per_s=12):
        if sent.send_ms < DROP_MS or sent.send_ms >= STEADY_MS:
            found[sent.send_ms >= STEADY_MS].append(sent)
    return found


def test_the_banks_drop_shows_at_the_machines_of_one_region_and_in_calls_about_cards(
    bank: dict[bool, list[Sent]],
) -> None:
    """And nowhere else: not at the counters of these branches, not at machines elsewhere, not in other calls."""
    shares: dict[tuple[str, str, bool], dict[bool, list[bool]]] = defaultdict(lambda: {False: [], True: []})
    for after, sendings in bank.items():
        for event in (sent.event for sent in sendings):
            if event["kind"] in ("csat", "ces"):
                where = (event["channel"], event["touchpoint"], event.get("location") in BANK.drop.places)
                shares[where][after].append(is_bad(event))
    machines, calls = shares.pop(("atm", "cash_withdrawal", True)), shares.pop(("call_centre", "card_blocked", False))
    shares.pop(("atm", "deposit", True))  # whoever lost the card is in no mood there
    assert mean(machines[False]) < 0.15
    assert mean(machines[True]) == pytest.approx(BANK.drop.bad_share, abs=0.08)
    assert mean(calls[True]) - mean(calls[False]) > 0.2
    compared = {where: share for where, share in shares.items() if len(share[True]) >= 100}
    assert {("atm", "cash_withdrawal", False), ("counter", "counter_service", True)} <= compared.keys()
    for where, share in compared.items():
        assert mean(share[True]) - mean(share[False]) < 0.10, where


def test_signals_releases_and_words_point_to_the_cause(bank: dict[bool, list[Sent]]) -> None:
    """Kept cards come from the region alone, all with the new release; comments say it, there and on the phone."""
    kept = [sent.event for sent in bank[True] if sent.event.get("signal") == "card_retained"]
    there = [event for event in kept if event["location"] in BANK.drop.places]
    before = sum(sent.event.get("signal") == "card_retained" for sent in bank[False])
    assert len(there) > 50 > 2 * (len(kept) - len(there))
    assert len(there) > 5 * before
    assert {event["attributes"]["release"] for event in there} == {BANK.drop.new_release}
    for after, sendings in bank.items():
        told = [sent.event for sent in sendings if sent.event.get("comment") in BANK.drop.comments]
        assert bool(told) == after
        assert {event["location"] for event in told} <= BANK.drop.places
    assert any(
        "machine" in sent.event.get("comment", "") for sent in bank[True] if sent.event["channel"] == "call_centre"
    )


def test_more_people_call_about_cards_and_wait_longer(bank: dict[bool, list[Sent]]) -> None:
    """Of the customers who lost one; other calls are as many as before."""
    calls: dict[bool, Counter[bool]] = {False: Counter(), True: Counter()}
    for after, sendings in bank.items():
        for event in (sent.event for sent in sendings):
            if event["channel"] == "call_centre" and event["kind"] == "interaction":
                calls[after][event["touchpoint"] == "card_blocked"] += 1
    longer = 20 / 8
    assert calls[True][True] * longer > 1.7 * calls[False][True]
    assert calls[True][False] * longer < 1.3 * calls[False][False]
    lost = {sent.event["customer"] for sent in bank[True] if sent.event.get("signal") == "card_retained"}
    called = {sent.event["customer"] for sent in bank[True] if sent.event["channel"] == "call_centre"}
    assert len(lost & called) > 0.5 * len(lost)


def stream(company: Company, *, drop: bool, minutes: int, rate_per_s: float) -> list[Sent]:
    """Good events up to noon."""
    drop_at_ms = DROP_MS if drop else None
    start_ms = NOON_MS - minutes * MINUTE_MS
    sendings = simulate(company, 1, start_ms, rate_per_s=rate_per_s, drop_at_ms=drop_at_ms, end_ms=NOON_MS)
    return [sent for sent in sendings if not sent.fault]


def ratings(events: Iterable[dict[str, Any]]) -> tuple[dict[Any, list[int]], dict[Any, list[int]]]:
    """Customers' marks by (aspect, family), and of experience by (aspect, channel, touchpoint)."""
    marks, behind = defaultdict(list), defaultdict(list)
    for event in events:
        if event["kind"] == "rating" and event.get("respondent", "customer") == "customer":
            for family in ("experience", "expectation", "importance"):
                if family in event:
                    marks[event["aspect"], family].append(event[family])
            behind[event["aspect"], event["channel"], event["touchpoint"]].append(event["experience"])
    return marks, behind


def occurred_ms(event: dict[str, Any]) -> int:
    return round(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1_000)


def is_bad(event: dict[str, Any]) -> bool:
    if event["kind"] == "nps":
        return bool(event["score"] <= 6)
    prefix = "csat" if event["kind"] == "csat" else f"ces-{event['direction']}"
    return SCALES[f"{prefix}-{event['scale']}"].box(event["score"]) < 0
