"""What the alert engine hears of, and what it says, as messages in Kafka.

On `signals`, its inputs: `Closed`, `Producers`, and as they are `Single`, `Act`, `Silencing` and `Past`. On `alerts`,
what it says: `ChangeMessage` for history, `PageMessage` for who delivers. On `deliveries`, what became of each page.
"""

from __future__ import annotations

import msgspec

from streams.pure.alerting.inputs import Row
from streams.pure.alerting.life import Change
from streams.pure.alerting.page import Facts, Page


class Closed(msgspec.Struct, tag="closed", tag_field="t"):
    """From `roll`: what became known of the channels of one panes partition, in one slice of record time.

    Attributes:
        source, sources: number of the panes partition, and how many there are; each tells of every slice.
        upto: offset of that partition up to which this tells; what was told again after a crash is known by it.
        part, parts: a slice with many rows comes in several messages.
        rows: answers counted since the slice before was told, whenever they happened: a till that was offline for
            minutes is heard of when it is back.
    """

    source: int
    sources: int
    upto: int
    start_ms: int
    end_ms: int
    part: int
    parts: int
    rows: list[Row]
    v: int = 1


class Producers(msgspec.Struct, tag="producers", tag_field="t"):
    """From `score`: who sent accepted events in one partition: rows of (producer, events)."""

    partition: int
    start_ms: int
    end_ms: int
    rows: list[tuple[str, int]]
    v: int = 1


class ChangeMessage(msgspec.Struct, tag="change", tag_field="t"):
    """One step of an alert's life, or somebody's word on it, with what it rests on; as table `alert_history`.

    Attributes:
        seq: of the engine's steps; with `change.alert_id` it orders a life.
        kind: of the rule.
        scope: names by dimension.
        facts: numbers at that moment; None where the step has none.
        said: `useful` or `useless`, by `who`; '' for a step of its life.
        group: alert that its page was sent with; '' if alone.
        flaps: times it had been over shortly before.
    """

    change: Change
    seq: int
    kind: str
    scope: dict[str, str]
    severity: str = ""
    metric: str = ""
    scale: str = ""
    facts: Facts | None = None
    said: str = ""
    who: str = ""
    group: str = ""
    flaps: int = 0
    v: int = 1


class PageMessage(msgspec.Struct, tag="page", tag_field="t"):
    """One sending, for those who deliver it; as table `pages`.

    Attributes:
        receivers: names of who is told; empty: the default ones.
        language: en or zh.
        zone: local time the page speaks in.
    """

    page: Page
    receivers: list[str]
    language: str = "en"
    zone: str = "UTC"
    v: int = 1


class DeliveryMessage(msgspec.Struct, tag="delivery", tag_field="t"):
    """What became of one page at one receiver; as table `deliveries`. Key: page and receiver.

    Attributes:
        state: `trying` before the first attempt, then `delivered`; `failed` after each attempt that failed and will be
            repeated; `refused` if the receiver will never take it.
        tries: attempts so far.
        error: why not, without secrets.
    """

    page_id: str
    alert_id: str
    rule: str
    receiver: str
    state: str
    at_ms: int
    tries: int = 0
    error: str = ""
    v: int = 1
