"""From what the alert engine says to table columns: steps, sendings, and what became of them.

Everything may come twice (after a crash the engine says it again), so each row has a key that says what it is; see
deploy/clickhouse/0013_alert_history.up.sql. The sign of life is no step of anybody's life: its steps and words are
left out, once a minute for years; whether it was delivered is kept.
"""

from __future__ import annotations

import msgspec

from streams.apps.columns import Table
from streams.pure.alerting.messages import ChangeMessage, DeliveryMessage, PageMessage
from streams.pure.alerting.page import Facts
from streams.pure.alerting.season import Calendar
from streams.pure.alerting.words import TEMPLATES, told
from streams.pure.counting import Record

HEARTBEAT = "heartbeat"
_NO_FACTS = Facts()
_SEVERITY = {"page": "page", "repeat": "page", "ticket": "ticket"}
"""By what is sent: only what woke somebody is told again."""
_REACHED = {"trying": 0, "failed": 1, "refused": 2, "delivered": 3}
"""How far a delivery is: of two words of one millisecond the further one counts."""
_LAST_MS = 1 << 53
"""Versions count down from here: of what was said twice the earlier stays."""
_json = msgspec.json.Encoder().encode


def add_change(table: Table, message: ChangeMessage, record: Record) -> None:
    """A step of an alert's life, or a word on it: one row. `record`: what brought it, for the order of steps."""
    change, facts, scope = message.change, message.facts or _NO_FACTS, message.scope
    if message.kind == HEARTBEAT:
        return
    table.row(
        alert_id=change.alert_id,
        told_at=max(0, record.timestamp),
        position=record.offset,
        seq=message.seq,
        at=change.at_ms,
        rule=change.rule,
        kind=message.kind,
        scope=scope,
        **{name: scope.get(name, "") for name in ("channel", "touchpoint", "location", "segment")},
        state=change.state,
        before=change.before,
        held=change.held,
        send=change.send,
        page_id=change.send_id,
        severity=message.severity,
        metric=message.metric,
        scale=message.scale,
        unit=facts.unit,
        value=facts.value,
        baseline=facts.baseline,
        lower=facts.lower,
        upper=facts.upper,
        n=facts.n,
        bad=facts.bad,
        since=max(0, facts.since_ms),
        until=max(0, facts.until_ms),
        harm=facts.harm,
        harm_ahead=facts.harm_ahead,
        verdict=facts.verdict,
        contributors=_json(facts.contributors),
        why=change.why,
        said=message.said,
        who=message.who,
        group=message.group,
        flaps=message.flaps,
        version=_LAST_MS - max(0, record.timestamp),
    )


def add_page(table: Table, message: PageMessage, record: Record) -> None:
    """One sending in its words; what customers wrote is left out, here and in its JSON."""
    page = msgspec.structs.replace(message.page, comments=[])
    if page.kind == HEARTBEAT:
        return
    # A language that this worker does not know yet is no reason to lose the page.
    language = message.language if message.language in TEMPLATES else "en"
    headline, body = told(page, language, Calendar(message.zone))
    table.row(
        page_id=page.id,
        alert_id=page.alert_id,
        rule=page.rule,
        kind=page.kind,
        send=page.send,
        at=page.at_ms,
        severity=_SEVERITY.get(page.send, ""),
        scope=page.scope,
        headline=headline,
        body=body,
        receivers=message.receivers,
        page=_json(page),
        shadow=int(page.shadow),
        version=_LAST_MS - max(0, record.timestamp),
    )


def add_delivery(table: Table, message: DeliveryMessage) -> None:
    """What became of one page at one receiver, as far as known."""
    table.row(
        page_id=message.page_id,
        receiver=message.receiver,
        alert_id=message.alert_id,
        rule=message.rule,
        state=message.state,
        at=message.at_ms,
        tries=message.tries,
        error=message.error,
        version=message.at_ms * 8 + _REACHED.get(message.state, 0),
    )
