"""What a page says, as data: a person woken at night must not have to look anything up.

Why data first: templates can be replaced, translated and tested; what is true cannot. A page is the same for whoever
computes it again.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.pure.alerting.mix import change
from streams.pure.alerting.worsening import Watch
from streams.pure.intervals import wilson

TOP = 3
"""Contributors named."""


class Contributor(msgspec.Struct, frozen=True):
    """A part of the series, and its part of the harm: bad answers beyond the usual."""

    name: str
    n: int
    bad: int
    excess: float


class Member(msgspec.Struct, frozen=True):
    """One of several series on one page."""

    alert_id: str
    scope: dict[str, str]
    value: float | None
    baseline: float | None
    n: int
    excess: float


class Page(msgspec.Struct, frozen=True):
    """What one sending says.

    Attributes:
        id: idempotency key of the sending: the same again after a crash.
        alert_id: of the alert, or of the first of a group.
        send: page, ticket, resolve or repeat.
        value, baseline, lower, upper: in `unit`; None where there is none.
        since_ms, until_ms: the time it is about; a board link shows just that.
        harm, harm_ahead: bad experiences beyond the usual, so far, and expected until somebody would look anyway.
        verdict: rate, mix, both or '' where it cannot be said.
        flaps: times it had been over shortly before.
        late_may_change: answers that come late may still change the numbers.
        promised: false pages a month that its rule may cost by chance; None: it makes no such promise.
        comments: what customers wrote, personal data masked; filled in by whoever sends, and never waited for.
    """

    id: str
    alert_id: str
    rule: str
    kind: str
    send: str
    at_ms: int
    scope: dict[str, str]
    metric: str = ""
    scale: str = ""
    unit: str = ""
    value: float | None = None
    baseline: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    bad: int = 0
    since_ms: int = 0
    until_ms: int = 0
    contributors: list[Contributor] = []
    verdict: str = ""
    harm: float = 0.0
    harm_ahead: float = 0.0
    flaps: int = 0
    cause: str = ""
    members: list[Member] = []
    shadow: bool = False
    late_may_change: bool = True
    possibly_repeated: bool = False
    silence_ended: str = ""
    runbook: str = ""
    why: str = ""
    promised: float | None = None
    comments: list[str] = []
    reason: str = ""


class Facts(msgspec.Struct, frozen=True):
    """What an alert rests on at a moment; the page takes it over."""

    value: float | None = None
    baseline: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    bad: int = 0
    since_ms: int = 0
    until_ms: int = 0
    unit: str = ""
    contributors: list[Contributor] = []
    verdict: str = ""
    harm: float = 0.0
    harm_ahead: float = 0.0


def of_watch(watch: Watch, until_ms: int, ahead_h: float) -> Facts:
    """What fell, from what to what, where, and what it costs: from the watch itself."""
    n, bad, expected = watch.n, watch.bad, watch.expected
    band = wilson(bad, n)
    excess = max(0.0, bad - expected)
    ahead = excess / n * watch.baseline.per_day / 24 * ahead_h if n else 0.0
    moved = change(usual_parts(watch), {name: (part[0], part[1]) for name, part in watch.parts.items()})
    return Facts(
        value=100 * bad / n if n else None,
        baseline=100 * expected / n if n else None,
        lower=100 * band[0] if band else None,
        upper=100 * band[1] if band else None,
        n=n,
        bad=bad,
        since_ms=watch.began_ms,
        until_ms=until_ms,
        unit="%",
        contributors=contributors(watch.parts),
        verdict=moved.verdict if moved and len(watch.parts) > 1 else "",
        harm=excess,
        harm_ahead=ahead,
    )


def usual_parts(watch: Watch) -> dict[str, tuple[float, float]]:
    """Answers and bad ones of each stratum as learnt; the hour of the week evens out over them."""
    return {
        name: (sum(n for n, _ in cells.values()), sum(bad for _, bad in cells.values()))
        for name, cells in watch.baseline.seen.items()
    }


def contributors(parts: Mapping[str, tuple[int, int, float]]) -> list[Contributor]:
    """The parts with most harm, the worst first; none without a name, none without harm."""
    found = [Contributor(name, n, bad, bad - expected) for name, (n, bad, expected) in parts.items() if name]
    return sorted((one for one in found if one.excess > 0.5), key=lambda one: (-one.excess, one.name))[:TOP]
