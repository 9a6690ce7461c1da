"""The final account of a run: what became of each event, and every score with its evidence.

Read from the store alone, after everything was counted and stored, so that it says what boards would say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass

from schemas.scales import SCALES
from streams.edges.store import Store
from streams.pure.scores import Tally, add_up, score

METRICS = ("csat", "ces", "nps")


@dataclass(frozen=True, slots=True)
class Account:
    """Events by class; one answer is one event. The four add up to `sent`."""

    sent: int
    accepted: int
    duplicate: int
    late: int
    rejected: int


def account(store: Store, *, sent: int, live_topic: str, import_topic: str) -> Account:
    """What became of what was sent.

    Imported answers are one row each in the store, however often they were imported; the rest of the valid
    ones are duplicates.
    """
    classes = ("accepted", "duplicate", "late", "rejected")
    sums = ", ".join(f"sum({name}) AS {name}_n" for name in classes)
    by_topic = {row["topic"]: row for row in store.query(f"SELECT topic, {sums} FROM ledger FINAL GROUP BY topic")}
    live, imported = by_topic.get(live_topic, {}), by_topic.get(import_topic, {})
    counted = {name: int(live.get(f"{name}_n", 0)) + int(imported.get(f"{name}_n", 0)) for name in classes}
    if imported:
        kept = int(
            store.rows("SELECT count() FROM touchpoints FINAL WHERE topic = {topic:String}", {"topic": import_topic})[
                0
            ][0]
        )
        again = int(imported["accepted_n"]) - kept
        counted["accepted"] -= again
        counted["duplicate"] += again
    return Account(sent=sent, **counted)


def scores(store: Store) -> list[dict[str, object]]:
    """A row for each (channel, touchpoint, metric, scale) with answers, over all stored time.

    `touchpoint` None: the whole channel. `channel` None: all channels. Only customers' answers: other
    respondents are never pooled with them.
    """
    found = store.rows(
        """
        SELECT channel, touchpoint, metric, scale, bin, sum(n), sum(w_micro), sum(w2_micro)
        FROM panes_10s FINAL
        WHERE metric IN {metrics:Array(String)} AND respondent = 'customer'
        GROUP BY channel, touchpoint, metric, scale, bin
        HAVING sum(n) > 0
        """,
        {"metrics": list(METRICS)},
    )
    histograms: dict[tuple[str, str, str, str], list[tuple[int, int, int, int]]] = defaultdict(list)
    for channel, touchpoint, metric, scale, *counts in found:
        histograms[(channel, touchpoint, metric, scale)].append(tuple(int(count) for count in counts))  # type: ignore[arg-type]
    groups: dict[tuple[str | None, str | None, str, str], list[Tally]] = defaultdict(list)
    for (channel, touchpoint, metric, scale), bins in histograms.items():
        tally = Tally.of(SCALES[scale], bins)
        for key in {(channel, None), (None, None)} | (
            {(channel, touchpoint), (None, touchpoint)} if touchpoint else set()
        ):
            groups[(*key, metric, scale)].append(tally)
    return [_row(*key, add_up(tallies)) for key, tallies in sorted(groups.items(), key=_order)]


def _order(item: tuple[tuple[str | None, str | None, str, str], object]) -> tuple[str, ...]:
    return tuple(part or "" for part in item[0])


def _row(channel: str | None, touchpoint: str | None, metric: str, scale: str, tally: Tally) -> dict[str, object]:
    result = score(metric, scale, tally)
    row: dict[str, object] = {
        "channel": channel,
        "touchpoint": touchpoint,
        "metric": metric,
        "scale": scale,
        "n": tally.n,
        "value": result.value,
        "mean": result.mean,
        "lower": result.lower,
        "upper": result.upper,
        "weighted_value": result.weighted_value,
        "n_eff": result.n_eff,
        # One respondent may have answered several of the touchpoints added up here.
        "assumes_independence": touchpoint is None,
    }
    if metric == "nps":
        row |= {"promoters": tally.top, "passives": tally.neutral, "detractors": tally.bad}
    return row


def report(store: Store, *, sent: int, live_topic: str, import_topic: str) -> dict[str, object]:
    """Account and scores in one object, as `demo --once --json` prints it."""
    counted = account(store, sent=sent, live_topic=live_topic, import_topic=import_topic)
    return {**asdict(counted), "scores": scores(store)}
