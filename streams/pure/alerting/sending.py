"""What goes out, and when: holds, groups, severity by harm, repeats.

A hold is a reason to wait, looked at again with every input: when it ends and the alert still stands, the page goes
out then, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import msgspec

from streams.pure.alerting import life
from streams.pure.alerting.life import Alert, Change, Held
from streams.pure.alerting.many import Firing, groups
from streams.pure.alerting.page import Member, Page
from streams.pure.alerting.rules import AnyRule, RuleFile, scope_of
from streams.pure.alerting.season import HOUR_MS, Calendar, in_local_hours
from streams.pure.alerting.series import Series
from streams.pure.alerting.silences import Silence, matching

SHOWN = 20
"""Members listed on a page."""
JUST_MS = HOUR_MS
"""A silence that ended so lately is named on the page."""

Key = tuple[str, ...]
Placed = tuple[AnyRule, Key, Series]


class Sent(msgspec.Struct, frozen=True):
    """A change, and the series its page is about."""

    change: Change
    one: Series | None = None
    cause: str = ""
    members: Sequence[Placed] = ()


class Sender:
    """Decides what is sent. Keeps nothing: alerts do."""

    def __init__(
        self, rules: RuleFile, calendar_of: Callable[[Mapping[str, str]], Calendar], places: Mapping[str, str]
    ) -> None:
        self._rules = {rule.name: rule for rule in rules.rules}
        self._wait_ms = 1_000 * rules.wait_s
        self._calendar_of = calendar_of
        self._places = places
        self._above = _Above(())

    def look(self, series: Sequence[Placed]) -> list[Placed]:
        """Takes in which alerts hold others; those that stand."""
        standing = [(rule, key, one) for rule, key, one in series if one.alert is not None and one.alert.stands]
        self._above = _Above(standing)
        return standing

    def flush(self, standing: Sequence[Placed], silences: Sequence[Silence], now_ms: int) -> list[Sent]:
        """Everything of some standing alerts that is due now."""
        sent: list[Sent] = []
        ready: list[Placed] = []
        for placed in standing:
            rule, _, one = placed
            alert = one.alert
            assert alert is not None
            if alert.state != "firing":
                continue
            reason, why = self._hold(placed, silences, now_ms)
            if change := life.hold(alert, reason, now_ms, why):
                sent.append(Sent(change))
            if reason and reason != "shadow":
                continue
            if alert.sent == "" or (alert.sent == "ticket" and self.severity(rule, one) == "page"):
                ready.append(placed)
            elif rule.repeat_h and life.repeat_due(alert, now_ms, round(rule.repeat_h * HOUR_MS)):
                due_ms = alert.sent_ms + round(rule.repeat_h * HOUR_MS)
                change = life.send(alert, "repeat", now_ms, "still stands")
                alert.sent_ms = due_ms  # exact: a late look does not move the next one
                sent.append(Sent(change, one))
        # Who waited long enough takes those with it that began after: they may have the same cause.
        due = {rule.name for rule, _, one in ready if one.alert and now_ms - one.alert.changed_ms >= self._wait_ms}
        return sent + self._grouped([placed for placed in ready if placed[0].name in due], now_ms)

    def severity(self, rule: AnyRule, one: Series) -> life.Send:
        """page if the harm is worth waking somebody, else ticket."""
        if rule.kind == "burn" or rule.severity.only_tickets:
            return "ticket"
        if rule.kind == "bad_answer":
            return "page" if rule.wakes else "ticket"
        if rule.kind in ("late", "silent"):
            return "page"
        return "page" if one.facts.harm + one.facts.harm_ahead >= rule.severity.wake_from else "ticket"

    def _hold(self, placed: Placed, silences: Sequence[Silence], now_ms: int) -> tuple[Held, str]:
        rule, key, _ = placed
        above = self._above
        scope = scope_of(rule, key)
        if rule.shadow:
            return "shadow", "the rule runs in shadow"
        if silence := matching(silences, rule.name, scope, now_ms):
            return "silenced", f"silence {silence.id} by {silence.owner}: {silence.reason}"
        if above.late and rule.kind not in ("late", "heartbeat"):
            return "late", f"{above.late}: the pipeline is late"
        if parent := above.parent(rule, scope):
            return "inhibited", f"part of {parent}"
        if rule.mute and in_local_hours(rule.mute, self._calendar_of(scope), now_ms):
            return "muted", "within the rule's mute time"
        return "", "nothing holds it any more"

    def _grouped(self, ready: Sequence[Placed], now_ms: int) -> list[Sent]:
        firings: dict[str, Placed] = {}
        for placed in ready:
            assert placed[2].alert is not None
            firings[placed[2].alert.id] = placed
        found = groups(
            [
                Firing(id, rule.name, scope_of(rule, key), self._common(scope_of(rule, key)))
                for id, (rule, key, _) in firings.items()
            ]
        )
        sent: list[Sent] = []
        for cause, alerts in found:
            members = [firings[alert.id] for alert in alerts]
            members.sort(key=lambda placed: (-placed[2].facts.harm, placed[1]))
            rule, _, first = members[0]
            leader = first.alert
            assert leader is not None
            # Together they may be worth a page where each alone is not.
            harm = sum(one.facts.harm + one.facts.harm_ahead for _, _, one in members)
            what = self.severity(rule, first)
            if what == "ticket" and rule.kind in ("worsening", "level", "response") and not rule.severity.only_tickets:
                what = "page" if harm >= rule.severity.wake_from else "ticket"
            for _, _, one in members[1:]:
                assert one.alert is not None
                one.alert.group, one.alert.sent, one.alert.sent_ms = leader.id, what, now_ms
            leader.group = leader.id if len(members) > 1 else ""
            change = life.send(leader, what, now_ms, first.why)
            sent.append(Sent(change, first, cause if len(members) > 1 else "", members if len(members) > 1 else ()))
            if rule.kind == "bad_answer":
                for _, _, one in members:
                    one.last, one.alert, one.verdict = one.alert, None, 0
        return sent

    def _common(self, scope: Mapping[str, str]) -> dict[str, str]:
        region = self._places.get(scope.get("location", ""), "")
        return {"region": region} if region else {}

    @staticmethod
    def is_last_of_group(alert: Alert, living: Sequence[Alert]) -> bool:
        """Whether no other alert of its page stands."""
        return not alert.group or all(
            other is alert or other.group != alert.group or not other.stands for other in living
        )

    # -- content -------------------------------------------------------------------------------------

    def heartbeat(self, rule: str, beat_ms: int) -> Sent:
        """The sign of life; its id is its time."""
        id = life.alert_id(rule, (), beat_ms)
        return Sent(Change(id, rule, (), "firing", "firing", beat_ms, "page", f"{id}-1", "", "alive"))

    def page(self, sent: Sent, silences: Sequence[Silence]) -> Page:
        """What a sending says."""
        change, one = sent.change, sent.one
        rule = self._rules[change.rule]
        scope = scope_of(rule, change.key)
        facts = one.facts if one is not None else Series().facts
        alert = one.alert or one.last if one is not None else None
        members = [
            Member(
                (member.alert or member.last or Alert("", "", (), 0)).id, scope_of(of, key), member.facts.value,
                member.facts.baseline, member.facts.n, member.facts.harm,
            )
            for of, key, member in list(sent.members)[:SHOWN]
        ]  # fmt: skip
        return Page(
            id=change.send_id, alert_id=change.alert_id, rule=rule.name, kind=rule.kind, send=change.send,
            at_ms=change.at_ms, scope=scope, metric=getattr(rule, "metric", ""), scale=getattr(rule, "scale", ""),
            unit=facts.unit, value=facts.value, baseline=facts.baseline, lower=facts.lower, upper=facts.upper,
            n=facts.n, bad=facts.bad, since_ms=facts.since_ms, until_ms=facts.until_ms,
            contributors=facts.contributors, verdict=facts.verdict, harm=facts.harm, harm_ahead=facts.harm_ahead,
            flaps=alert.flaps if alert else 0, cause=sent.cause, members=members, shadow=rule.shadow,
            late_may_change=rule.kind not in ("late", "heartbeat", "bad_answer"),
            silence_ended=_just_ended(silences, rule.name, scope, change.at_ms),
            runbook=rule.runbook or "", why=rule.why or "", reason=change.why,
            promised=getattr(rule, "false_pages_a_month", None),
        )  # fmt: skip


class _Above:
    """Alerts that hold others: one that says the pipeline is late, and those of the whole that others are parts of.

    Looked up by scope: with a thousand alerts that stand, holding each against each would take seconds.
    """

    def __init__(self, standing: Sequence[Placed]) -> None:
        self.late = ""
        self._wholes: dict[tuple[object, ...], str] = {}
        for rule, key, _ in standing:
            if rule.shadow:
                continue
            if rule.kind == "late":
                self.late = self.late or rule.name
            place = (*_number(rule), frozenset(scope_of(rule, key).items()))
            self._wholes.setdefault(place, f"{rule.name} {' / '.join(key)}")

    def parent(self, rule: AnyRule, scope: Mapping[str, str]) -> str:
        """Name of an alert of the same number whose scope holds this one; '' without any."""
        number = _number(rule)
        for names in range(len(scope)):
            for some in combinations(scope.items(), names):
                if found := self._wholes.get((*number, frozenset(some))):
                    return found
        return ""


def _number(rule: AnyRule) -> tuple[object, ...]:
    """What a rule is about, but for its scope."""
    return (rule.kind, *(getattr(rule, name, None) for name in ("metric", "scale", "number")))


def _just_ended(silences: Sequence[Silence], rule: str, scope: Mapping[str, str], now_ms: int) -> str:
    for silence in silences:
        named = silence.rule in ("", rule) and all(scope.get(name) == value for name, value in silence.scope.items())
        if named and silence.ended and 0 <= now_ms - min(silence.to_ms, now_ms) <= JUST_MS and silence.matched_ms:
            return f"{silence.owner}, {silence.reason}"
    return ""
