"""Return rate: SQL and Python follow the same customers, in any zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.returns import returns
from streams.edges.store import Store
from streams.pure.method.returns import return_rate
from tests.kit.method import END_MS, SPAN_DAYS, ask, same, scene_of, twins

bought = st.fixed_dictionaries(
    {
        "customer": st.sampled_from([None, "a", "b", "c", "d"]),
        "days_ago": st.sampled_from([0.5, 3, 29, 30, 30.5, 31, 60, 90, 139, 139.5, 140, 141, 300]),
    }
)


@twins
@given(chosen=st.lists(bought, max_size=14), zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/Los_Angeles"]))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]], zone: str) -> None:
    """Days are those of the place; first means first ever, not first in the time shown."""
    scene = scene_of(chosen, "purchase")
    scene.lay(method_store)

    def day(ms: int) -> Any:
        return datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).date()

    end = datetime.fromtimestamp(END_MS / 1000, ZoneInfo(zone))
    since = day(END_MS - SPAN_DAYS * timedelta(days=1) // timedelta(milliseconds=1))
    purchases = [(event.customer or "", day(event.occurred_ms)) for event in scene.events]
    for within_days in (30, 90):
        wanted = return_rate(purchases, today=end.date(), within_days=within_days, since=since)
        same(ask(method_store, returns(within_days, time_zone=zone)), [wanted.row()])
