"""Management's decisions, and where places belong, stored beside the answers, so that boards can draw them.

Why stored whole each time: a goal that was taken out of the file must go from the boards too. The newest file is in
force; what was aimed at before stays readable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.catalogue import Location, Targets
from schemas.economics import MEASURED, Fate
from streams.edges.store import Store

Row = dict[str, Any]


NO_LOCATIONS: Mapping[str, Location] = {}


def store_targets(store: Store, targets: Targets, locations: Mapping[str, Location] = NO_LOCATIONS) -> int:
    """Put a target file in force.

    Args:
        locations: of the same catalogue: boards add places up by region.
    Returns:
        How many decisions it holds; a place's region is one.
    Raises:
        As `Store.insert_columns`. Storing again the same file changes nothing that is shown.
    """
    version = store.now_us()
    rows = [{**row, "version": version} for row in rows_of(targets, locations)]
    store.insert_columns("targets", {name: [row[name] for row in rows] for name in rows[0]})
    return len(rows) - 1


def rows_of(targets: Targets, locations: Mapping[str, Location] = NO_LOCATIONS) -> list[Row]:
    """Rows of table `targets`, but for their version. The first only says that there was a file."""
    return [
        _row("file", "", None),
        *_ideals(targets),
        *_goals(targets),
        *_economics(targets),
        *(_row("segment", name, weight) for name, weight in targets.segments.items()),
        *(_row("region", name, None, words=place.region) for name, place in locations.items() if place.region),
    ]


def _ideals(targets: Targets) -> Iterator[Row]:
    for aspect, ideal in targets.ideal.items():
        if isinstance(ideal, str):
            yield _row("ideal", aspect, None, words=ideal)
        else:
            yield _row("ideal", aspect, ideal)


def _goals(targets: Targets) -> Iterator[Row]:
    for goal in targets.goals:
        where = {"scale": goal.scale, "channel": goal.channel or "", "touchpoint": goal.touchpoint or ""}
        yield _row("goal", goal.metric, goal.value, **where)


def _economics(targets: Targets) -> Iterator[Row]:
    money = targets.economics
    if money is None:
        return
    yield _row("economics", "currency", None, words=money.currency)
    yield _row("economics", "yearly_sales", money.yearly_sales)
    for name in ("negative_share", "complaint_share"):
        yield _share(name, getattr(money, name))
    for group in ("complainers", "silent"):
        fate: Fate | str = getattr(money, group)
        for part in ("at_risk", "lost"):
            yield _share(f"{group}.{part}", fate if isinstance(fate, str) else getattr(fate, part))
    for name, by in money.what_if:
        yield _row("economics", f"what_if.{name}", by)


def _share(name: str, value: float | str) -> Row:
    if isinstance(value, str):
        return _row("economics", name, None, words=MEASURED)
    return _row("economics", name, value)


def _row(kind: str, name: str, value: float | None, **more: str) -> Row:
    number = None if value is None else float(value)
    return {
        "kind": kind,
        "name": name,
        "scale": "",
        "channel": "",
        "touchpoint": "",
        "words": "",
        "value": number,
        **more,
    }


def in_force(store: Store) -> list[str]:
    """Each decision in force in words, such as `goal csat csat-1-5 pickup: 90`. Raises as `Store.query`."""
    rows = store.query(
        "SELECT kind, name, scale, channel, touchpoint, value, words FROM targets FINAL "
        "WHERE kind != 'file' AND version = (SELECT max(version) FROM targets) "
        "ORDER BY kind, name, scale, channel, touchpoint"
    )
    names = ("kind", "name", "scale", "channel", "touchpoint")
    return [
        f"{' '.join(row[name] for name in names if row[name])}: "
        f"{row['words'] if row['value'] is None else format(row['value'], 'g')}"
        for row in rows
    ]
