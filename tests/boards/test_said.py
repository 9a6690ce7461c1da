"""Words of rows and screens in the reader's language, alike on both screens."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import dashboards
from dashboards import charts, page, pictures, wall
from dashboards.alerts import ALERTS
from dashboards.channel import CHANNEL
from dashboards.colours import COLOURS
from dashboards.cost import COST
from dashboards.feed import SPANS
from dashboards.grafana import to_dict
from dashboards.grafana_panels import SAID_OF_NULL
from dashboards.key_experience import KEY_EXPERIENCE
from dashboards.lang import in_language
from dashboards.library import BOARDS
from dashboards.locations import LOCATIONS
from dashboards.overview import OVERVIEW
from dashboards.panel import Board, Panel, Picture, Tone
from dashboards.said import Rule, rules, said, spoken_words
from dashboards.zh.rows import ROWS, VALUES
from dashboards.zh.screens import SCREENS

CHINESE = [in_language(board, "zh") for board in BOARDS]
EACH = pytest.mark.parametrize("board", [pytest.param(board, id=board.uid) for board in CHINESE])


def chinese(board: Board, panel_id: int) -> Panel:
    return in_language(board, "zh").panel(panel_id)


@pytest.mark.parametrize(
    ("board", "panel_id", "column", "words", "shown"),
    [
        (KEY_EXPERIENCE, 2, "aspect", "convenience", "便利"),
        (KEY_EXPERIENCE, 2, "experience_shown", "unknown: no answers", "未知：没有回答"),
        (KEY_EXPERIENCE, 2, "gap_shown", "○ −5.0 (−6.1 to −3.9) · n 12", "○ −5.0 (−6.1 至 −3.9) · n 12"),
        (KEY_EXPERIENCE, 3, "name", "checkout", "checkout"),
        (CHANNEL, 5, "verdict", "too few answers", "回答太少"),
        (CHANNEL, 5, "interval", "79.0 to 84.9", "79.0 至 84.9"),
        (CHANNEL, 6, "comment", "went from bad to worse", "went from bad to worse"),
        (CHANNEL, 6, "comment", "hidden: fewer than 5 customers", "已隐藏：少于 5 位顾客"),
        (ALERTS, 6, "verdict", "noisy: 6.0x the median rule", "过多：规则中位数的 6.0 倍"),
        (ALERTS, 2, "state_shown", "firing, Kim has it, came back 2 times", "触发，Kim 在处理，反复 2 次"),
        (ALERTS, 2, "severity", "page", "通知"),
        (COST, 4, "shown", "3 kept · 1 at risk · 2 lost", "3 保留 · 1 有风险 · 2 流失"),
    ],
)
def test_fixed_words_are_said_in_chinese(board: Board, panel_id: int, column: str, words: str, shown: str) -> None:
    """A whole phrase is turned, with its numbers; names and sentences of people are not."""
    assert said(words, chinese(board, panel_id), column) == shown
    assert said(words, board.panel(panel_id), column) == words


def test_what_a_link_hands_on_stays_as_it_is() -> None:
    """Grafana hands on what it shows: a region in Chinese would be no choice of the board it leads to."""
    panel = chinese(LOCATIONS, 2)
    assert said("no region", panel, "name") == "no region"
    assert rules(panel, "name") == ()


def test_each_phrase_keeps_its_places() -> None:
    """The first # there is the first # here: both are filled in order."""
    listed = [*ROWS.items(), *(pair for words in VALUES.values() for pair in words.items())]
    assert [en for en, zh in listed if re.findall(r"[#*]", en) != re.findall(r"[#*]", zh)] == []


def test_each_phrase_is_said_by_some_panel() -> None:
    """One that no SQL can say any more is left over."""
    spoken = [spoken_words(panel.sql) for board in BOARDS for panel in board.panels]
    assert [en for en in ROWS if not any(set(re.findall(r"[A-Za-z]+", en)) <= words for words in spoken)] == []
    shown = {column.name for board in BOARDS for panel in board.panels for column in panel.columns}
    assert set(VALUES) <= shown | {"note"}  # of large numbers, which have no columns


@EACH
def test_grafana_shows_the_words_of_the_page_in_the_colour_of_the_tone(board: Board) -> None:
    """The first mapping that fits counts; its pattern stands between ^ and $, and $1 is filled in."""
    for panel, made in zip(board.panels, to_dict(board)["panels"], strict=True):
        found = {one["matcher"]["options"]: one["properties"] for one in made["fieldConfig"]["overrides"]}
        if panel.picture not in (Picture.STAT, Picture.MATRIX, Picture.SCATTER):
            same_words(panel, found)


