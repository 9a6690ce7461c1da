"""Voices and actions: what was said and done, held against a count by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboards.actions import ACTIONS
from dashboards.voices import VOICES
from streams.pure.method.voices import rises, terms
from tests.boards.conftest import Seeded, seeded
from tests.kit.seed import DAY
from tests.kit.seed_voices import BEFORE, NOW, lay_voices

GREW, COMMENTS = VOICES.panel(1), VOICES.panel(2)


@pytest.fixture(scope="module")
def voiced(clickhouse_url: str) -> Iterator[Seeded]:
    """The small world, and what customers of the web shop wrote."""
    for one in seeded(clickhouse_url):
        lay_voices(one.store, one.world.now_ms)
        yield one


def test_what_grew_is_what_the_unhappy_write_now(voiced: Seeded) -> None:
    """Words and Chinese pairs, by the same count in Python; of the place four customers name there is nothing."""
    rows = voiced.ask(VOICES, GREW, channel=["web"])
    shown = {row["term"]: row for row in rows if row["sort"] == "word"}
    others = [terms("the clerk at desk seven")] * 4 + [frozenset()] * 36
    wanted = {one.term: one for one in rises([*map(terms, NOW * 10), *others], [*map(terms, BEFORE * 10)])}
    for name, row in shown.items():
        assert row["z"] == pytest.approx(wanted[name].z)
        assert (row["verdict"] == "▲ grew") == wanted[name].grew
    assert {name for name, row in shown.items() if row["verdict"] == "▲ grew"} >= {"payment", "failed", "付款", "失败"}
    assert shown["payment"]["now_shown"] == "62 % (40 of 64)"
    assert "desk" not in shown
    assert "Nook" not in {row["term"] for row in rows}


def test_a_word_of_yesterday_did_not_grow(voiced: Seeded) -> None:
    rows = voiced.ask(VOICES, GREW, channel=["web"])
    assert not {"parcel", "late"} & {row["term"] for row in rows}


def test_comments_come_newest_first_and_few_stay_hidden(voiced: Seeded) -> None:
    """With channel, place, answer and time; four customers at one desk are not shown, nor where they were."""
    rows = voiced.ask(VOICES, COMMENTS, channel=["web"])
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    hidden = [row for row in rows if row["comment"].startswith("hidden")]
    assert len(hidden) == 4
    assert {(row["touchpoint"], row["location"]) for row in hidden} == {("", "")}
    newest = next(row for row in rows if row not in hidden)
    assert (newest["channel"], newest["touchpoint"], newest["answer"], newest["mood"]) == (
        "web", "checkout", "CSAT 1–5: 1", "▼",
    )  # fmt: skip
    assert newest["comment"] in NOW


def test_an_action_too_young_says_so_in_words(small: Seeded) -> None:
    """Half an hour after it nobody can say what it changed, nor what it brings."""
    newest = small.ask(ACTIONS, ACTIONS.panel(1), span_ms=30 * DAY)[0]
    assert (newest["what"], newest["place"], newest["cost_shown"]) == ("larger pay button", "app / checkout", "2,000")
    assert newest["net_shown"] == "unknown: fewer than two weeks before or after"
    assert (newest["verdict"], newest["gain_shown"], newest["net_exact"]) == ("too few weeks", "", None)
