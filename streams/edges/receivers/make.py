"""A receiver of each kind, from what the file says. Nothing connects before the first page."""

from __future__ import annotations

from typing import Protocol

from streams.edges.receivers.note import Note
from streams.edges.receivers.spec import Alertmanager, AnyReceiver, Apprise, Grafana, ReceiverFile, Webhook


class Receiver(Protocol):
    """Somebody who takes notes.

    Attributes:
        for_people: many waiting notices are told as one message.
        hears_beats: signs of life go there though no rule names it.
    """

    name: str
    timeout_s: float
    for_people: bool
    hears_beats: bool

    async def hand_over(self, note: Note) -> str:
        """Hands a note over; what came back, in words.

        Raises:
            NotTaken: try again.
            Refused: never.
        """
        ...

    async def close(self) -> None:
        """Lets go of what is open."""
        ...


def make(spec: AnyReceiver) -> Receiver:
    """The receiver of an entry; each kind's libraries are imported only where it is used.

    Raises:
        UserError: a package is missing, or an address means nothing.
    """
    if isinstance(spec, Alertmanager):
        from streams.edges.receivers.alertmanager import ToAlertmanager

        return ToAlertmanager(spec)
    if isinstance(spec, Webhook):
        from streams.edges.receivers.webhook import ToWebhook

        return ToWebhook(spec)
    if isinstance(spec, Apprise):
        from streams.edges.receivers.chat import ToPeople

        return ToPeople(spec)
    if isinstance(spec, Grafana):
        from streams.edges.receivers.marks import ToGrafana

        return ToGrafana(spec)
    from streams.edges.receivers.pagerduty import ToPagerduty

    return ToPagerduty(spec)


def make_all(file: ReceiverFile) -> dict[str, Receiver]:
    """All receivers of a file, by name. Raises as `make`."""
    return {spec.name: make(spec) for spec in file.receivers}
