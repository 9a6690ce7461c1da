"""What became known, slice by slice: the answers a partition of cells added since it was last asked.

Why not the slices as they stand: an answer that comes a minute after it was given falls into a slice that was told
long ago. Windows count it there; whoever watches for worsening must hear of it all the same, and once. Cells are
cumulative, so what is new is what they hold now beyond what was told of them.

Nothing here knows Kafka or the clock.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.pure.alerting.inputs import Row
from streams.pure.cells import CellMessage

REACH_MS = 600_000
"""How old an answer may be to be news: of older slices it is not kept what was told."""
_POINTS = 1 << 16
"""Room for scale points in a number that stands for series and point."""
CUSTOMER = "customer"
"""Whose answers are watched; those of staff and mystery shoppers are theirs to read."""

Place = tuple[str, int, int, int, int, str, int]


class Closing:
    """News of the cells of one partition.

    Memory: a number for each (series, scale point) of the cells of the last `REACH_MS`, and the newest version of each
    cell that changed since it was last asked.
    """

    def __init__(self) -> None:
        self._changed: dict[Place, CellMessage] = {}
        self._versions: dict[Place, tuple[int, int]] = {}
        self._told: dict[Place, dict[int, int]] = {}
        self._ids: dict[tuple[str, ...], int] = {}
        self._since_ms = 0

    def add(self, cell: CellMessage) -> None:
        """Takes a version of a cell in; older versions, and cells out of reach, change nothing."""
        if cell.slice_ms < self._since_ms:
            return
        place = cell.place
        known = self._versions.get(place)
        if known is None or known < cell.version:
            self._versions[place] = cell.version
            self._changed[place] = cell

    def oldest_ms(self) -> int | None:
        """Start of the oldest slice with news; None without any."""
        return min((cell.slice_ms for cell in self._changed.values()), default=None)

    def take(self, until_ms: int) -> list[Row]:
        """Answers of slices that began before `until_ms`, as far as they were not told; in a fixed order."""
        news: dict[tuple[str, ...], dict[int, int]] = {}
        for place, cell in list(self._changed.items()):
            if cell.slice_ms >= until_ms:
                continue
            del self._changed[place]
            told = self._told.setdefault(place, {})
            for stage, touchpoint, location, segment, respondent, metric, scale, bins in cell.series:
                if respondent != CUSTOMER:
                    continue
                named = (cell.channel, stage, touchpoint, location, segment, metric, scale)
                number = self._ids.setdefault(named, len(self._ids)) * _POINTS
                for point, n, *_ in bins:
                    id = number + point + _POINTS // 2
                    more = n - told.get(id, 0)
                    if more > 0:  # fewer: a policy took some back; what was said was said
                        told[id] = n
                        counts = news.setdefault(named, {})
                        counts[point] = counts.get(point, 0) + more
        return [_row(named, counts) for named, counts in sorted(news.items())]

    def forget(self, before_ms: int) -> None:
        """Slices that began before a moment are out of reach from now on."""
        self._since_ms = max(self._since_ms, before_ms)
        for place in [place for place in self._versions if place[4] < self._since_ms]:
            del self._versions[place]
            self._told.pop(place, None)
            self._changed.pop(place, None)
        if not self._told:
            self._ids.clear()
        elif len(self._ids) > 10_000:
            self._forget_names()

    def _forget_names(self) -> None:
        """Lets go of names that no cell in reach has, once they are most of all."""
        used = {id // _POINTS for told in self._told.values() for id in told}
        if len(used) * 2 > len(self._ids):
            return
        kept = [(named, id) for named, id in self._ids.items() if id in used]
        anew = {id: number for number, (_, id) in enumerate(kept)}
        self._ids = {named: anew[id] for named, id in kept}
        for place, told in self._told.items():
            self._told[place] = {anew[id // _POINTS] * _POINTS + id % _POINTS: n for id, n in told.items()}


def _row(named: tuple[str, ...], counts: dict[int, int]) -> Row:
    channel, stage, touchpoint, location, segment, metric, scale = named
    return Row(channel, stage, touchpoint, location, segment, "", metric, scale, sorted(counts.items()))


def slices(closing: Closing, told_ms: int, closed_ms: int, width_ms: int) -> Iterator[tuple[int, int, list[Row]]]:
    """(start, end, rows) of the slices up to `closed_ms` that were not told, in order, empty ones too.

    Args:
        told_ms: end of the last slice told; 0 if none was: then the first is the oldest with news.
    """
    start_ms = told_ms
    if not start_ms:
        oldest = closing.oldest_ms()
        start_ms = closed_ms - width_ms if oldest is None else min(oldest, closed_ms - width_ms)
    # Whoever was away for long says so with one long slice, not with thousands that are empty.
    start_ms = max(start_ms, closed_ms - REACH_MS)
    while start_ms < closed_ms:
        yield start_ms, start_ms + width_ms, closing.take(start_ms + width_ms)
        start_ms += width_ms
