"""Cost of negative experience: every cell of the worked example, and the three levers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.economics import Economics
from streams.pure.method.cost import (
    Cost,
    CostInputs,
    Fate,
    complaint_share,
    complaints_per_negative,
    cost,
    fate_of,
    fewer_negatives,
    inputs_of,
    more_complaints,
    more_won_back,
)
from streams.pure.method.evidence import UNKNOWN, Estimate, exactly, share

EXAMPLE = CostInputs(50_000_000, exactly(0.22), exactly(0.02), Fate(0.34, 0.28), Fate(0.55, 0.45))


def told(inputs: CostInputs) -> Cost:
    found = cost(inputs)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("touched", 11_000_000),
        ("complaining", 220_000),
        ("complaining_at_risk", 74_800),
        ("complaining_lost", 61_600),
        ("complaining_kept", 83_600),
        ("silent", 10_780_000),
        ("silent_at_risk", 5_929_000),
        ("silent_lost", 4_851_000),
        ("silent_kept", 0),
        ("lost", 4_912_600),
        ("at_risk", 6_003_800),
        ("lost_share", 0.098252),
    ],
)
def test_each_cell_of_the_worked_example(cell: str, amount: float) -> None:
    """Of 50 million, 4.9 are lost, most of them without a word."""
    assert told(EXAMPLE).row()[cell] == pytest.approx(amount, rel=1e-12, abs=1e-6)


def test_the_first_lever_lowers_the_negative_experiences_themselves() -> None:
    """22 % to 21 %: a twenty-second part of the loss."""
    assert told(fewer_negatives(EXAMPLE, 0.01)).lost.value == pytest.approx(4_912_600 * 21 / 22)


def test_the_second_lever_wins_complainers_back() -> None:
    """38 % kept to 48 %: of 220,000 ten percent less are lost."""
    found = told(more_won_back(EXAMPLE, 0.1))
    assert found.lost.value == pytest.approx(4_912_600 - 22_000)
    assert found.complaining.kept == pytest.approx(83_600 + 22_000)


def test_who_is_won_back_beyond_the_lost_was_at_risk() -> None:
    """Nobody can be won back twice."""
    found = told(more_won_back(EXAMPLE, 0.4))
    assert (found.complaining.lost, found.complaining.at_risk) == (0, pytest.approx(220_000 * 0.22))


def test_the_third_lever_is_more_complaints_and_lowers_the_loss() -> None:
    """Twice as many complaints are no bad news: an open complaint can be answered."""
    assert told(more_complaints(EXAMPLE, 0.02)).lost.value == pytest.approx(11_000_000 * (0.04 * 0.28 + 0.96 * 0.45))


def test_no_share_is_moved_beyond_its_ends() -> None:
    assert told(fewer_negatives(EXAMPLE, 0.5)).touched == 0
    assert told(more_complaints(EXAMPLE, 5)).silent.touched == 0


def test_the_loss_is_as_uncertain_as_what_was_measured() -> None:
    """110 of 500 answers negative: the loss lies between 4.2 and 5.8 million."""
    found = told(replace(EXAMPLE, negative=share(110, 500))).lost
    band = share(110, 500)
    assert band.lower is not None
    assert band.upper is not None
    assert found.lower is not None
    assert found.upper is not None
    half = (band.upper - band.lower) / 2 / 0.22
    assert (found.lower, found.upper) == (pytest.approx(4_912_600 * (1 - half)), pytest.approx(4_912_600 * (1 + half)))


@pytest.mark.parametrize("missing", ["negative", "complaint", "complainers"])
def test_an_unknown_input_is_no_cost(missing: str) -> None:
    """A cost of 0 would be the best news of the year."""
    assert cost(replace(EXAMPLE, **{missing: None if missing == "complainers" else UNKNOWN})) is None


def test_a_firm_without_sales_loses_nothing_and_no_share() -> None:
    found = told(replace(EXAMPLE, yearly_sales=0))
    assert (found.lost.value, found.lost_share) == (0, None)


def test_the_file_decides_or_leaves_it_to_the_stream() -> None:
    """`measured` takes what the answers say; a number in the file wins over them."""
    money = Economics(currency="EUR", yearly_sales=50_000_000, complaint_share=0.02, complainers="measured")
    measured = Estimate(0.3, 0.2, 0.4, 90)
    found = inputs_of(money, negative=measured, complaint=Estimate(0.9, 0.8, 1.0, 7), complainers=Fate(0.5, 0.1))
    assert (found.negative, found.complaint.value, found.complainers) == (measured, 0.02, Fate(0.5, 0.1))
    assert cost(inputs_of(money, negative=measured)) is None


def test_what_the_stream_measures() -> None:
    """Of four unhappy customers one complained; of five cases two are lost."""
    found = complaint_share({"a", "b", "c", "d"}, {"a", "x"})
    assert (found.value, found.n) == (0.25, 4)
    assert fate_of({"lost": 2, "kept": 2, "at_risk": 1}) == Fate(0.2, 0.4)
    assert fate_of({}) is None


def test_complaints_for_each_negative_answer_rise_above_one() -> None:
    """Higher is better: more of the unhappy speak."""
    assert complaints_per_negative(6, 4) == 1.5
    assert complaints_per_negative(6, 0) is None
