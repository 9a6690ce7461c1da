"""Cost of negative experience: SQL and Python measure the same, and fill the same cells."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql import cost as sql
from schemas.catalogue import Targets
from schemas.economics import Economics
from schemas.wire import Case
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.pure.method import cost as pure
from streams.pure.method.evidence import Estimate, share
from tests.kit.method import Scene, ask, asked, same, scene_of, twins

people = st.sampled_from([None, "a", "b", "c", "d", "e"])
days = st.sampled_from([1, 2, 139, 141])
happened = (
    st.fixed_dictionaries(
        {"kind": st.just("nps"), "score": st.sampled_from([0, 6, 8, 10]), "customer": people, "days_ago": days}
    )
    | st.fixed_dictionaries(
        {"kind": st.just("complaint"), "severity": st.just(1), "customer": people, "days_ago": days}
    )
    | st.fixed_dictionaries(
        {
            "kind": st.just("case"),
            "case_id": st.sampled_from(["1", "2", "3"]),
            "about_event_id": st.none() | st.integers(0, 12).map("e-{:06}".format),
            "about_producer": st.sampled_from([None, "scene", "other"]),
            "state": st.just("open"),
            "outcome": st.sampled_from([None, "kept", "at_risk", "lost"]),
            "days_ago": days,
        }
    )
)
parts = st.sampled_from(["measured", 0.0, 0.22, 1.0])
fates = st.sampled_from(["measured", {"at_risk": 0.34, "lost": 0.28}, {"at_risk": 0.2, "lost": 0.6}])
levers = st.sampled_from([0, 0.01, 0.5])


def measured(scene: Scene) -> tuple[Estimate, Estimate, pure.Fate | None]:
    """Share negative, share who complain, and what became of complainers, by plain loops."""
    shown = scene.shown()
    counted = scene.tallies(lambda _, answer: "all" if asked(answer) else None).get("all")
    unhappy = {e.customer for e in shown if e.customer and e.kind == "nps" and e.answers[0][2] <= 6}
    complaints = [event for event in shown if event.kind == "complaint"]
    known = {(event.producer, event.event_id) for event in complaints}
    last: dict[str, str] = {}
    for event in sorted(shown, key=lambda one: (one.occurred_ms, one.event_id)):
        if not isinstance(event, Case) or not event.outcome:
            continue
        if (event.about_producer or event.producer, event.about_event_id or "") in known:
            last[event.case_id] = event.outcome
    outcomes = list(last.values())
    return (
        share(counted.bad, counted.n) if counted else Estimate(),
        pure.complaint_share(unhappy, {event.customer for event in complaints if event.customer}),
        pure.fate_of({outcome: outcomes.count(outcome) for outcome in outcomes}),
    )


@twins
@given(
    chosen=st.lists(happened, max_size=14),
    negative=parts,
    complaint=parts,
    complainers=fates,
    by=st.tuples(levers, levers, levers),
)
def test_sql_and_python_agree(
    method_store: Store, chosen: list[dict[str, Any]], negative: Any, complaint: Any, complainers: Any, by: Any
) -> None:
    """With any part measured or decided, and any lever moved; with an unknown part there is no row."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    money = Economics.model_validate(
        {
            "currency": "EUR",
            "yearly_sales": 50_000_000,
            "negative_share": negative,
            "complaint_share": complaint,
            "complainers": complainers,
        }
    )
    store_targets(method_store, Targets(economics=money))
    seen = measured(scene)
    found = ask(method_store, sql.measured())[0]
    same([{name: found[name] for name in seen[0].columns("negative")}], [seen[0].columns("negative")])
    same([{name: found[name] for name in seen[1].columns("complaint")}], [seen[1].columns("complaint")])
    inputs = pure.inputs_of(money, *seen)
    moved = pure.more_complaints(pure.more_won_back(pure.fewer_negatives(inputs, by[0]), by[1]), by[2])
    wanted = pure.cost(moved)
    query = sql.cost(sql.inputs(), fewer_negatives=f"{by[0]}", more_won_back=f"{by[1]}", more_complaints=f"{by[2]}")
    same(ask(method_store, query), [wanted.row()] if wanted else [])
