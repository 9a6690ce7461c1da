"""The report: what is read from the store gives the steps of a plain count, whatever was answered."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.report.read import read, spans
from streams.edges.store import Store
from streams.pure.method.report import seven_steps
from tests.kit import report as count
from tests.kit.method import DAY_MS, END_MS, RATINGS, SCORES, scene_of, twins

NOW, BEFORE = spans(END_MS - 100 * DAY_MS, END_MS)
CAME = st.fixed_dictionaries(
    {
        "kind": st.just("purchase"),
        "amount": st.none() | st.sampled_from([5, 40, 1_250]),
        "currency": st.sampled_from(["EUR", "CHF"]),
        "reason": st.none() | st.sampled_from(["price", "brand"]),
        "respondent": st.sampled_from([None, "employee"]),
        "days_ago": st.sampled_from([1, 99, 100, 101, 201]),
        "times": st.sampled_from([1, 40]),
    }
)
"""A purchase, so often."""


@twins
@given(chosen=st.lists(RATINGS | SCORES | CAME, max_size=10), hide_under=st.sampled_from([0, 5]))
def test_the_steps_are_those_of_a_plain_count(
    method_store: Store, chosen: list[dict[str, Any]], hide_under: int
) -> None:
    """Now and before; staff are left out; two answers at a touchpoint are hidden, a customer apart from none."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    found = read(method_store, NOW, BEFORE, now_ms=END_MS + 2 * DAY_MS, hide_under=hide_under)
    now, before = (count.inside(scene, span) for span in (NOW, BEFORE))
    at = count.period(now, full=True).experience_at
    # No event of these names a customer, so each answer is one; a touchpoint's answers on all aspects count.
    everywhere = {place: sum(one.n for (_, there), one in at.items() if there == place) for _, place in at}
    hidden = {key for key, one in at.items() if one.n < hide_under or everywhere[key[1]] < hide_under}
    wanted = seven_steps(count.period(now, full=True, hidden=hidden), count.period(before, full=False), {})
    assert found.steps == wanted
    assert found.hidden == tuple(
        sorted(place for aspect, place in hidden if wanted.key and aspect == wanted.key.aspect)
    )
    here, there = count.scores(now), count.scores(before)
    assert {(one.channel, one.scale): one.now for one in found.scores if one.now.n} == here
    assert {(one.channel, one.scale): one.before for one in found.scores if one.before.n} == there
