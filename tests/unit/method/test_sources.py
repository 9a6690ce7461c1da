"""Where expectations come from."""

from __future__ import annotations

from streams.pure.method.sources import SOURCES, sources
from tests.kit.method import points


def test_each_source_has_its_share_and_how_high_it_raises_expectation() -> None:
    """60 of 100 from promotion, and those expect most: ours to lower."""
    found = {
        one.source: one
        for one in sources(
            {
                "promotion": points("rating-1-10", *[9] * 60),
                "word_of_mouth": points("rating-1-10", *[6] * 40),
            }
        )
    }
    assert tuple(found) == SOURCES
    assert (found["promotion"].part.value, found["promotion"].height.value) == (0.6, 9)
    assert (found["values"].part.value, found["values"].height.value) == (0.0, None)


def test_who_did_not_say_where_from_is_part_of_no_share() -> None:
    """Else the shares would not add up to one, and silence would count as a source."""
    (source, *_) = sources({"word_of_mouth": points("rating-1-10", 6), "": points("rating-1-10", *[9] * 999)})
    assert (source.source, source.part.value, source.part.n) == ("word_of_mouth", 1.0, 1)


def test_nobody_asked_is_no_share() -> None:
    assert all(one.part.value is None for one in sources({}))
