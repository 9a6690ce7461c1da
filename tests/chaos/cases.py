"""Safeties, and for each a plan in which its absence must be missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.chaos import sabotage
from tests.chaos.plan import Mixture, Plan, Point, Rules, Strike


@dataclass(frozen=True, slots=True)
class Case:
    """One safety, and how to see that it is missing."""

    safety: str
    """What is taken away, in words."""
    remove: Callable[[], None]
    """Takes it away."""
    plan: Plan
    """Where it must be missed."""
    shows: tuple[str, ...]
    """Parts of the comparison of which one at least must differ."""


RULES = Rules(
    block_size=64,
    block_span_ms=86_400_000,
    horizon=200,
    max_age_ms=30_000,
    max_skew_ms=60,
    max_series_per_block=5_000,
)
CALM = Plan(
    seed=7,
    rules=RULES,
    partitions=2,
    inner_partitions=2,
    windows_s=(20, 600, 7_200),
    events=1_200,
    feed_s=3.0,
    workers={"score": 1, "roll": 1, "notify": 1, "archive": 1},
    session_ms=1_500,
    # Whatever is not the matter of a case is left out: a difference must be the safety's.
    mixture=Mixture(retry_changed=0.0, misplaced=0.0, imported=0.1, import_apart=0.0),
    ready=True,
)
SCORE_KILLED = replace(
    CALM, rules=replace(RULES, block_size=16), feed_s=4.0, points=(Point("score", 0, "cells", 3, False, "kill9_at"),)
)
SCORE_KILLED_ONCE_IT_COMMITTED = replace(CALM, feed_s=5.0, points=(Point("score", 0, "commit", 2, True, "kill9_at"),))
SCORE_FAILS = replace(CALM, points=(Point("score", 0, "handle", 4, False, "exception"),))
ARCHIVE_KILLED = replace(
    CALM, mixture=replace(CALM.mixture, late=0.3), points=(Point("archive", 0, "touchpoints", 2, False, "kill9_at"),)
)
LATE_RETRIES = replace(CALM, mixture=replace(CALM.mixture, retry_late=0.15))
NOTIFY_KILLED = replace(CALM, feed_s=5.0, strikes=(Strike(1.5, "kill9", "notify"),))
NEW_POLICY = replace(CALM, feed_s=5.0, strikes=(Strike(0.3, "policy"),))
FEW_NAMES = replace(CALM, rules=replace(RULES, max_series_per_block=12))
# Live answers of half a minute ago, so that an import could know them before; a horizon that is never reached.
IMPORTED_FIRST = replace(
    CALM,
    rules=replace(RULES, horizon=5_000),
    feed_s=8.0,
    mixture=replace(CALM.mixture, imported=0.5, import_again=0.9, import_twice=False, late=0.8, very_late=0.0),
)
STORED_LATER = replace(
    CALM,
    rules=replace(RULES, block_size=4_096),
    feed_s=6.0,
    # What lands last is what was sent two seconds before the end.
    store_faults=(Strike(3.0, "ch_stored_later", "panes_10s", 0, 0.1),),
)
KILLED_AT_A_BLOCKS_END = replace(CALM, partitions=1, events=1_024, strikes=(Strike(4.5, "kill9", "score"),))
# The slices of two windows end while one partition is silent and its worker not yet given up.
ONE_FROZEN = replace(
    CALM,
    workers={**CALM.workers, "score": 2},
    feed_s=14.0,
    session_ms=15_000,
    strikes=(Strike(1.0, "freeze", "score", 0, 11.0),),
)
LATE_WRITE = replace(
    CALM,
    rules=replace(RULES, block_size=4_096),
    feed_s=6.0,
    compacted=True,
    points=(Point("score", 0, "cells", 4, False, "late_write", 6.0),),
    strikes=(Strike(10.0, "cold_roll", "roll"),),
)

CASES: dict[str, Case] = {
    case.remove.__name__: case
    for case in (
        Case(
            "what is counted is published before its offset is committed",
            sabotage.commit_before_publishing,
            SCORE_KILLED,
            ("panes", "ledger"),
        ),
        Case(
            "what can no longer meet its twin is late",
            sabotage.lateness_not_tied_to_the_horizon,
            LATE_RETRIES,
            ("panes", "ledger"),
        ),
        Case("each writer has a key of its own", sabotage.no_writer_in_the_key, LATE_WRITE, ("scores",)),
        Case(
            "a policy holds from an announced record time on", sabotage.a_policy_holds_at_once, NEW_POLICY, ("ledger",)
        ),
        Case("a failed batch ends the worker", sabotage.acknowledged_past_a_failed_batch, SCORE_FAILS, ("panes",)),
        Case("what is stored carries its version", sabotage.inserted_without_version, STORED_LATER, ("panes",)),
        Case(
            "a new owner reads one horizon back",
            sabotage.ids_not_read_back,
            SCORE_KILLED_ONCE_IT_COMMITTED,
            ("panes", "ledger"),
        ),
        Case(
            "a new owner counts from the start of the block",
            sabotage.counted_from_the_committed_offset,
            SCORE_KILLED_ONCE_IT_COMMITTED,
            ("panes", "ledger"),
        ),
        Case(
            "a new owner tells the end of the last block",
            sabotage.counted_from_the_block_that_comes_next,
            KILLED_AT_A_BLOCKS_END,
            ("scores", "ledger"),
        ),
        Case(
            "what is archived is stored before its offset is committed",
            sabotage.committed_before_storing,
            ARCHIVE_KILLED,
            ("touchpoints",),
        ),
        Case(
            "the late line has one horizon in sight",
            sabotage.late_line_drawn_without_the_horizon,
            ARCHIVE_KILLED,
            ("touchpoints", "late lane"),
        ),
        Case("the names of a block are its own", sabotage.names_kept_from_block_to_block, FEW_NAMES, ("panes",)),
        Case(
            "a live answer takes its imported twin out of history",
            sabotage.late_twins_not_looked_for,
            IMPORTED_FIRST,
            ("late lane",),
        ),
        Case(
            "complete: every partition was heard",
            sabotage.complete_without_hearing_all_partitions,
            ONE_FROZEN,
            ("scores",),
        ),
        Case(
            "whoever takes over takes up what the alert engine knew",
            sabotage.alerts_begin_anew,
            NOTIFY_KILLED,
            ("pages",),
        ),
    )
}
"""By the name of what removes it."""
