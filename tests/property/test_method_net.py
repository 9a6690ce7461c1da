"""Net experience: SQL and Python give the same matrix of any answers."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.net import net
from streams.edges.store import Store
from streams.pure.method.net import matrix
from tests.kit.method import SCORES, ask, asked, same, scene_of, twins


@twins
@given(chosen=st.lists(SCORES, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Each scale's own boxes, over csat and nps together; staff are left out."""
    scene = scene_of([*chosen, {"kind": "emotion", "valence": -1, "channel": "app"}])
    scene.lay(method_store)
    cells = scene.tallies(lambda event, answer: event.series[:2] if asked(answer) else None)
    same(ask(method_store, net()), matrix(cells))
    here = scene.tallies(lambda event, answer: ("app", "") if asked(answer) and event.channel == "app" else None)
    wanted = [{name: row[name] for name in row if name != "stage"} for row in matrix(here)]
    same(ask(method_store, net(("channel",), "channel = 'app'")), wanted)
