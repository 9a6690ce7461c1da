"""The report as a page: whole in itself, the same in both languages, and never more sure than its numbers."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dashboards import handover_words
from dashboards.report import fit, words
from dashboards.report.numbers import FORMS
from dashboards.report.pictures import LONGEST, shortened
from dashboards.report.read import ChannelScore, Report, Sales, Span
from dashboards.report.story import story
from dashboards.report.write import HERE, html, markdown, pictures, target, write
from schemas.scales import SCALES
from streams.cli import report as command
from streams.edges.errors import FileError, UserError
from streams.pure.method.delta import ASPECTS
from streams.pure.method.evidence import Estimate
from streams.pure.method.report import Fit, Period, seven_steps
from tests.kit.method import points, rated, retailer_ratings

NASTY = "<b>till</b> | [x](y)"
VOID = {"meta", "br", "circle", "line", "polygon"}
IDEALS: dict[str, Any] = {"convenience": 10, "price": "as_it_is"}


def report(*, empty: bool = False) -> Report:
    """The worked example with the week before it, a nasty name, a hidden touchpoint, few answers in one channel."""
    nothing = Period({}, {}, None, {}, {})
    now = Period(
        {"price": 70, "brand": 30},
        retailer_ratings(),
        None,
        {("convenience", NASTY): points("rating-1-10", *[3] * 40)},
        {"EUR": 1_200.0},
    )
    before = replace(nothing, ratings={**retailer_ratings(), **rated(convenience=(4, 7, 9))}, sales={"EUR": 900.5})
    steps = seven_steps(nothing, nothing, {}) if empty else seven_steps(now, before, IDEALS, Fit(strategy=NASTY))
    scores = (
        ChannelScore("app", "csat", "csat-1-5", Estimate(60.0, 50.2, 69.1, 100), Estimate(90.0, 82.6, 94.5, 100)),
        ChannelScore("store", "nps", "nps-0-10", Estimate(100.0, 20.0, 100.0, 3), Estimate()),
    )
    return Report(
        Span(0, 3_600_000), Span(-3_600_000, 0), "", steps, {} if empty else IDEALS, () if empty else ("corner",),
        () if empty else scores, {} if empty else {"EUR": Sales(1_200.0, 900.5, 6, 5)}, (0, 0) if empty else (500, 400),
        5, None,
    )  # fmt: skip


class Reader(HTMLParser):
    """Follows the tags, and fails where one is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[tuple[str, str]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [f"{name}={value}" for name, value in attrs if name in ("src", "href", "srcset", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append((self.open[-1], data))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("empty", [False, True])
def test_the_page_is_whole_and_needs_nothing_from_anywhere(language: words.Language, empty: bool) -> None:
    """Every tag closed, one head and the steps in order, no address of any kind; its style is not garbled."""
    page = html(story(report(empty=empty), language))
    reader = read(page)
    w = words.Words(language)
    steps = [w(f"step_{number}") for number in range(1, 8)]
    assert reader.headings == [
        ("h1", w("title")), ("h2", w("short")), *(("h2", step) for step in steps), ("h2", w("scores")), ("h2", w("how"))
    ]  # fmt: skip
    assert reader.links == []
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img", page)
    assert (HERE / "page.css").read_text() in page


def test_a_name_is_text_wherever_it_stands() -> None:
    """Producers name touchpoints: no markup of theirs gets into the page, the text or a picture."""
    told = story(report(), "en")
    assert "<b>till" not in html(told)
    assert "&lt;b&gt;till" in html(told)
    text = markdown(told)
    assert r"\<b\>till\</b\> \| \[x\](y)" in text
    head, *_ = [line for line in text.splitlines() if line.startswith("| Touchpoint")]
    (row,) = [line for line in text.splitlines() if line.startswith(r"| \<b\>")]
    assert len(re.findall(r"(?<!\\)\|", row)) == head.count("|")


def test_every_picture_is_a_file_that_stands_by_itself_and_the_text_names_it() -> None:
    told = story(report(), "en")
    drawn = pictures(told)
    assert set(re.findall(r"\]\((report-[^)]+\.svg)\)", markdown(told))) == set(drawn)
    for svg in drawn.values():
        assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert "prefers-color-scheme:dark" in svg


def test_few_answers_are_grey_and_hollow_and_unknown_is_not_drawn() -> None:
    told = story(report(), "en")
    (figure,) = [figure for section in told.sections for figure in section.figures if figure.name == "8-nps-0-10"]
    row = figure.svg.partition("store")[2]
    assert re.findall(r'<circle[^>]*fill="(\w+|#\w+)"', row) == ["none"]
    assert 'class="quiet">○ +100.0<small>' in html(told)
    weighted = next(figure for figure in told.sections[3].figures)
    assert weighted.svg.count("unknown: no answers") == 5


def test_a_rise_of_what_nobody_wishes_for_is_no_good_news() -> None:
    """More experience is better; a higher expectation only rose."""
    now = Period({}, rated(price=(8, 9, 9)), None, {}, {})
    before = Period({}, rated(price=(7, 7, 9)), None, {}, {})
    steps = seven_steps(now, before, {})
    (table,) = story(replace(report(), steps=steps, sales={}), "en").sections[7].tables
    said = {row[1].text: (row[5].text, row[5].tone.value) for row in table.rows}
    assert said["Experience"] == ("▲ better, more than chance", "good")
    assert said["Expectation"] == ("↑ rose, more than chance", "plain")
    assert said["Satisfaction"] == ("▼ worse, more than chance", "bad")
    assert said["Importance"] == ("≈ within chance", "plain")


def test_sales_beside_it_with_what_they_rest_on() -> None:
    text = markdown(story(report(), "en"))
    assert "| EUR | 1,200 (6 purchases) | 900.50 (5 purchases) |" in text


@pytest.mark.parametrize("texts", [words.TEXTS, handover_words.TEXTS], ids=["report", "handover"])
def test_both_languages_say_the_same_with_the_same_numbers(texts: dict[str, tuple[str, str]]) -> None:
    for name, (english, chinese) in texts.items():
        fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (english, chinese)]
        assert fields[0] == fields[1], name
        assert not re.search("[\u4e00-\u9fff]", english), name


def test_every_name_of_the_contract_has_words() -> None:
    for name in (*ASPECTS, *(scale for scale in SCALES if scale.startswith(("csat", "ces", "nps")))):
        assert all(words.TEXTS[name]), name


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        ("satisfaction", -2.0, "−2.0"),
        ("satisfaction", 0.04, "0.0"),
        ("satisfaction", 1.25, "+1.2"),
        ("weighted", -18.0, "−18"),
        ("share", 0.7, "70"),
        ("experience", 5.0, "5.0"),
    ],
)
def test_a_number_is_written_as_people_read_it(form: str, value: float, text: str) -> None:
    """A true minus, a sign where it is a difference, and 0 without one."""
    assert FORMS[form].write(value) == text


