"""What was done and happened, for the boards: an action long enough ago to judge, one just now, a release, a note."""

from __future__ import annotations

from streams.edges.annotations import Annotation, tell
from streams.edges.store import Store
from tests.kit.seed import HOUR, MINUTE


def lay_annotations(store: Store, now_ms: int) -> None:
    """Stores them as `touchpulse annotate` does, all within the last hour but one."""
    tell(store, Annotation("action", "larger pay button", now_ms - 30 * MINUTE, "app", "checkout", 2_000.0))
    tell(store, Annotation("release", "app 4.2", now_ms - 8 * MINUTE, "app"))
    tell(store, Annotation("note", "heavy rain, few walk in", now_ms - 20 * MINUTE))
    tell(store, Annotation("note", "yesterday's fair", now_ms - 26 * HOUR, "store"))