def same_words(panel: Panel, found: dict[str, Any]) -> None:
    """Each phrase, in each column that may say it."""
    for column in panel.columns:
        if column.hidden or not column.in_words or not rules(panel, column.name):
            continue
        (listed,) = [one["value"] for one in found.get(column.name, ()) if one["id"] == "mappings"]
        for rule in rules(panel, column.name):
            words = sample(rule.phrase)
            text, colour = mapped(words, listed)
            assert text == said(words, panel, column.name)
            assert colour == COLOURS.get(pictures.tone_of(words, column.tones))


def sample(phrase: str) -> str:
    """A text of a phrase, as the SQL might say it."""
    return phrase.replace("#", "5").replace("*", "x")


def mapped(words: str, listed: list[dict[str, Any]]) -> tuple[str, str | None]:
    """(text, colour) as Grafana would show it."""
    for one in listed:
        if one["type"] == "regex" and (fits := re.fullmatch(one["options"]["pattern"], words)):
            result = one["options"]["result"]
            text = result.get("text")
            shown = words if text is None else fits.expand(text.replace("$", "\\"))
            return shown, result.get("color")
    return words, None


def test_a_phrase_that_begins_with_any_sign_keeps_the_tone_of_that_sign() -> None:
    """`○ 5.0 (4.0 to 6.0) · n 3` is grey in Chinese, too, and `5.0 (...)` is not."""
    made = {one["id"]: one for one in to_dict(in_language(KEY_EXPERIENCE, "zh"))["panels"]}[2]
    (listed,) = [
        one["value"]
        for override in made["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == "gap_shown"
        for one in override["properties"]
        if one["id"] == "mappings"
    ]
    assert mapped("○ 5.0 (4.0 to 6.0) · n 3", listed) == ("○ 5.0 (4.0 至 6.0) · n 3", COLOURS[Tone.QUIET])
    assert mapped("5.0 (4.0 to 6.0) · n 300", listed) == ("5.0 (4.0 至 6.0) · n 300", None)


def test_numbers_that_became_columns_are_named_in_chinese() -> None:
    """A stage is a value in the SQL and a heading in the matrix."""
    panel = chinese(CHANNEL, 4)
    made = {one["id"]: one for one in to_dict(in_language(CHANNEL, "zh"))["panels"]}[4]
    named = {one["matcher"]["options"]: one["properties"][0]["value"] for one in made["fieldConfig"]["overrides"]}
    assert named["After sale"] == "售后"
    row = {"row_name": "not named", "column_name": "After sale", "turn": 0, "net": 45.0, "net_lower": 30.0,
           "net_upper": 60.0, "cell": "▲ +45 now · n 40 · was +60"}  # fmt: skip
    html = pictures.matrix([row], panel)
    for words in ("未命名", "售后", "+45 现在", "n 40 · 之前 +60", "所示时间内 +45，95 % 区间 +30 至 +60"):
        assert words in html


def test_the_page_says_its_own_words_in_chinese() -> None:
    """Around the panels, in the cards and on the wall."""
    board = in_language(OVERVIEW, "zh")
    head = page.header(board, CHINESE, {}, "")
    assert ">渠道</a>" in head
    assert "aria-current=page>总览" in head
    assert "落后 90 秒" in page.stamp(1_795_000_000_000 - 90_000, 1_795_000_000_000, "zh")
    row = {
        "channel": "app", "question": "CES effort 1–5", "score": "no answers", "interval": "–", "n": 12, "trend": "–",
        "net": None, "evidence": "few answers", "worsening": 1, "bad_alerts": 2, "metric": "ces",
        "scale": "ces-effort-1-5", "value": None, "lower": None, "upper": None,
    }  # fmt: skip
    html = pictures.scores([row], {}, board.panel(3), lambda link, one: "/channel")
    for words in ("▼ 恶化", "CES 费力度 1–5", "没有回答", "2 条明显差评", "回答太少"):
        assert words in html
    assert "▼ 恶化" in wall.wall([row], board.panel(3))
    assert "没有回答" in str(charts.band([], from_ms=0, to_ms=1, unit="", language="zh")["tooltip"])


def test_every_text_of_the_screens_is_translated_and_none_is_left_over() -> None:
    """Texts that a screen says by itself stand in calls of `fixed`, or in a table of texts."""
    found = {SAID_OF_NULL, *(text for _, text, _ in SPANS), *(str(tone) for tone in Tone)}
    for path in Path(dashboards.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fixed":
                text = node.args[0]
                found |= {str(text.value)} if isinstance(text, ast.Constant) else set()
    assert sorted(found ^ set(SCREENS)) == []


def test_a_phrase_is_read_alike_by_both_screens() -> None:
    rule = Rule("# of # told, not *", "已通知 #/#，未通知：*")
    assert rule.pattern == "([^A-Za-z]*) of ([^A-Za-z]*) told, not (.*)"
    assert rule.filled("$") == "已通知 $1/$2，未通知：$3"
