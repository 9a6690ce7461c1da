"""Net experience = share of positive minus share of negative answers, over any slice.

Why beside the scores: it can be raised from both sides, and it is the same for every question, so that the
touchpoints of a whole journey can stand in one matrix. Signals nobody was asked about are counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streams.pure.method.evidence import net
from streams.pure.scores import Tally

ASKED = ("csat", "ces", "nps")
"""Metrics whose boxes are added up: each scale says itself what is good and what is bad."""


def matrix(cells: Mapping[tuple[str, str], Tally]) -> list[dict[str, Any]]:
    """The touchpoint matrix: net experience of each channel in each stage.

    Args:
        cells: answers to ASKED by (channel, stage); a cell nobody answered in may be left out.
    Returns:
        Rows with columns channel, stage and those of `net`, by channel and stage; none without answers.
    """
    return [
        {"channel": channel, "stage": stage, **net(tally).columns("net")}
        for (channel, stage), tally in sorted(cells.items())
        if tally.n
    ]
