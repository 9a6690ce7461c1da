"""Known names: a misspelt one is told what was meant, however many are misspelt."""

from __future__ import annotations

import pytest

from schemas import names
from schemas.names import KnownNames

PLACES = KnownNames(["store-berlin-mitte", "store-hamburg", "Store-Wien", "app"])


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("store-berlin-mite", "store-berlin-mitte"),
        ("STORE-HAMBURG", "store-hamburg"),
        ("store-wien", "Store-Wien"),
        ("aap", "app"),
        pytest.param("warehouse", "", id="none-is-near"),
        pytest.param("", "", id="nothing"),
        pytest.param("x" * 100_000, "", id="endless"),
    ],
)
def test_the_nearest_name_is_the_one_that_was_meant(name: str, nearest: str) -> None:
    """A suggestion that is a guess would be worse than none."""
    assert PLACES.nearest(name) == nearest


def test_memory_for_misspelt_names_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A producer that invents names must not fill the memory."""
    monkeypatch.setattr(names, "_MAX_REMEMBERED", 50)
    known = KnownNames(["app"])
    for i in range(500):
        known.nearest(f"invented-{i}")
    assert len(known._nearest) <= 50
