"""The target file's money and what of it is stored: every decision once, errors that say what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

import deploy
from schemas.catalogue import Catalogue, CatalogueError, Targets
from streams.edges.targets import rows_of

EXAMPLE = Path(deploy.__file__).parent / "catalogue" / "example.yaml"
MONEY = {"currency": "EUR", "yearly_sales": 50_000_000}


def economics(text: str) -> str:
    """A catalogue whose money says this; the line in question is its fifth."""
    return f"targets:\n  economics:\n    currency: EUR\n    yearly_sales: 5\n    {text}\n"


def test_the_example_holds_the_worked_example() -> None:
    """Whoever copies it sees the figures of the documentation on the board first."""
    money = Catalogue.load(EXAMPLE).targets.economics
    assert money is not None
    assert (money.yearly_sales, money.negative_share, money.complaint_share) == (50_000_000, 0.22, 0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("negative_share: 22", "line 5, targets.economics.negative_share: is 22: for 22 % write 0.22"),
        ("negative_share: 2200", "is 2200: write a share from 0 to 1"),
        ("negative_share: often", "is 'often': write a share from 0 to 1, or measured"),
        ("complaint_share: true", "is True: write a share from 0 to 1"),
        ("silent: {at_risk: 0.9, lost: 0.5}", "targets.economics.silent: at_risk and lost add up to 1.4: at most 1"),
        ("silent: measured", "line 5, targets.economics.silent: "),
        ("complainers: {at_risk: 0.9}", "line 5, targets.economics.complainers.shares.lost: field required"),
        ("complainers: kept", "line 5, targets.economics.complainers.word: input should be 'measured'"),
        ("what_iff: {}", "line 5, targets.economics.what_iff: "),
    ],
)
def test_an_error_names_line_and_field_and_what_to_write(tmp_path: Path, text: str, message: str) -> None:
    """22 instead of 0.22 is the usual mistake, and would be a loss a hundred times too high."""
    path = tmp_path / "catalogue.yaml"
    path.write_text(economics(text))
    with pytest.raises(CatalogueError) as refusal:
        Catalogue.load(path)
    assert str(refusal.value).startswith(f"{path}, line 5, ")
    assert message in str(refusal.value)


def test_every_decision_is_stored_once() -> None:
    """Ideals, goals and money; what is left to the stream is NULL and says so."""
    rows = rows_of(Catalogue.load(EXAMPLE).targets)
    keys = [(row["kind"], row["name"], row["scale"], row["channel"], row["touchpoint"]) for row in rows]
    assert len(keys) == len(set(keys))
    found = {(row["kind"], row["name"]): (row["value"], row["words"]) for row in rows}
    assert found["ideal", "price"] == (None, "as_it_is")
    assert found["ideal", "convenience"] == (10.0, "")
    assert found["economics", "complainers.lost"] == (0.28, "")
    assert found["economics", "currency"] == (None, "EUR")
    assert found["economics", "what_if.more_complaints"] == (0.02, "")


def test_what_is_measured_is_no_number_in_the_store() -> None:
    money = {**MONEY, "complainers": "measured"}
    found = {row["name"]: (row["value"], row["words"]) for row in rows_of(Targets.model_validate({"economics": money}))}
    assert found["complainers.at_risk"] == found["negative_share"] == (None, "measured")


def test_an_empty_file_is_a_decision_too() -> None:
    """Goals taken out must go from the boards: something newer must be there to be in force."""
    assert [row["kind"] for row in rows_of(Targets())] == ["file"]


def test_weights_and_regions_are_stored_with_the_targets() -> None:
    """Boards weigh segments and add places up by them; a place without a region has no row."""
    example = Catalogue.load(EXAMPLE)
    rows = rows_of(example.targets, example.locations)
    found = {(row["kind"], row["name"]): (row["value"], row["words"]) for row in rows}
    assert found["segment", "loyal"] == (0.17, "")
    assert found["region", "store-berlin-mitte"] == (None, "north-east")
    assert len([row for row in rows if row["kind"] == "region"]) == len(example.locations)


@pytest.mark.parametrize("weight", ["0", "-1", "much", ".nan", ".inf", "true"])
def test_a_weight_is_a_number_above_zero(tmp_path: Path, weight: str) -> None:
    """A weight of 0 would silence a segment without saying so."""
    path = tmp_path / "catalogue.yaml"
    path.write_text(f"targets:\n  segments:\n    new: {weight}\n")
    with pytest.raises(CatalogueError, match=r"line 3, targets\.segments\.new: .*write a number above 0"):
        Catalogue.load(path)
