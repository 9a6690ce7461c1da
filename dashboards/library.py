"""All boards, in the order people meet them."""

from __future__ import annotations

from dashboards.channel import CHANNEL
from dashboards.overview import OVERVIEW
from dashboards.panel import Board
from dashboards.pipeline import PIPELINE
from dashboards.producers import PRODUCERS

BOARDS: tuple[Board, ...] = (OVERVIEW, CHANNEL, PRODUCERS, PIPELINE)


def board(uid: str) -> Board:
    """The board of that uid.

    Raises:
        KeyError: no such board.
    """
    for one in BOARDS:
        if one.uid == uid:
            return one
    raise KeyError(uid)
