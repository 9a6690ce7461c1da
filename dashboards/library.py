"""All boards, in the order people meet them."""

from __future__ import annotations

from dashboards.actions import ACTIONS
from dashboards.alerts import ALERTS
from dashboards.channel import CHANNEL
from dashboards.consistency import CONSISTENCY
from dashboards.cost import COST
from dashboards.drivers import DRIVERS
from dashboards.hiding import under
from dashboards.journey import JOURNEY
from dashboards.key_experience import KEY_EXPERIENCE
from dashboards.locations import LOCATIONS
from dashboards.loyalty import LOYALTY
from dashboards.matrix import MATRIX
from dashboards.overview import OVERVIEW
from dashboards.panel import Board
from dashboards.pipeline import PIPELINE
from dashboards.producers import PRODUCERS
from dashboards.segments import SEGMENTS
from dashboards.service import SERVICE
from dashboards.trust import TRUST
from dashboards.voices import VOICES

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
    DRIVERS,
    LOCATIONS,
    SEGMENTS,
    SERVICE,
    VOICES,
    ACTIONS,
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
