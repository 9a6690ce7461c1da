"""The gap to the ideal: management's decision against what customers say."""

from __future__ import annotations

from pathlib import Path

import deploy
from schemas.catalogue import Catalogue
from streams.pure.method.delta import deltas
from streams.pure.method.ideal import gaps
from tests.kit.method import rated, retailer_ratings

EXAMPLE = Path(deploy.__file__).parent / "catalogue" / "example.yaml"


def test_the_retailers_gaps_from_the_target_file() -> None:
    """As it is, but 10 for the key experience: a gap of -5 for convenience, 0 elsewhere."""
    ideals = Catalogue.load(EXAMPLE).targets.ideal
    found = {gap.aspect: (gap.ideal, gap.gap.value) for gap in gaps(deltas(retailer_ratings()), ideals)}
    assert found == {
        "price": (7, 0),
        "brand": (7, 0),
        "service": (6, 0),
        "product": (6, 0),
        "convenience": (10, -5),
        "relationship": (4, 0),
    }


def test_without_a_decision_there_is_no_gap() -> None:
    """Nobody may be held to an ideal that nobody set."""
    (gap,) = (gap for gap in gaps(deltas(rated(price=(7, 7, 8))), {}) if gap.aspect == "price")
    assert (gap.ideal, gap.gap.value, gap.gap.reason) == (None, None, "no answers")


def test_content_with_what_nobody_knows_is_unknown() -> None:
    """`as_it_is` needs an is."""
    (gap,) = (gap for gap in gaps(deltas({}), {"price": "as_it_is"}) if gap.aspect == "price")
    assert (gap.ideal, gap.gap.value) == (None, None)


def test_a_gap_is_as_uncertain_as_the_experience() -> None:
    (gap,) = (gap for gap in gaps(deltas(rated(price=(7, 7, 8))), {"price": 9}) if gap.aspect == "price")
    assert (gap.gap.value, gap.gap.n) == (-2, 40)
