"""Why customers come, as they say."""

from __future__ import annotations

from streams.pure.method.delta import ASPECTS
from streams.pure.method.reasons import reasons


def test_shares_are_of_those_who_gave_a_reason() -> None:
    """Most visits have none; they are no vote against anything."""
    found = {one.aspect: one.part for one in reasons({"price": 30, "convenience": 10, "": 900})}
    assert tuple(found) == ASPECTS
    assert (found["price"].value, found["price"].n, found["brand"].value) == (0.75, 40, 0)


def test_without_reasons_there_is_no_brand_value() -> None:
    assert all(one.part.value is None for one in reasons({"": 5}))
