"""Effects of actions: SQL and Python compare the same weeks."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.actions import effects
from streams.edges.store import Store
from streams.pure.method.actions import WEEK_MS, Week, effect
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
