"""The survey page's words and HTML: one question, no script, readable by anyone and any machine that reads aloud."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from schemas.catalogue import Survey
from schemas.scales import SCALES

LANGUAGES = ("en", "zh")

_QUESTIONS = {
    "csat": {"en": "How satisfied were you with us today?", "zh": "您对我们今天的服务满意吗？"},
    "ces-ease": {"en": "How easy was it to get this done?", "zh": "办理这件事容易吗？"},
    "ces-effort": {"en": "How much effort did it take you?", "zh": "办理这件事您花了多大力气？"},
    "ces-agreement": {
        "en": "Do you agree: the company made it easy for me?",
        "zh": "您是否同意：贵公司让我轻松地办好了事情？",
    },
    "nps": {
        "en": "How likely are you to recommend us to a friend?",
        "zh": "您有多大可能向朋友推荐我们？",
    },
}
_ENDS = {
    "csat": {"en": ("very dissatisfied", "very satisfied"), "zh": ("非常不满意", "非常满意")},
    "ces-ease": {"en": ("very difficult", "very easy"), "zh": ("非常困难", "非常容易")},
    "ces-effort": {"en": ("very little", "very much"), "zh": ("非常少", "非常多")},
    "ces-agreement": {"en": ("strongly disagree", "strongly agree"), "zh": ("非常不同意", "非常同意")},
    "nps": {"en": ("not at all likely", "very likely"), "zh": ("完全不可能", "非常可能")},
}
_WORDS = {
    "en": {
        "title": "Your opinion",
        "comment": "Anything you want to tell us (optional)",
        "private": "Please write no names, addresses or numbers.",
        "send": "Send",
        "other": "中文",
        "thanks": "Thank you! Your answer has arrived.",
        "already": "You have answered already; your first answer counts. Thank you!",
        "choose": "Please choose one of the numbers.",
        "again": "That did not work. Please send it again.",
        "slower": "That was very quick. Please wait a moment and send it again.",
        "reopen": "This page was open for too long. Please answer again.",
        "bad_link": "This link is not valid. Please scan the code again.",
        "over": "This survey is over. Thank you!",
    },
    "zh": {
        "title": "您的意见",
        "comment": "您还想告诉我们什么？（可不填）",
        "private": "请不要填写姓名、地址或号码。",
        "send": "提交",
        "other": "English",
        "thanks": "谢谢！我们已收到您的回答。",
        "already": "您已经回答过了，以第一次回答为准。谢谢！",
        "choose": "请选择一个数字。",
        "again": "提交没有成功，请再试一次。",
        "slower": "提交太快了，请稍等片刻再提交。",
        "reopen": "页面打开时间过长，请重新回答。",
        "bad_link": "此链接无效，请重新扫码。",
        "over": "此调查已结束。谢谢！",
    },
}
STYLE = """
:root{color-scheme:light dark;--ink:#1b1b1f;--paper:#fff;--soft:#5b5b66;--line:#8a8a96;--go:#0b57d0;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--paper:#141418;--soft:#b4b4c0;--line:#83838f;--go:#8ab4f8;--on:#10131a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.4rem;margin:0}
fieldset{border:0;margin:0;padding:0}
legend{font-size:1.4rem;font-weight:600;padding:0;margin-bottom:1rem}
.points{display:flex;flex-wrap:wrap;gap:.5rem}
.points label{flex:1 0 3rem;display:flex;flex-direction:column;align-items:center;gap:.25rem;min-height:3.5rem;
padding:.5rem;border:2px solid var(--line);border-radius:.5rem;cursor:pointer}
.points input{width:1.5rem;height:1.5rem;accent-color:var(--go)}
.points label:has(:checked){border-color:var(--go)}
.ends{display:flex;justify-content:space-between;gap:1rem;color:var(--soft);margin:.5rem 0 1.5rem}
textarea{width:100%;font:inherit;color:inherit;background:transparent;border:2px solid var(--line);border-radius:.5rem;
padding:.5rem}
.hint{color:var(--soft);font-size:1rem;margin:.25rem 0 1rem}
button{font:inherit;font-weight:600;width:100%;padding:.75rem;border:0;border-radius:.5rem;background:var(--go);
color:var(--on);cursor:pointer}
:focus-visible{outline:3px solid var(--go);outline-offset:2px}
nav{text-align:end;margin-bottom:1rem}
a{color:var(--go)}
.said{border-inline-start:.3rem solid var(--go);padding-inline-start:.75rem}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What was chosen so far, put back into a page that is shown again."""

    score: str = ""
    comment: str = ""


NOTHING_SAID = Said()


def kind_of(scale: str) -> tuple[str, dict[str, str]]:
    """Kind of event and the fields that tell a scale: `ces-ease-1-5` is a ces of direction ease on 1-5."""
    kind, _, rest = scale.partition("-")
    if kind == "nps":
        return kind, {}
    if kind == "csat":
        return kind, {"scale": rest}
    direction, _, points = rest.partition("-")
    return kind, {"direction": direction, "scale": points}


def message(language: str, word: str) -> str:
    """A page that only says something; `word` names the sentence."""
    words = _WORDS[language]
    return _page(language, f'<h1 class="said" role="status">{escape(words[word])}</h1>')


def form(
    survey: Survey, language: str, other_url: str, *, ticket: str = "", word: str = "", said: Said = NOTHING_SAID
) -> str:
    """The page with the question.

    Args:
        survey: what is asked.
        language: en or zh.
        other_url: the same page in the other language.
        ticket: hidden in the form.
        word: names a sentence that says what went wrong; '' for none.
        said: what was chosen before.
    """
    words = _WORDS[language]
    scale = SCALES[survey.scale]
    about = survey.scale.partition("-")[0]
    if about == "ces":
        about = survey.scale.rsplit("-", 2)[0]
    question = survey.question.get(language) or _QUESTIONS[about][language]  # type: ignore[call-overload]  # en or zh
    low, high = _ENDS[about][language]
    points = []
    for point in range(scale.low, scale.high + 1):
        end = low if point == scale.low else high if point == scale.high else ""
        label = f' aria-label="{point}: {escape(end)}"' if end else ""
        checked = " checked" if said.score == str(point) else ""
        points.append(
            f'<label><input type="radio" name="score" value="{point}" required{label}{checked}>'
            f'<span aria-hidden="true">{point}</span></label>'
            if end
            else f'<label><input type="radio" name="score" value="{point}" required{checked}>{point}</label>'
        )
    alert = f'<p class="said" role="alert">{escape(words[word])}</p>' if word else ""
    other = "zh" if language == "en" else "en"
    return _page(
        language,
        f'<nav><a href="{escape(other_url)}" lang="{other}" hreflang="{other}">{words["other"]}</a></nav>{alert}'
        f'<form method="post"><fieldset><legend>{escape(question)}</legend>'
        f'<div class="points">{"".join(points)}</div>'
        f'<div class="ends" aria-hidden="true"><span>{escape(low)}</span><span>{escape(high)}</span></div></fieldset>'
        f'<label for="comment">{escape(words["comment"])}</label>'
        f'<textarea id="comment" name="comment" rows="3" maxlength="1000" aria-describedby="private">'
        f"{escape(said.comment)}</textarea>"
        f'<p class="hint" id="private">{escape(words["private"])}</p>'
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
        f'<button type="submit">{escape(words["send"])}</button></form>',
    )


def _page(language: str, inner: str) -> str:
    code = {"en": "en", "zh": "zh-Hans"}[language]
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(_WORDS[language]['title'])}</title><style>{STYLE}</style></head>"
        f"<body><main>{inner}</main></body></html>"
    )
