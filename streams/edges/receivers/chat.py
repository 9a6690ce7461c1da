"""People in a chat or by mail, through the library apprise: it knows a hundred services by an address each.

The address holds the keys, so nothing the library says is repeated but the status of the service's answer: its own
log is kept shut. Names come from producers and comments from customers: what would call a whole channel in a chat is
taken out.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from streams.edges.errors import UserError
from streams.edges.receivers.note import Note
from streams.edges.receivers.outcome import AGAIN, MENDED_BY_PEOPLE, NotTaken, Refused
from streams.edges.receivers.spec import Apprise
from streams.edges.receivers.threads import OneThread

_STATUS = re.compile(r"\berror\s*=\s*(\d{3})\b")
_CALLS = re.compile(r"@(?=channel|here|everyone|all|所有人)|<(?=[!@])", re.IGNORECASE)


class ToPeople:
    """One address of apprise.

    Raises:
        UserError: the package is missing, or it does not understand the address.
    """

    for_people = True
    hears_beats = False

    def __init__(self, spec: Apprise) -> None:
        try:
            import apprise
        except ImportError:
            raise UserError(f"receiver {spec.name!r} needs the package apprise: install touchpulse[deliver]") from None
        _shut_log()
        self.name, self.timeout_s = spec.name, spec.timeout_s
        self._thread = OneThread(f"receiver-{spec.name}")
        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(service_timeout=spec.timeout_s))
        if not self._apprise.add(spec.url.get_secret_value()):
            raise UserError(
                f"receiver {spec.name!r}: apprise does not understand its address: see its list of services"
            )

    async def hand_over(self, note: Note) -> str:
        """Raises NotTaken, Refused."""
        return await self._thread.run(lambda: self._notify(note))

    def _notify(self, note: Note) -> str:
        import apprise

        kind = apprise.NotifyType.SUCCESS if note.page.send == "resolve" else apprise.NotifyType.WARNING
        outcome = self._apprise.notify(
            title=quiet(note.headline),
            body=quiet(note.text()) or " ",
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=kind,
        )
        if outcome:
            return "taken"
        status = _status(outcome)
        if status in MENDED_BY_PEOPLE:
            raise NotTaken(f"{MENDED_BY_PEOPLE[status]} (answered {status}): mend it in the file of receivers")
        if 400 <= status < 500 and status not in AGAIN:
            raise Refused(f"the service answered {status}")
        raise NotTaken(f"the service answered {status}" if status else "the service did not take it", unclear=True)

    async def close(self) -> None:
        """Begins nothing more."""
        self._thread.close()


def quiet(text: str) -> str:
    """A text that calls nobody by itself."""
    return _CALLS.sub(lambda found: "＠" if found[0] == "@" else "‹", text)


def _status(outcome: Any) -> int:
    """HTTP status that a failure ended with; 0 if none is told. What else is told there may hold the address."""
    said = [entry.message for result in outcome.results for entry in result.logs()]
    found = [int(match[1]) for text in said if (match := _STATUS.search(text))]
    return found[-1] if found else 0


def _shut_log() -> None:
    """What the libraries log holds addresses: it goes nowhere."""
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # with none at all Python would write to stderr
