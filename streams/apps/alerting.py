"""The alert engine at work: messages in, alerts out, and what it knows kept in Kafka.

Joins `signals` with the engine. What is judged follows from the log alone; the clock only says that time passed. State
is written now and then together with how far the log is in it: after a crash the messages since are read again and
give the same alerts with the same ids, so that nothing is lost and whoever honours ids is paged once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import msgspec

from streams.apps.base import log
from streams.apps.outbox import Sending
from streams.edges import metrics
from streams.edges.alert_state import Snapshot, keyed
from streams.edges.errors import FileError
from streams.edges.rules_in_force import RulesInForce
from streams.edges.settings import Settings
from streams.pure.alerting.engine import Engine, State, Step
from streams.pure.alerting.inputs import Act, Past, Row, Silencing, Single, Tick
from streams.pure.alerting.life import Change
from streams.pure.alerting.merging import Merging
from streams.pure.alerting.messages import ChangeMessage, Closed, PageMessage, Producers
from streams.pure.alerting.silence_steps import silence_step
from streams.pure.alerting.silences import SilenceError
from streams.pure.alerting.words import told
from streams.pure.cells import AlertMessage, encode

SNAPSHOT_S = 60.0
"""Pause between two snapshots; longer for a large state, so that its topic stays small."""
SNAPSHOT_BYTES_A_S = 200_000
TICK_MS = 1_000
RULES_S = 5.0
"""How often the rule files are looked at."""
AHEAD_MS = 24 * 3_600_000
OPINIONS = ("useful", "useless")
Heard = Closed | Producers | Single | Act | Silencing | Past


class Alerting:
    """The engine, its rules and its state.

    Args:
        now_ms: the clock; only ticks, and what nobody's log says, come from it.
    """

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        self.passed_over = 0
        """Messages and rows that cannot be true; whoever tells it may clear it."""
        self._rules = RulesInForce(settings)
        self._now_ms = now_ms
        self._engine = self._rules.engine(State())
        self._merging = Merging()
        self._upto = self._generation = 0
        self._written = (0.0, 0)
        self._rules_read_s = time.monotonic()
        self._sendings: list[Sending] = []
        self._held: Counter[str] = Counter()
        self._ticked_ms = 0

    def restore(self, kept: Snapshot | None, *, upto: int) -> None:
        """Begins anew with a state, or with none and the messages from `upto` on."""
        self._sendings, self._upto = [], upto
        self._merging, state = Merging(), State()
        if kept is not None:
            self._merging, state, self._generation = kept.merging, kept.state, kept.generation
        self._engine = self._rules.engine(state)
        if kept is not None and kept.rules != self._rules.text:
            before = self._rules.engine(state, RulesInForce.parsed(kept.rules))
            self._engine = self._succeed(before)
        self._written = (time.monotonic(), self._upto)

    def take(self, message: Heard, offset: int) -> None:
        """Takes a message in; one that the state already holds changes nothing."""
        if offset < self._upto:
            return
        self._upto = offset + 1
        if isinstance(message, Closed):
            if self._is_of_now(message.start_ms, message.end_ms):
                message.rows = self._sound(message.rows)
                for slice in self._merging.closed(message):
                    self._tell(self._engine.handle(slice))
        elif isinstance(message, Producers):
            if self._is_of_now(message.start_ms, message.end_ms):
                self._merging.producers(message)
        elif isinstance(message, Single):
            if self._is_of_now(message.at_ms, message.at_ms) and self._sound([message.row]):
                self._tell(self._engine.handle(message))
        elif isinstance(message, Silencing):
            self._silence(message)
        elif isinstance(message, Past):
            if self._is_of_now(message.at_ms, message.at_ms):
                self._engine.handle(message)
        elif message.what in OPINIONS:
            self._opinion(message)
        else:
            self._tell(self._engine.handle(message))

    def _is_of_now(self, start_ms: int, end_ms: int) -> bool:
        """What claims to be far ahead of our clock would hide all that follows."""
        if 0 <= start_ms <= end_ms <= self._now_ms() + AHEAD_MS:
            return True
        self.passed_over += 1
        return False

    def _sound(self, rows: list[Row]) -> list[Row]:
        sound = [row for row in rows if row.sound]
        self.passed_over += len(rows) - len(sound)
        return sound

    def tick(self) -> None:
        """Time passed; looked at once a second."""
        if self._now_ms() - self._ticked_ms < TICK_MS:
            return
        self._ticked_ms = self._now_ms()
        self._tell(self._engine.handle(Tick(self._now_ms(), self._merging.heard_ms)))
        held = Counter[str](alert.held or "not" for alert in self._engine.alerts() if alert.stands)
        for reason in {*held, *self._held}:
            metrics.ALERTS_STANDING.labels(reason).set(held[reason])
        self._held = held

    def due(self) -> list[Sending]:
        """What is to be sent since this was last asked."""
        sendings, self._sendings = self._sendings, []
        return sendings

    # -- rules ---------------------------------------------------------------------------------------

    async def keep_rules(self) -> None:
        """Takes changed rule files over; wrong ones change nothing, and it is said what is wrong."""
        if time.monotonic() - self._rules_read_s < RULES_S:
            return
        self._rules_read_s = time.monotonic()
        try:
            changed = await asyncio.to_thread(self._rules.refresh)
        except FileError as error:
            metrics.RULES_REFUSED.set(1)
            if self._rules.is_news(str(error)):
                log.error("the alert rules stay as they were: %s", error)
            return
        metrics.RULES_REFUSED.set(0)
        if changed:
            self._engine = self._succeed(self._engine)
            self._written = (0.0, -1)

    def _succeed(self, before: Engine) -> Engine:
        """An engine of the rules in force, with all that they share with those before."""
        standing = {alert.id for alert in before.alerts() if alert.stands}
        self._tell(before.retire(self._rules.file))
        after = self._rules.engine(before.state)
        ended = standing - {alert.id for alert in after.alerts()}
        log.warning(
            "alert rules taken over: %s; %d alerts end with it", self._rules.difference(before.rules), len(ended)
        )
        return after

    # -- what is kept --------------------------------------------------------------------------------

    def snapshot(self) -> list[Sending]:
        """The state, if it is time to keep it; to be sent after everything that was due."""
        written_s, upto = self._written
        if upto == self._upto or time.monotonic() < written_s:
            return []
        self._generation += 1
        records = keyed(Snapshot(self._upto, self._rules.text, self._engine.state, self._merging, self._generation))
        size = sum(len(value) for _, value in records)
        self._written = (time.monotonic() + max(SNAPSHOT_S, size / SNAPSHOT_BYTES_A_S), self._upto)
        metrics.ALERT_STATE_BYTES.set(size)
        return [("alerting", 0, key, value) for key, value in records]

    # -- what is said --------------------------------------------------------------------------------

    def _tell(self, steps: list[Step]) -> None:
        silences = {silence.id: silence for silence in self._engine.state.silences}
        for seq, step in enumerate(steps):
            change = step.change
            if silence := silences.get(change.alert_id):
                self._history(silence_step(silence, silence.ended or "reminder", at_ms=change.at_ms, seq=seq))
                continue
            if step.kind != "heartbeat":
                message = ChangeMessage(
                    change, seq, step.kind, step.scope, step.severity, step.metric, step.scale, step.facts,
                    group=step.group, flaps=step.flaps,
                )  # fmt: skip
                self._history(message)
                noted = step.kind != "bad_answer"  # `score` made a record of each
                if noted and change.held != "shadow" and step.facts is not None and change.state != "pending":
                    self._send("alerts", change.alert_id, encode(self._row(step)))
            if step.page is not None:
                file = self._rules.file
                page = PageMessage(step.page, self._rules.receivers(change.rule), file.language, file.zone)
                self._send("alerts", step.page.id, encode(page))

    def _row(self, step: Step) -> AlertMessage:
        """The alert as it stands now, for table `alerts`."""
        change, facts, scope = step.change, step.facts, step.scope
        assert facts is not None
        headline = told(step.page, self._rules.file.language)[0] if step.page is not None else ""
        return AlertMessage(
            alert_id=change.alert_id, rule=change.rule, kind=step.kind, severity=step.severity, state=change.state,
            at_ms=change.at_ms, channel=scope.get("channel", ""), touchpoint=scope.get("touchpoint", ""),
            location=scope.get("location", ""), segment=scope.get("segment", ""), metric=step.metric,
            scale=step.scale, value=facts.value, baseline=facts.baseline, n=facts.n,
            reason=f"{headline}: {change.why}" if headline else change.why,
            detail=msgspec.json.encode({"since_ms": facts.since_ms, "held": change.held}).decode(),
            version=change.at_ms,
        )  # fmt: skip

    def _silence(self, message: Silencing) -> None:
        before = {silence.id: silence.ended for silence in self._engine.state.silences}
        try:
            steps = self._engine.handle(message)
        except SilenceError as error:
            log.warning("a silence was refused: %s", error)
            return
        for silence in self._engine.state.silences:
            if silence.id == message.silence.id:
                if silence.id not in before:
                    self._history(silence_step(silence, "made", at_ms=message.at_ms, seq=0))
                elif silence.ended and not before[silence.id]:
                    owner = message.silence.owner
                    self._history(silence_step(silence, "ended", at_ms=message.at_ms, seq=0, by=owner))
        self._tell(steps)

    def _opinion(self, act: Act) -> None:
        change = Change(act.alert_id, "", (), "resolved", "", act.at_ms, "", "", "", f"{act.what}, says {act.who}")
        self._history(ChangeMessage(change, 0, "", {}, said=act.what, who=act.who))

    def _history(self, message: ChangeMessage) -> None:
        self._send("alerts", message.change.alert_id, encode(message))

    def _send(self, topic: str, key: str, value: bytes) -> None:
        self._sendings.append((topic, 0, key.encode(), value))
