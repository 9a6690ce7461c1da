"""Marks on graphs: what was done, released or noted, and where history changed afterwards.

One set for all boards with time on their x axis, so that a line that turns can be held against what happened then.
A board that has no choice of channels shows the marks of all.
"""

from __future__ import annotations

from dashboards.panel import Annotation, Tone

_CHOSEN = "(channel = '' OR channel IN (${channel:sqlstring}))"
_PLACE = "arrayStringConcat(arrayFilter(name -> name != '', [channel, touchpoint]), ' / ')"
_TEXT = f"concat({{before}}what, if({_PLACE} = '', '', concat(' (', {_PLACE}, ')')))"


def _told(table: str, before: str, where: str) -> str:
    return f"""\
SELECT at AS time, {_TEXT.format(before=before)} AS text, channel AS tags
FROM {table} FINAL
WHERE removed = 0 AND at >= $__fromTime AND at <= $__toTime AND {where}
ORDER BY time, text"""


def _revised(where: str) -> str:
    """Where counted history changed: a mark for each hour of it, whatever came late there."""
    return f"""\
SELECT toStartOfHour(slice) AS time,
  concat('history counted again: ', arrayStringConcat(groupUniqArray(toString(why)), ', ')) AS text, channel AS tags
FROM revisions
WHERE slice >= $__fromTime AND slice <= $__toTime AND {where}
GROUP BY time, channel
ORDER BY time, text"""


def marks(where: str) -> tuple[Annotation, ...]:
    """The marks a board shows. `where`: condition on their channel."""
    return (
        Annotation("Actions", _told("actions", "", where), Tone.GOOD, "◆"),
        Annotation("Releases and notes", _told("marks", "kind, ': ', ", where), Tone.FAIR, "●"),
        Annotation("Revisions", _revised(where), Tone.QUIET, "○"),
    )


OF_CHANNELS = marks(_CHOSEN)
"""For boards with a choice of channels."""
OF_ALL = marks("1")
