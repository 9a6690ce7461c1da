"""Marks on graphs: what was done, released or noted, and where history changed afterwards.

One set for all boards with time on their x axis, so that a line that turns can be held against what happened then.
A board that has no choice of channels shows the marks of all.
"""

from __future__ import annotations

from dashboards.panel import Annotation, Tone
from dashboards.tiers import SPAN_S

_CHOSEN = "(channel = '' OR channel IN (${channel:sqlstring}))"
_PLACE = "arrayStringConcat(arrayFilter(name -> name != '', [channel, touchpoint]), ' / ')"
_TEXT = f"concat({{before}}what, if({_PLACE} = '', '', concat(' (', {_PLACE}, ')')))"


def _told(table: str, before: str, where: str) -> str:
    return f"""\
SELECT at AS time, {_TEXT.format(before=before)} AS text, channel AS tags
FROM {table} FINAL
WHERE removed = 0 AND at >= $__fromTime AND at <= $__toTime AND {where}
ORDER BY time, text"""


_APART_S = f"multiIf({SPAN_S} <= 21600, 3600, {SPAN_S} <= 259200, 21600, {SPAN_S} <= 3456000, 259200, 2592000)"
"""A dozen marks at most, whatever time is shown: an import changes every hour of a month."""


def _revised(where: str, by: str) -> str:
    """Where counted history changed: a mark for each hour of it, or each few days of a month."""
    return f"""\
SELECT toStartOfHour(min(slice)) AS time,
  concat('history counted again: ', arrayStringConcat(arraySort(groupUniqArray(toString(why))), ', ')) AS text,
  {by} AS tags
FROM revisions
WHERE slice >= $__fromTime AND slice <= $__toTime AND {where}
GROUP BY intDiv(toUnixTimestamp(slice), {_APART_S}), tags
ORDER BY time, text, tags"""


def marks(where: str, by: str) -> tuple[Annotation, ...]:
    """The marks a board shows.

    Args:
        where: condition on their channel.
        by: 'channel', or "''" where those of all channels are one.
    """
    return (
        Annotation("Actions", _told("actions", "", where), Tone.GOOD, "◆"),
        Annotation("Releases and notes", _told("marks", "kind, ': ', ", where), Tone.FAIR, "●"),
        Annotation("Revisions", _revised(where, by), Tone.QUIET, "○"),
    )


OF_CHANNELS = marks(_CHOSEN, "channel")
"""For boards with a choice of channels."""
OF_ALL = marks("1", "''")
