"""The contract's readers take every simulated event but those that are wrong on purpose."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import deploy
from schemas.catalogue import Catalogue
from schemas.decode import Decoder, Rejection
from schemas.wire import STRUCTS
from streams.edges.simulator import COMPANIES, FAULTS, RETAILER, Company, Sent, simulate_batch

NOON_MS = 1_760_004_000_000  # 2025-10-09 12:00 in Berlin
CATALOGUES = Path(deploy.__file__).parent / "catalogue"

REASONS = {
    "off_scale": "off_scale",
    "unknown_scale": "unknown_scale",
    "number_as_text": "wrong_type",
    "missing_zone": "no_time_zone",
    "unknown_touchpoint": "unknown_name",
    "unknown_kind": "unknown_kind",
    "missing_channel": "missing_field",
}
"""The code each fault must be refused with."""


@pytest.fixture(scope="module", params=COMPANIES.values(), ids=COMPANIES)
def company(request: pytest.FixtureRequest) -> Company:
    return request.param


@pytest.fixture(scope="module")
def history(company: Company) -> list[Sent]:
    return simulate_batch(company, 1, NOON_MS, events=8_000)


@pytest.fixture(scope="module")
def catalogue(company: Company) -> Catalogue:
    return Catalogue.load(CATALOGUES / company.catalogue)


def test_each_event_is_taken_or_refused_as_its_maker_meant(history: list[Sent], catalogue: Catalogue) -> None:
    """Good ones are accepted under the example's catalogue; wrong ones get the reason of their fault."""
    decoder = Decoder(catalogue)
    refused = Counter()
    for sent in history:
        outcome = decoder.decode(json.dumps(sent.event).encode())
        if sent.fault:
            assert isinstance(outcome, Rejection), sent
            assert outcome.reason == REASONS[sent.fault], (sent, outcome)
            refused[sent.fault] += 1
        else:
            assert not isinstance(outcome, Rejection), (sent, outcome)
    assert set(refused) == set(FAULTS)


def test_without_a_catalogue_only_the_misspelt_touchpoints_pass_as_well() -> None:
    """Nothing else in the retailer's stream needs the catalogue: channels are the built-in ones."""
    decoder = Decoder(None)
    for sent in simulate_batch(RETAILER, 1, NOON_MS, events=8_000):
        outcome = decoder.decode(json.dumps(sent.event).encode())
        wrong = sent.fault is not None and sent.fault != "unknown_touchpoint"
        assert isinstance(outcome, Rejection) == wrong, (sent, outcome)


def test_the_misspelt_touchpoint_is_answered_with_the_right_one(
    company: Company, history: list[Sent], catalogue: Catalogue
) -> None:
    """What a producer reads is enough to mend it."""
    decoder = Decoder(catalogue)
    for sent in history:
        if sent.fault == "unknown_touchpoint":
            outcome = decoder.decode(json.dumps(sent.event).encode())
            assert outcome.nearest in company.touchpoint_pull


def test_every_place_of_the_catalogue_is_simulated(history: list[Sent], catalogue: Catalogue) -> None:
    """A board on the demo shows all channels, touchpoints and stores of the catalogue, none empty."""
    good = [sent.event for sent in history if not sent.fault]
    assert {event["channel"] for event in good} == set(catalogue.channels)
    assert {event["touchpoint"] for event in good} == set(catalogue.touchpoints)
    assert {event["location"] for event in good if "location" in event} == set(catalogue.locations)


def test_every_kind_of_event_is_simulated_but_cases(history: list[Sent]) -> None:
    """Cases are the work of people after the event; all else a customer or a system reports is there."""
    assert {sent.event["kind"] for sent in history if not sent.fault} == set(STRUCTS) - {"case"}
