"""Trust: SQL and Python put the same channels into the same quadrants."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.trust import trust
from streams.edges.store import Store
from streams.pure.method import trust as pure
from streams.pure.scores import Tally
from tests.kit.method import DAYS, TIMES, ask, same, scene_of, twins

ten = st.none() | st.integers(1, 10)
answers = st.fixed_dictionaries(
    {
        "integrity": st.integers(1, 10), "ability": ten, "affinity": ten, "consistency": ten,
        "channel": st.sampled_from(["app", "web"]), "days_ago": DAYS, "times": TIMES,
    }
)  # fmt: skip


@twins
@given(chosen=st.lists(answers, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """With parts nobody was asked, and intervals over the middle."""
    scene = scene_of(chosen, "trust")
    scene.lay(method_store)
    found = scene.tallies(lambda event, answer: (event.channel, answer[0].removeprefix("trust.")))
    by_channel: dict[str, dict[str, Tally]] = defaultdict(dict)
    for (channel, part), tally in found.items():
        by_channel[channel][part] = tally
    wanted = [{"channel": channel, **pure.trust(parts).row()} for channel, parts in sorted(by_channel.items())]
    same(ask(method_store, trust()), wanted)