def test_a_long_name_is_cut_also_in_wide_signs() -> None:
    assert shortened("x" * LONGEST) == "x" * LONGEST
    assert shortened("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
    assert shortened("触" * LONGEST) == "触" * (LONGEST // 2 - 1) + "…"


def test_a_file_or_a_folder(tmp_path: Path) -> None:
    """One name is one file of its kind; a folder holds both, with the pictures of the text."""
    told = story(report(), "en")
    assert write(told, tmp_path / "week.html") == [tmp_path / "week.html"]
    page, text, *drawn = write(told, tmp_path / "new" / "folder")
    assert (page.name, text.name) == ("report.html", "report.md")
    assert drawn
    assert all(path.exists() for path in drawn)
    assert target(Path("x.md"), None)[2] == "md"
    with pytest.raises(FileError, match=r"one html file and --format says md"):
        target(Path("x.html"), "md")
    with pytest.raises(FileError, match="cannot be written"):
        write(told, tmp_path / "week.html" / "below")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fit.yaml", "strategy: |\n  near\n\n  always\npeople: two more\nprocess:\n"),
        ("fit.md", "# Strategy\n\nnear\n\nalways\n\n## 人员\ntwo more\n"),
    ],
)
def test_the_fit_is_taken_from_a_small_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert fit.load(tmp_path / name) == Fit(strategy="near\n\nalways", people="two more")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("fit.yaml", "stratgy: x", "'stratgy' is none of strategy, people"),
        ("fit.yaml", "- x", "one text for each of"),
        ("fit.md", "hello", "before the first heading"),
        ("none.md", None, "cannot be read"),
    ],
)
def test_a_wrong_fit_file_is_a_sentence(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(FileError, match=said):
        fit.load(tmp_path / name)


def test_without_the_package_that_makes_the_page_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worker image has no boards."""
    for name in [name for name in sys.modules if name.startswith("dashboards.report.write")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UserError, match=r"needs the package jinja2: install touchpulse\[boards\]"):
        command.report(since="1d", out=tmp_path)
