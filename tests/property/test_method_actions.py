"""Effects of actions: SQL and Python compare the same weeks."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.actions import effects, returns
from schemas.catalogue import Targets
from schemas.economics import Economics
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.pure.method.actions import WEEK_MS, Week, effect, money
from streams.pure.method.cost import inputs_of
from streams.pure.method.evidence import UNKNOWN
from streams.pure.scores import Tally
from tests.kit.method import DAY_MS, END_MS, SPAN_DAYS, Scene, ask, asked, same, scene_of, twins

answers = st.fixed_dictionaries(
    {
        "kind": st.just("csat"),
        "scale": st.just("1-5"),
        "score": st.integers(1, 5),
        "channel": st.sampled_from(["app", "web"]),
        "touchpoint": st.sampled_from(["pay", "find", None]),
        "days_ago": st.sampled_from([1, 8, 15, 20, 21, 22, 29, 35, 36, 50]),
        "times": st.sampled_from([1, 9]),
    }
)


def weeks_of(scene: Scene, at_ms: int, channel: str, weeks: int) -> tuple[list[Week], list[Week]]:
    """Weeks before and after, each (treated, untouched), by plain loops."""

    def place(event: Any, answer: Any) -> tuple[int, bool] | None:
        treated = event.series[2] == "pay" and channel in ("", event.channel)
        return ((event.occurred_ms - at_ms) // WEEK_MS, treated) if asked(answer) else None

    found: dict[tuple[int, bool], Tally] = defaultdict(Tally, scene.tallies(place))
    last = min(weeks, (END_MS - at_ms) // WEEK_MS)
    first = max(-weeks, -((at_ms - (END_MS - SPAN_DAYS * DAY_MS)) // WEEK_MS))
    each = {week: (found[week, True], found[week, False]) for week in range(first, last)}
    return [each[week] for week in each if week < 0], [each[week] for week in each if week >= 0]


@twins
@given(
    chosen=st.lists(answers, min_size=4, max_size=24),
    days_ago=st.sampled_from([5, 14, 21, 130]),
    channel=st.sampled_from(["", "app"]),
    weeks=st.sampled_from([2, 8]),
)
def test_sql_and_python_agree(
    method_store: Store, chosen: list[dict[str, Any]], days_ago: int, channel: str, weeks: int
) -> None:
    """Only whole weeks in the time shown, only weeks with answers on both sides; taken-back actions are gone."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    at_ms = END_MS - days_ago * DAY_MS
    method_store.insert_columns(
        "actions",
        {
            "action_id": ["till", "wrong"], "what": ["second till"] * 2, "at": [at_ms] * 2, "channel": [channel] * 2,
            "touchpoint": ["pay"] * 2, "cost": [5_000.0, None], "removed": [0, 1], "version": [1, 2],
        },
    )  # fmt: skip
    found = ask(method_store, effects(weeks))
    wanted = effect(*weeks_of(scene, at_ms, channel, weeks)).row()
    (row,) = found
    assert (row["action_id"], row["what"], row["cost"]) == ("till", "second till", 5_000)
    same([{name: row[name] for name in wanted}], [wanted])


FATES = st.sampled_from(["measured", {"at_risk": 0.34, "lost": 0.28}, {"at_risk": 0.1, "lost": 0.8}])


@twins
@given(
    chosen=st.lists(answers, min_size=8, max_size=30),
    shares=st.tuples(st.sampled_from(["measured", 0.22]), FATES),
    told=st.booleans(),
    cost=st.sampled_from([None, 0.0, 5_000.0]),
)
def test_sql_and_python_agree_on_the_return(
    method_store: Store, chosen: list[dict[str, Any]], shares: Any, told: bool, cost: float | None
) -> None:
    """With weeks enough or not, a cost told or not, the complaint rate decided, or measured where nobody complained."""
    scene = scene_of(chosen)
    for days_ago in (15, 22, 29, 36):  # two weeks on either side that can be compared
        scene.add("csat", scale="1-5", score=1, touchpoint="find", days_ago=days_ago, times=2)
        scene.add("csat", scale="1-5", score=1 + 4 * (days_ago > 25), touchpoint="pay", days_ago=days_ago, times=40)
    scene.lay(method_store)
    at_ms = END_MS - 26 * DAY_MS
    action = {"action_id": "till", "what": "second till", "at": at_ms, "channel": "", "touchpoint": "pay"}
    action |= {"cost": cost, "removed": 0, "version": 1}
    method_store.insert_columns("actions", {name: [value] for name, value in action.items()})
    written = Economics.model_validate(
        {
            "currency": "EUR",
            "yearly_sales": 50_000_000,
            "negative_share": "measured",
            "complaint_share": shares[0],
            "complainers": shares[1],
        }
    )
    store_targets(method_store, Targets(economics=written if told else None))
    (row,) = ask(method_store, returns(4))
    inputs = inputs_of(written, UNKNOWN, UNKNOWN, None) if told else None
    wanted = money(effect(*weeks_of(scene, at_ms, "", 4)), inputs, cost).row()
    assert row["negative"] is not None
    same([{name: row[name] for name in wanted}], [wanted])
