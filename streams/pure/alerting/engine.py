"""The engine: inputs in, steps of alerts out. It joins rules, series, discoveries, lives and pages.

Deterministic: no clock, no randomness, no order of sets. The same inputs after the same state give the same steps with
the same ids; state is plain data (`dump`, `load`), so that a crash costs nothing but reading the inputs since again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from streams.pure.alerting import judge, life
from streams.pure.alerting.inputs import Act, Input, Past, Silencing, Single, Slice, Tick
from streams.pure.alerting.level import MEASURES, Measure
from streams.pure.alerting.life import Alert, Change
from streams.pure.alerting.many import discoveries, discovery_rate
from streams.pure.alerting.page import Facts, Page
from streams.pure.alerting.rules import AnyRule, RuleFile, scope_of
from streams.pure.alerting.season import DAY_MS, Calendar
from streams.pure.alerting.sending import Sender, Sent
from streams.pure.alerting.series import Series
from streams.pure.alerting.silences import Silence, checked, turn

MAX_SERIES = 10_000
"""Series of one rule; further names are passed over and counted."""
Key = tuple[str, ...]


class Step(msgspec.Struct, frozen=True):
    """What came of an input: a change of an alert, and what to send, if anything.

    Attributes:
        kind, scope, metric, scale: of the rule whose alert it is; kind '' for the step of a silence.
        facts: what the alert rests on at that moment; None where it rests on no numbers.
        severity: page or ticket, as it would be sent now.
    """

    change: Change
    page: Page | None = None
    kind: str = ""
    scope: dict[str, str] = {}
    metric: str = ""
    scale: str = ""
    facts: Facts | None = None
    severity: str = ""
    group: str = ""
    flaps: int = 0


class State(msgspec.Struct):
    """All the engine knows: stored as it is."""

    series: dict[str, dict[str, Series]] = {}
    silences: list[Silence] = []
    now_ms: int = 0
    heard_ms: int = 0
    beats: dict[str, int] = {}
    passed_over: int = 0


class Engine:
    """Alerts of one file of rules.

    Args:
        rules: the file.
        calendars: local time and opening hours by location.
        measures: numbers a level rule may name, beside those built in.
        places: region (or whatever else stores may have in common) by location.
    """

    def __init__(
        self,
        rules: RuleFile,
        *,
        calendars: Mapping[str, Calendar] | None = None,
        measures: Mapping[str, Measure] | None = None,
        places: Mapping[str, str] | None = None,
        state: State | None = None,
    ) -> None:
        self.rules = rules
        self.state = state or State()
        self.measures = {**MEASURES, **(measures or {})}
        self.calendar = Calendar(rules.zone, holidays=frozenset(rules.holidays))
        self._calendars = dict(calendars or {})
        self._sender = Sender(rules, self._calendar_of, places or {})
        self._keys: dict[str, dict[Key, str]] = {}
        # Series with an alert, so that an input costs what is burning, not what is watched.
        self._alive = {(rule.name, key): one for rule, key, one in self.all_series() if one.alert is not None}
        self._order = {rule.name: (place, rule) for place, rule in enumerate(rules.rules)}
        self._sender.look(self._living())

    # -- state ---------------------------------------------------------------------------------------

    def dump(self) -> bytes:
        """The state, to be stored after the steps of an input were handed over."""
        return msgspec.msgpack.encode(self.state)

    @staticmethod
    def load(stored: bytes) -> State:
        """A stored state.

        Raises:
            msgspec.ValidationError: it is none.
        """
        return msgspec.msgpack.decode(stored, type=State)

    def alerts(self) -> list[Alert]:
        """Alerts that live, in a fixed order."""
        return [one.alert for _, _, one in self._living() if one.alert is not None]

    def _living(self) -> list[tuple[AnyRule, Key, Series]]:
        places = sorted(self._alive, key=lambda place: (self._order[place[0]][0], place[1]))
        return [(self._order[name][1], key, self._alive[name, key]) for name, key in places]

    def all_series(self) -> list[tuple[AnyRule, Key, Series]]:
        """Every series, by rule in the order of the file, then by name."""
        return [
            (rule, key_from(text), self.state.series[rule.name][text])
            for rule in self.rules.rules
            for text in sorted(self.state.series.get(rule.name, {}))
        ]

    # -- inputs --------------------------------------------------------------------------------------

    def handle(self, given: Input) -> list[Step]:
        """Takes one input in; what came of it, in order."""
        if isinstance(given, Slice):
            return self._slice(given)
        if isinstance(given, Single):
            return self._single(given)
        if isinstance(given, Tick):
            return self._tick(given)
        if isinstance(given, Act):
            return self._act(given)
        if isinstance(given, Past):
            return self._past(given)
        return self._silencing(given)

    def _slice(self, given: Slice) -> list[Step]:
        state = self.state
        state.now_ms = max(state.now_ms, given.end_ms)
        steps: list[Step] = []
        for rule in self.rules.rules:
            touched = judge.rows(rule, given, self)
            if touched:
                steps += self._lives(rule, touched, given.end_ms)
        return steps + self._flush()

    def _tick(self, given: Tick) -> list[Step]:
        state = self.state
        state.now_ms, state.heard_ms = max(state.now_ms, given.now_ms), max(state.heard_ms, given.heard_ms)
        steps: list[Step] = []
        for rule in self.rules.rules:
            touched = judge.time(rule, state.now_ms, state.heard_ms, self)
            if touched:
                steps += self._lives(rule, touched, state.now_ms)
            if rule.kind == "heartbeat" and state.now_ms - state.beats.get(rule.name, 0) >= 1_000 * rule.every_s:
                beat_ms = state.now_ms - state.now_ms % (1_000 * rule.every_s)
                state.beats[rule.name] = beat_ms
                steps.append(self._step(self._sender.heartbeat(rule.name, beat_ms)))
        for what, silence in turn(state.silences, state.now_ms):
            why = f"silence by {silence.owner} ({silence.reason}): {what}"
            steps.append(Step(Change(silence.id, "", (), "firing", "", state.now_ms, "", "", "silenced", why)))
        return steps + self._flush()

    def _single(self, given: Single) -> list[Step]:
        self.state.now_ms = max(self.state.now_ms, given.at_ms)
        steps: list[Step] = []
        for rule in self.rules.rules:
            if rule.kind == "bad_answer" and (touched := judge.single(rule, given, self)):
                steps += self._lives(rule, touched, given.at_ms)
        # Most are nobody's business; what else is due is looked at with every slice and every second.
        touched_now = [(step.change.rule, step.change.key) for step in steps]
        return steps + self._flush(touched_now) if steps else []

    def _act(self, given: Act) -> list[Step]:
        for rule, key, one in self._living():
            if one.alert is None or one.alert.id != given.alert_id:
                continue
            if given.what == "rebase" and (one.watch is not None or one.pulse is not None):
                if one.watch is not None:
                    one.watch.rebase(given.at_ms)
                one.pulse = None  # a producer that is gone for good: heard again, it is learnt anew
                change = life.clear(one.alert, given.at_ms, needed=1, why=f"{given.who}: this is how it is now")
                self._rest(one)
                self._alive.pop((rule.name, key))
            else:
                change = life.acknowledge(one.alert, given.at_ms, given.who)
            return [self._step(Sent(change, one))] if change else []
        return []

    def _past(self, given: Past) -> list[Step]:
        """Takes over what history says is normal, where the series knows less by itself."""
        self.state.now_ms = max(self.state.now_ms, given.at_ms)
        _, rule = self._order.get(given.rule, (0, None))
        if rule is None or judge.settings_of(rule) != given.settings:
            return []
        judge.learn(rule, tuple(given.key), given.baseline, given.at_ms, self)
        return []

    def _silencing(self, given: Silencing) -> list[Step]:
        if given.end:
            for silence in self.state.silences:
                if silence.id == given.silence.id and not silence.ended:
                    silence.ended = "ended"
        elif all(silence.id != given.silence.id for silence in self.state.silences):
            self.state.silences.append(checked(given.silence))
        self.state.now_ms = max(self.state.now_ms, given.at_ms)
        return self._flush()

    # -- lives ---------------------------------------------------------------------------------------

    def _lives(self, rule: AnyRule, touched: Sequence[tuple[Key, Series]], now_ms: int) -> list[Step]:
        allowed = self._discoveries(rule, touched, now_ms)
        steps: list[Step] = []
        for key, one in sorted(touched, key=lambda item: item[0]):
            change: Change | None = None
            if one.verdict > 0:
                if one.alert is None:
                    began_ms = one.facts.since_ms or now_ms
                    one.alert = life.begin(rule.name, key, began_ms=began_ms, now_ms=now_ms, last=one.last)
                    self._alive[rule.name, key] = one
                if key in allowed:
                    change = life.fire(one.alert, now_ms, one.why)
            elif one.alert is not None and one.verdict < 0:
                alone = self._sender.is_last_of_group(one.alert, self.alerts())
                change = life.clear(one.alert, now_ms, needed=rule.resolve_after, why=one.why, tell=alone)
            elif one.alert is not None:
                change = life.unsure(one.alert, now_ms)
            if change is not None:
                steps.append(self._step(Sent(change, one)))
            if one.alert is not None and one.alert.state == "resolved":
                self._rest(one)
            if one.alert is None:
                self._alive.pop((rule.name, key), None)
        return steps

    def _rest(self, one: Series) -> None:
        """The alert is over: the series watches anew."""
        one.last, one.alert, one.verdict = one.alert, None, 0
        if one.watch is not None and one.watch.alarming:
            one.watch.settle(self.state.now_ms)

    def _discoveries(self, rule: AnyRule, touched: Sequence[tuple[Key, Series]], now_ms: int) -> set[Key]:
        """Series that may fire: all of one, or those beyond the luck of many."""
        if rule.kind not in ("worsening", "response"):
            return {key for key, _ in touched}
        known = self.state.series.get(rule.name, {})
        chances = {
            key_from(text): one.chance
            for text, one in known.items()
            if one.verdict > 0 or (one.alert and one.chance < 1)
        }
        if not chances:
            return set()
        live = sum(
            1 for one in known.values() if now_ms - one.seen_ms < 7 * DAY_MS and one.watch and not one.watch.learning
        )
        return discoveries(chances, series=max(live, len(chances)), q=discovery_rate(rule.false_pages_a_month))

    def _flush(self, only: Sequence[tuple[str, Key]] | None = None) -> list[Step]:
        """Sends what may be sent now: new alerts by cause, those whose hold ended, repeats.

        Args:
            only: of these series; None: of all.
        """
        if only is None:
            standing = self._sender.look(self._living())
        else:
            found = [(self._order[name][1], key, self._alive.get((name, key))) for name, key in dict.fromkeys(only)]
            standing = [(rule, key, one) for rule, key, one in found if one is not None and one.alert is not None]
        sent = self._sender.flush(standing, self.state.silences, self.state.now_ms) if standing else []
        steps = [self._step(one) for one in sent]
        for rule, key, one in standing:
            if one.alert is None:
                self._alive.pop((rule.name, key), None)
        return steps

    def _step(self, sent: Sent) -> Step:
        change = sent.change
        rule = self._order[change.rule][1]
        one = sent.one or self._alive.get((change.rule, change.key))
        page = self._sender.page(sent, self.state.silences) if change.send else None
        metric, scale = getattr(rule, "metric", ""), getattr(rule, "scale", "")
        step = Step(change, page, rule.kind, scope_of(rule, change.key), metric, scale)
        if one is None:
            return step
        alert = one.alert or one.last
        return msgspec.structs.replace(
            step,
            facts=one.facts,
            severity=self._sender.severity(rule, one),
            group=alert.group if alert is not None else "",
            flaps=alert.flaps if alert is not None else 0,
        )

    # -- other rules ---------------------------------------------------------------------------------

    def retire(self, successors: RuleFile) -> list[Step]:
        """Ends the series of rules that the successors do not have as they are; what stood of them is over.

        The state is then theirs: `Engine(successors, state=engine.state)`.
        """
        kept = {rule.name: judge.settings_of(rule) for rule in successors.rules}
        steps: list[Step] = []
        for rule in self.rules.rules:
            if kept.get(rule.name) == judge.settings_of(rule):
                continue
            for _, key, one in [placed for placed in self._living() if placed[0] is rule]:
                assert one.alert is not None
                change = life.clear(one.alert, self.state.now_ms, needed=1, why="its rule was changed or taken away")
                if change is not None:
                    steps.append(self._step(Sent(change, one)))
                self._alive.pop((rule.name, key))
            self.state.series.pop(rule.name, None)
            self.state.beats.pop(rule.name, None)
        self._keys.clear()
        return steps

    # -- look-ups ------------------------------------------------------------------------------------

    def series(self, rule: AnyRule, key: Key) -> Series | None:
        """The series of a rule by its names; None beyond MAX_SERIES."""
        kept = self.state.series.setdefault(rule.name, {})
        texts = self._keys.setdefault(rule.name, {})
        text = texts.get(key)
        if text is None:
            text = texts[key] = "|".join(key)
        found = kept.get(text)
        if found is None:
            if len(kept) >= MAX_SERIES:
                self.state.passed_over += 1
                return None
            found = kept[text] = Series()
        return found

    def calendar_of(self, rule: AnyRule, key: Key) -> Calendar:
        """Local time of a series: its location's, else the file's."""
        return self._calendar_of(scope_of(rule, key))

    def _calendar_of(self, scope: Mapping[str, str]) -> Calendar:
        return self._calendars.get(scope.get("location", ""), self.calendar)


def key_from(text: str) -> Key:
    """The names a series is kept under; names hold no `|`."""
    return tuple(text.split("|")) if text else ()
