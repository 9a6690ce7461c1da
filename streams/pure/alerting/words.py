"""Pages in plain words, English and Chinese.

Why `string.Template` and not a template language: a template comes from a file that anybody may edit, and fills in
names that producers chose. Here it can put values in and do nothing else; a name it does not know is found by
`rules check`, not at night.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from streams.pure.alerting.page import Page
from streams.pure.alerting.season import Calendar

METRICS = {"csat": "CSAT", "ces": "CES", "nps": "NPS"}

FIELDS = (
    "where", "metric", "value", "baseline", "unit", "lower", "upper", "n", "bad", "since", "until", "harm", "ahead",
    "contributors", "verdict", "cause", "members", "flaps", "runbook", "why", "rule", "comments", "notes",
)  # fmt: skip
"""What a template may put in."""

TEMPLATES: dict[str, dict[str, str]] = {
    "en": {
        "worsening": "$where: bad $metric answers rose from $baseline to $value",
        "level": "$where: $metric is $value, the goal is $baseline",
        "burn": "$where: bad $metric answers are at $value; the allowance lasts only at $baseline",
        "bad_answer": "$where: one customer answered $metric $value",
        "silent": "$where: nothing heard since $since; usually $baseline answers would have come",
        "response": "$where: $value of those asked do not answer, usually $baseline",
        "late": "Scores are late: nothing is certain after $since",
        "heartbeat": "Touchpulse is alive",
        "resolve": "Over: $where ($metric)",
        "body": "Since $since, $n answers, $bad of them bad ($lower to $upper). Harm so far: $harm bad experiences "
        "more than usual, $ahead more ahead. $contributors$verdict$members$flaps$comments$notes$why$runbook",
        "contributors": "Mostly: {}. ",
        "rate": "It got worse itself; the mix of customers is not the reason. ",
        "mix": "Other customers came: the parts themselves are as usual. ",
        "both": "Partly worse, partly another mix of customers. ",
        "members": "Affected: {}. ",
        "flaps": "It was over and came back {} times. ",
        "late_note": "Answers that come late may still change this. ",
        "shadow_note": "In shadow: nobody was paged. ",
        "repeat_note": "This may be a repeat of a page sent before. ",
        "silence_note": "A silence just ended: {}. ",
        "comments": "Customers wrote: {}. ",
        "runbook": "What to do: {}",
        "all": "all channels",
    },
    "zh": {
        "worsening": "$where:$metric 差评率从 $baseline 升至 $value",
        "level": "$where:$metric 为 $value,目标为 $baseline",
        "burn": "$where:$metric 差评率为 $value,超出额度所容许的 $baseline",
        "bad_answer": "$where:一位顾客给出 $metric $value",
        "silent": "$where:自 $since 起没有任何反馈;平时应有 $baseline 条",
        "response": "$where:受邀者中有 $value 未作答,平时为 $baseline",
        "late": "评分延迟:$since 之后的数据尚不确定",
        "heartbeat": "Touchpulse 运行正常",
        "resolve": "已恢复:$where($metric)",
        "body": "自 $since 起共 $n 条回答,其中 $bad 条差评(区间 $lower 至 $upper)。迄今多出 $harm 次不良体验,"
        "预计还会多出 $ahead 次。$contributors$verdict$members$flaps$comments$notes$why$runbook",
        "contributors": "主要来自:{}。",
        "rate": "体验本身变差,并非顾客构成变化所致。",
        "mix": "顾客构成变化所致,各部分本身与平时一样。",
        "both": "部分因体验变差,部分因顾客构成变化。",
        "members": "涉及:{}。",
        "flaps": "此前已恢复又复发 {} 次。",
        "late_note": "迟到的回答仍可能改变以上数字。",
        "shadow_note": "影子模式:未通知任何人。",
        "repeat_note": "这可能是此前已发送通知的重复。",
        "silence_note": "静默刚刚结束:{}。",
        "comments": "顾客留言:{}。",
        "runbook": "处理方法:{}",
        "all": "全部渠道",
    },
}
"""By language: a headline for each kind of rule, the body, and the phrases both are made of."""


class TemplateError(ValueError):
    """A template cannot be used. The text says what to mend."""


def checked(text: str) -> str:
    """The template, if it puts in only what there is.

    Raises:
        TemplateError: a `$name` that is not known, or a `$` that is no name.
    """
    template = Template(text)
    if not template.is_valid():
        raise TemplateError("a lone $ stands in it: write $$")
    for name in template.get_identifiers():
        if name not in FIELDS:
            raise TemplateError(f"${name} is not known: use one of {', '.join(FIELDS)}")
    return text


def told(
    page: Page, language: str = "en", calendar: Calendar | None = None, own: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """(headline, body) of a page, in local time.

    Args:
        own: templates that replace the built-in ones, by kind, `resolve` or `body`.
    """
    phrases = {**TEMPLATES[language], **(own or {})}
    values = _values(page, phrases, calendar or Calendar())
    headline = phrases["resolve"] if page.send == "resolve" else phrases.get(page.kind, phrases["worsening"])
    body = "" if page.kind in ("heartbeat", "late") else Template(phrases["body"]).safe_substitute(values)
    return Template(headline).safe_substitute(values), body.strip()


def _values(page: Page, phrases: Mapping[str, str], calendar: Calendar) -> dict[str, str]:
    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.0f} {page.unit}".strip() if page.unit == "%" else f"{value:.4g}"

    def listed(name: str, parts: list[str]) -> str:
        return phrases[name].format("; ".join(parts)) if parts else ""

    notes = [phrases["late_note"]] if page.late_may_change and page.kind != "late" else []
    notes += [phrases["shadow_note"]] if page.shadow else []
    notes += [phrases["repeat_note"]] if page.possibly_repeated else []
    notes += [phrases["silence_note"].format(page.silence_ended)] if page.silence_ended else []
    members = [_where(member.scope, phrases) for member in page.members]
    return {
        "where": page.cause or _where(page.scope, phrases),
        "metric": METRICS.get(page.metric, page.metric),
        "value": number(page.value), "baseline": number(page.baseline), "unit": page.unit,
        "lower": number(page.lower), "upper": number(page.upper), "n": f"{page.n:,}", "bad": f"{page.bad:,}",
        "since": f"{calendar.local(page.since_ms):%Y-%m-%d %H:%M}",
        "until": f"{calendar.local(page.until_ms):%H:%M}",
        "harm": f"{page.harm:.0f}", "ahead": f"{page.harm_ahead:.0f}",
        "contributors": listed(
            "contributors", [f"{part.name.replace('|', ' / ')} +{part.excess:.0f}" for part in page.contributors]
        ),
        "verdict": phrases.get(page.verdict, ""), "cause": page.cause, "members": listed("members", members),
        "flaps": phrases["flaps"].format(page.flaps) if page.flaps else "",
        "runbook": phrases["runbook"].format(page.runbook) if page.runbook else "",
        "why": f"{page.why} " if page.why else "", "rule": page.rule,
        "comments": listed("comments", page.comments), "notes": "".join(notes),
    }  # fmt: skip


def _where(scope: Mapping[str, str], phrases: Mapping[str, str]) -> str:
    return " / ".join(scope.values()) or phrases["all"]
