"""Negative experience: which single answer is clearly bad. When many became bad is `streams.pure.alerting`."""

from __future__ import annotations

from schemas.scales import SCALES


def clearly_bad(scale_id: str, point: int) -> bool:
    """Whether one answer lies in the worst fifth of its scale (CSAT 1 of 5, NPS 0-2, effort 5 of 5).

    Narrower than the bad box: a box that holds every tenth answer pages nobody for long. Only asked scales
    of satisfaction, effort and recommendation qualify.
    """
    worst = WORST.get(scale_id)
    return worst is not None and worst[0] <= point <= worst[1]


def _worst_fifth(scale_id: str) -> tuple[int, int]:
    scale = SCALES[scale_id]
    points = max(1, (scale.high - scale.low + 1) // 5)
    if scale.higher_is_better:
        return scale.low, scale.low + points - 1
    return scale.high - points + 1, scale.high


WORST = {scale_id: _worst_fifth(scale_id) for scale_id in SCALES if scale_id.startswith(("csat-", "ces-", "nps-"))}


CLEARLY_BAD = frozenset((scale_id, point) for scale_id, (low, high) in WORST.items() for point in range(low, high + 1))
"""The same as a set, for who asks once an answer."""
