"""All boards, in the order people meet them."""

from __future__ import annotations

from dashboards.alerts import ALERTS
from dashboards.channel import CHANNEL
from dashboards.consistency import CONSISTENCY
from dashboards.cost import COST
from dashboards.hiding import under
from dashboards.journey import JOURNEY
from dashboards.key_experience import KEY_EXPERIENCE
from dashboards.loyalty import LOYALTY
from dashboards.matrix import MATRIX
from dashboards.overview import OVERVIEW
from dashboards.panel import Board
from dashboards.pipeline import PIPELINE
from dashboards.producers import PRODUCERS
from dashboards.trust import TRUST

BOARDS: tuple[Board, ...] = (
    OVERVIEW,
    CHANNEL,
    MATRIX,
    JOURNEY,
    KEY_EXPERIENCE,
    COST,
    TRUST,
    LOYALTY,
    CONSISTENCY,
    ALERTS,
    PRODUCERS,
    PIPELINE,
)


def boards(hide_under: int) -> tuple[Board, ...]:
    """All boards of an installation that hides slices under so many customers."""
    return tuple(under(one, hide_under) for one in BOARDS)


def board(uid: str) -> Board:
    """The board of that uid.

    Raises:
        KeyError: no such board.
    """
    for one in BOARDS:
        if one.uid == uid:
            return one
    raise KeyError(uid)
