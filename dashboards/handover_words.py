"""The last shift in ten lines, English or Chinese: one sentence each, with its number and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dashboards.handover import Handover
from dashboards.report.words import Language
from streams.edges.alert_records import Episode, SilenceTold
from streams.pure.method.evidence import FEW, Estimate

NAMED = 3
"""Alerts, silences, producers named in a line; the rest is counted."""
LONGEST = 60
"""Letters of a text that others wrote, such as an error."""
FRESH_MS = 60_000
"""Counted to within this of now is up to date."""

TEXTS: Mapping[str, tuple[str, str]] = {
    "shift": (
        "Shift: {from_} to {to} UTC, answers to CSAT, CES and NPS {n}, channels {channels}.",
        "班次：{from_} 至 {to}（UTC），{channels} 个渠道共 {n} 条 CSAT、CES、NPS 回答。",
    ),
    "worst": (
        "Worst channel: {channel}, net experience {now}; {change}.",
        "最差渠道：{channel}，净体验 {now}；{change}。",
    ),
    "worst_none": ("Worst channel: nobody answered.", "最差渠道：无人回答。"),
    "change": (
        "{change} points against {before} in as long before, {verdict}",
        "较此前同等时长的 {before} 变化 {change} 分，{verdict}",
    ),
    "beyond": ("more than chance", "超出偶然"),
    "chance": ("within chance", "属偶然范围"),
    "no_change": ("nobody answered in as long before", "此前同等时长内无人回答"),
    "few": ("too few to say", "回答过少，无法判断"),
    "fired": (
        "Alerts fired: pages {pages}, tickets {tickets}, held back {held}; of all of them over by now: {over}.",
        "触发的警报：紧急通知 {pages}，工单 {tickets}，未发送 {held}；其中已结束 {over}。",
    ),
    "stand": ("Alerts that stand: {n}: {named}.", "仍在持续的警报：{n} 个：{named}。"),
    "stand_none": ("Alerts that stand: none.", "仍在持续的警报：无。"),
    "has": ("{who} has it", "{who} 已接手"),
    "nobody": ("nobody has it", "无人接手"),
    "held": ("held: {why}", "未发送：{why}"),
    "quiet": ("Silences in force: {n}: {named}.", "生效中的静默：{n} 个：{named}。"),
    "quiet_none": ("Silences in force: none.", "生效中的静默：无。"),
    "quiet_one": ("{place} until {until} UTC by {owner}", "{place} 至 {until}（UTC），由 {owner}"),
    "all": ("everything", "全部"),
    "pages": ("Pages not through: {n}: {named}.", "未送达的通知：{n} 个：{named}。"),
    "pages_none": ("Pages not through: none.", "未送达的通知：无。"),
    "pages_one": ("{n} to {receiver}, {tries} tries{trouble}", "{receiver} {n} 个，尝试 {tries} 次{trouble}"),
    "said": (
        "Said most in bad answers: {named}; of {n} bad answers with words.",
        "差评中最常提到：{named}；共 {n} 条带文字的差评。",
    ),
    "said_none": (
        "Said most in bad answers: nothing that enough customers named.",
        "差评中最常提到：没有足够多的顾客提到同一内容。",
    ),
    "said_one": ("{term} ({n})", "{term}（{n}）"),
    "producers": (
        "Producers: {n} heard; silent: {gone}; refused: {refused}.",
        "数据来源：收到 {n} 个；沉默：{gone}；被拒：{refused}。",
    ),
    "refused_one": ("{n} of {producer} ({why})", "{producer} {n} 条（{why}）"),
    "none": ("none", "无"),
    "complete": ("Data: {heard}, {account}.", "数据：{heard}，{account}。"),
    "heard": ("every source counted until {at} UTC", "各来源已统计至 {at}（UTC）"),
    "behind": ("a source is behind, counted until {at} UTC only", "有来源滞后，仅统计至 {at}（UTC）"),
    "unheard": ("nothing heard in a day", "一天内没有任何数据"),
    "adds_up": ("{n} records add up", "{n} 条记录核对无误"),
    "missing": (
        "{missing} of {n} records MISSING: touchpulse reconcile",
        "{n} 条记录中缺失 {missing} 条：touchpulse reconcile",
    ),
    "revised": (
        "Revisions: slices of history changed: {slices}; answers {answers}, bad ones {bad}.",
        "修订：历史中 {slices} 个时段有变；回答 {answers}，差评 {bad}。",
    ),
    "revised_none": ("Revisions: none.", "修订：无。"),
    "more": (" and {n} more", "，另有 {n} 个"),
    "comma": (", ", "，"),
    "semicolon": ("; ", "；"),
}
"""(English, Chinese) by what is said."""


def lines(found: Handover, language: Language) -> list[str]:
    """Ten lines, in the order in which somebody who takes over asks."""
    w = _Words(language)
    return [
        _shift(found, w),
        _worst(found, w),
        w("fired", **{name: found.fired[name] for name in ("pages", "tickets", "over")}, held=found.fired["held_back"]),
        w.listed("stand", [_alert(one, w) for one in found.stands]),
        w.listed("quiet", [_silence(one, w) for one in found.quiet]),
        _pages(found, w),
        _said(found, w),
        _producers(found, w),
        _data(found, w),
        _revised(found, w),
    ]


def clock(at_ms: int) -> str:
    """A moment to the minute; UTC."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


