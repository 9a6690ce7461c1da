"""Key experience and first to mend: the same in the example, and not the same thing."""

from __future__ import annotations

from streams.pure.method.delta import deltas
from streams.pure.method.key import first_to_mend, key_experience
from tests.kit.method import points, rated, retailer_ratings


def test_the_retailers_key_experience_is_convenience_and_first_to_mend() -> None:
    found = deltas(retailer_ratings())
    key, mend = key_experience(found), first_to_mend(found)
    assert key is not None
    assert mend is not None
    assert (key.aspect, mend.aspect, mend.weighted.value) == ("convenience", "convenience", -18)


def test_what_matters_most_need_not_be_first_to_mend() -> None:
    """Price matters most (10) and is as expected; service (8) falls short by 3: -24."""
    found = deltas(rated(price=(7, 7, 10), service=(5, 8, 8)))
    key, mend = key_experience(found), first_to_mend(found)
    assert key is not None
    assert mend is not None
    assert (key.aspect, mend.aspect, mend.weighted.value) == ("price", "service", -24)


def test_four_answers_do_not_decide_where_a_firm_looks() -> None:
    """Brand is rated 10 in importance by four people, price 8 by forty."""
    ratings = {
        **rated(price=(7, 7, 8)),
        ("importance", "brand"): points("rating-1-10", *[10] * 4),
    }
    key = key_experience(deltas(ratings))
    assert key is not None
    assert key.aspect == "price"


def test_of_equal_importance_the_worse_is_the_key() -> None:
    found = key_experience(deltas(rated(brand=(7, 7, 9), price=(5, 7, 9))))
    assert found is not None
    assert found.aspect == "price"


def test_where_nobody_said_what_matters_there_is_no_key() -> None:
    """An aspect picked at random would be believed."""
    found = deltas(rated(price=(7, 8, None)))
    assert key_experience(found) is None
    assert first_to_mend(found) is None
