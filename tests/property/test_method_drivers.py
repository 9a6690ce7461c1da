"""Key drivers: SQL and Python draw the same customers, and rank the same touchpoints."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.drivers import drivers
from streams.edges.store import Store
from streams.pure.method import drivers as pure
from tests.kit.method import Scene, ask, same, twins

touchpoints = st.lists(
    st.tuples(st.sampled_from([0, 5, 29, 30, 45]), st.sampled_from([0.0, 0.5, 1.0]), st.integers(1, 5)),
    min_size=1,
    max_size=3,
)


def scene_and_answers(shapes: list[tuple[int, float, int]], seed: int, kind: str) -> tuple[Scene, Any]:
    """Customers at each touchpoint, whose overall score follows it more or less."""
    chance, scene = random.Random(seed), Scene()
    overall: dict[str, list[int]] = defaultdict(list)
    here: dict[tuple[str, str], list[int]] = defaultdict(list)
    more = {"scale": "1-5", "direction": "effort"} if kind == "ces" else {"scale": "1-5"}
    for number, (size, strength, least) in enumerate(shapes):
        for name in (f"c{person}" for person in range(size)):
            score = chance.randint(least, 5)
            scene.add(kind, score=score, touchpoint=f"t{number}", customer=name, **more)
            here[f"t{number}", name].append(score)
            if chance.random() < 0.9:
                overall[name].append(2 * score if chance.random() < strength else chance.randint(0, 10))
                scene.add("nps", score=overall[name][-1], customer=name, touchpoint=chance.choice([None, "t0"]))
    answered: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for (touchpoint, name), scores in here.items():
        if name in overall:
            mean = sum(overall[name]) / len(overall[name])
            answered[touchpoint][name] = (sum(scores) / len(scores), mean)
    return scene, answered


@twins
@given(shapes=touchpoints, seed=st.integers(0, 99), kind=st.sampled_from(["csat", "ces"]))
def test_sql_and_python_agree(method_store: Store, shapes: list[tuple[int, float, int]], seed: int, kind: str) -> None:
    """With few customers, all alike, no relation, and a scale on which low is good."""
    scene, answered = scene_and_answers(shapes, seed, kind)
    scene.lay(method_store)
    scale = "csat-1-5" if kind == "csat" else "ces-effort-1-5"
    same(ask(method_store, drivers(scale)), [one.row() for one in pure.drivers(answered, scale)])


def test_of_very_many_customers_both_take_the_same(method_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first by pseudonym, which is as good as by lot."""
    scene, answered = scene_and_answers([(60, 0.5, 1)], 1, "csat")
    scene.lay(method_store)
    monkeypatch.setattr(pure, "MAX_CUSTOMERS", 40)
    monkeypatch.setattr("dashboards.method_sql.drivers.MAX_CUSTOMERS", 40)
    (found,) = ask(method_store, drivers("csat-1-5"))
    assert found["relation_n"] == 40
    same([found], [one.row() for one in pure.drivers(answered, "csat-1-5")])


def test_an_overall_score_on_the_same_scale_is_what_was_said_of_the_whole(method_store: Store) -> None:
    """An answer at a touchpoint is no reason for itself: without one of the whole, nothing is told."""
    scene = Scene()
    for number in range(40):
        scene.add("csat", scale="1-5", score=1 + number % 5, touchpoint="pay", customer=f"c{number}")
    scene.lay(method_store)
    assert ask(method_store, drivers("csat-1-5", "csat-1-5")) == []
    answered = {"pay": {f"c{number}": (1.0 + number % 5, 1.0 + number % 4) for number in range(40)}}
    for number in range(40):
        scene.add("csat", scale="1-5", score=1 + number % 4, customer=f"c{number}")
    scene.lay(method_store)
    same(ask(method_store, drivers("csat-1-5", "csat-1-5")), [one.row() for one in pure.drivers(answered, "csat-1-5")])