class _Words:
    def __init__(self, language: Language) -> None:
        self._place = int(language == "zh")

    def __call__(self, name: str, /, **values: object) -> str:
        return TEXTS[name][self._place].format(**values)

    def some(self, named: Sequence[str]) -> str:
        """The first of them, and how many more there are."""
        more = self("more", n=len(named) - NAMED) if len(named) > NAMED else ""
        return self("semicolon").join(named[:NAMED]) + more

    def listed(self, name: str, named: Sequence[str]) -> str:
        """A line of what there is, or that there is none."""
        return self(name, n=len(named), named=self.some(named)) if named else self(f"{name}_none")


def _shift(found: Handover, w: _Words) -> str:
    ends = {"from_": clock(found.from_ms), "to": clock(found.to_ms)}
    return w("shift", **ends, n=f"{found.answers:,}", channels=len(found.channels))


def _worst(found: Handover, w: _Words) -> str:
    if not found.channels:
        return w("worst_none")
    one = found.channels[0]
    if one.change.value is None:
        change = w("no_change")
    else:
        few = one.change.n < FEW
        verdict = w("few" if few else "beyond" if one.moved else "chance")
        change = w("change", change=_points(one.change.value), before=_net(one.before), verdict=verdict)
    return w("worst", channel=one.channel, now=_net(one.now), change=change)


def _net(number: Estimate) -> str:
    if number.value is None:
        return "–"
    few = "○ " if number.n < FEW else ""
    ends = ""
    if number.lower is not None and number.upper is not None:
        ends = f"{_points(number.lower)}…{_points(number.upper)}, "
    return f"{few}{_points(number.value)} ({ends}n {number.n:,})"


def _points(value: float) -> str:
    text = f"{value:+.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _alert(one: Episode, w: _Words) -> str:
    held = w("held", why=one.held) if one.held else w("has", who=one.who) if one.who else w("nobody")
    return f"{one.severity} {one.place} {one.rule} (n {one.n:,}; {held})"


def _silence(one: SilenceTold, w: _Words) -> str:
    of = " ".join(part for part in (one.place if one.scope else "", one.rule) if part) or w("all")
    return w("quiet_one", place=of, until=clock(one.to_ms), owner=one.owner)


def _pages(found: Handover, w: _Words) -> str:
    if not found.not_through:
        return w("pages_none")
    named = [
        w(
            "pages_one",
            n=row["pages"],
            receiver=row["receiver"],
            tries=row["most_tries"],
            trouble=w("comma") + _short(row["trouble"]) if row["trouble"] else "",
        )
        for row in found.not_through
    ]
    return w("pages", n=sum(row["pages"] for row in found.not_through), named=w.some(named))


def _said(found: Handover, w: _Words) -> str:
    if not found.said:
        return w("said_none")
    named = [w("said_one", term=row["term"], n=row["now"]) for row in found.said]
    return w("said", named=w("comma").join(named), n=f"{found.said[0]['n_now']:,}")


def _producers(found: Handover, w: _Words) -> str:
    refused = [
        w("refused_one", n=f"{row['refused']:,}", producer=row["producer"], why=row["mostly"]) for row in found.refused
    ]
    return w("producers", n=found.producers, gone=w.some(found.gone) or w("none"), refused=w.some(refused) or w("none"))


def _data(found: Handover, w: _Words) -> str:
    if found.counted_ms is None:
        heard = w("unheard")
    else:
        late = found.counted_ms < found.to_ms - FRESH_MS
        heard = w("behind" if late else "heard", at=clock(found.counted_ms))
    missing, n = found.account["all_wrong"], f"{found.account['all_offsets']:,}"
    account = w("missing", missing=f"{missing:,}", n=n) if missing else w("adds_up", n=n)
    return w("complete", heard=heard, account=account)


def _revised(found: Handover, w: _Words) -> str:
    revised = found.revised
    if not revised["bars"]:
        return w("revised_none")
    return w(
        "revised",
        slices=f"{revised['slices']:,}",
        answers=f"{revised['answers']:+,}",
        bad=f"{revised['bad_answers']:+,}",
    )


def _short(text: str) -> str:
    """A text that others wrote, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
