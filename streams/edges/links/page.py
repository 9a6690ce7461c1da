"""What a link shows: the page in plain words, and what can be answered. No script, nothing from outside."""

from __future__ import annotations

from html import escape

from streams.edges.gateway.survey_page import STYLE as SURVEY_STYLE

LANGUAGES = ("en", "zh")
ANSWERS = ("acknowledge", "rebase", "useful", "useless")
ADAPT = ("worsening", "response")
"""Kinds of rules that judge by their own past; the others cannot be told that this is how it is now."""
MOST_NAME = 80
_WORDS = {
    "en": {
        "title": "Touchpulse alert",
        "who": "Your name",
        "acknowledge": "Acknowledge",
        "acknowledge_why": "I have it. Nothing is repeated while it stands.",
        "rebase": "This is how it is now",
        "rebase_why": "A change that stays: what is usual is learnt anew, and this alert ends.",
        "useful": "Useful",
        "useful_why": "It was right to tell me.",
        "useless": "Useless",
        "useless_why": "It was not worth telling me.",
        "board": "Look at the board",
        "other": "中文",
        "thanks_acknowledge": "Thank you, {who}: this alert is yours now.",
        "thanks_rebase": "Thank you, {who}: what is usual here is learnt anew.",
        "thanks_useful": "Thank you, {who}: noted as useful.",
        "thanks_useless": "Thank you, {who}: noted as useless.",
        "gone": "What this page said is no longer at hand; your answer is taken all the same.",
        "who_missing": "Please write your name, so that others know who has it.",
        "choose": "Please use one of the buttons.",
        "reopen": "This form was open for too long. Please send it again.",
        "again": "That did not work. Please send it again in a moment.",
        "slower": "That was many answers at once. Please wait a moment.",
        "bad_link": "This link is not valid. Please use the one on the page you got.",
        "over": "This link is over: links hold for seven days.",
    },
    "zh": {
        "title": "Touchpulse 告警",
        "who": "您的姓名",
        "acknowledge": "确认接手",
        "acknowledge_why": "由我处理。告警持续期间不再重复通知。",
        "rebase": "现在就是这样",
        "rebase_why": "变化将长期存在:重新学习平时水平,此告警结束。",
        "useful": "有用",
        "useful_why": "这条通知应该发给我。",
        "useless": "无用",
        "useless_why": "这条通知不值得发给我。",
        "board": "查看看板",
        "other": "English",
        "thanks_acknowledge": "谢谢,{who}:此告警已由您接手。",
        "thanks_rebase": "谢谢,{who}:将重新学习这里的平时水平。",
        "thanks_useful": "谢谢,{who}:已记为有用。",
        "thanks_useless": "谢谢,{who}:已记为无用。",
        "gone": "此通知的内容已不在手边;您的回答仍然有效。",
        "who_missing": "请填写姓名,以便他人知道由谁处理。",
        "choose": "请点击其中一个按钮。",
        "reopen": "页面打开时间过长,请再提交一次。",
        "again": "提交没有成功,请稍后再试。",
        "slower": "提交次数过多,请稍候。",
        "bad_link": "此链接无效,请使用您收到的通知中的链接。",
        "over": "此链接已过期:链接有效期为七天。",
    },
}
STYLE = (
    SURVEY_STYLE
    + """
.text{white-space:pre-line;overflow-wrap:anywhere}
input[type=text]{width:100%;font:inherit;color:inherit;background:transparent;border:2px solid var(--line);
border-radius:.5rem;padding:.5rem}
.hint{margin:.25rem 0 1rem}
button.plain{background:transparent;color:var(--go);border:2px solid var(--go)}
"""
)


def message(language: str, word: str, who: str = "") -> str:
    """A page that only says something; `word` names the sentence."""
    said = _WORDS[language][word].format(who=who)
    return _page(language, f'<h1 class="said" role="status">{escape(said)}</h1>')


def form(
    language: str,
    *,
    kind: str,
    headline: str,
    body: str,
    board_url: str,
    ticket: str,
    other_url: str,
    who: str = "",
    word: str = "",
) -> str:
    """The page with its buttons.

    Args:
        kind: of the rule; '' where it is not known.
        headline, body: as they were sent; '' where they are no longer at hand.
        ticket: hidden in the form.
        other_url: the same page in the other language.
        who: name written before.
        word: names a sentence that says what went wrong; '' for none.
    """
    words, other = _WORDS[language], "zh" if language == "en" else "en"
    alert = f'<p class="said" role="alert">{escape(words[word])}</p>' if word else ""
    board = f'<p><a href="{escape(board_url)}" rel="noreferrer">{escape(words["board"])}</a></p>' if board_url else ""
    buttons = "".join(
        f'<button type="submit" name="what" value="{what}" aria-describedby="{what}"'
        f"{'' if what == 'acknowledge' else ' class=plain'}>{escape(words[what])}</button>"
        f'<p class="hint" id="{what}">{escape(words[f"{what}_why"])}</p>'
        for what in ANSWERS
        if what != "rebase" or kind in ("", *ADAPT)
    )
    return _page(
        language,
        f'<nav><a href="{escape(other_url)}" lang="{other}" hreflang="{other}">{words["other"]}</a></nav>{alert}'
        f'<h1>{escape(headline or words["gone"])}</h1><p class="text">{escape(body)}</p>{board}'
        f'<form method="post"><label for="who">{escape(words["who"])}</label>'
        f'<input type="text" id="who" name="who" maxlength="{MOST_NAME}" autocomplete="name" required '
        f'value="{escape(who)}"><p class="hint"></p>'
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">{buttons}</form>',
    )


def _page(language: str, inner: str) -> str:
    code = {"en": "en", "zh": "zh-Hans"}[language]
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f'<meta name="robots" content="noindex"><title>{escape(_WORDS[language]["title"])}</title>'
        f"<style>{STYLE}</style></head><body><main>{inner}</main></body></html>"
    )
