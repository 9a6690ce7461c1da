"""The page that says how each number is computed: whole, and where every panel leads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards import page
from dashboards.documents import page as document
from dashboards.grafana import to_dict
from dashboards.library import BOARDS
from dashboards.method_doc import HEADINGS, PLACE, heading
from dashboards.panel import Board

ROOT = Path(__file__).parents[2]
METHOD, GLOSSARY = ROOT / PLACE, ROOT / "deploy/docs/glossary.md"
EACH = pytest.mark.parametrize("board", [pytest.param(board, id=board.uid) for board in BOARDS])


def anchors() -> set[str]:
    """Of the headings, as the sites that show Markdown make them."""
    titles = re.findall(r"^#+ (.+)$", METHOD.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@EACH
def test_every_panel_leads_to_how_its_number_is_computed(board: Board) -> None:
    """A new panel is added to dashboards/method_doc.py, a new number to deploy/docs/method.md."""
    assert set(HEADINGS.get(board.uid, {})) == {panel.id for panel in board.panels}
    assert {heading(board.uid, panel.id) for panel in board.panels} <= anchors()


@EACH
def test_both_screens_name_the_heading(board: Board) -> None:
    for panel, made in zip(board.panels, to_dict(board)["panels"], strict=True):
        anchor = heading(board.uid, panel.id)
        assert made["description"] == f"{panel.question}\n\nHow computed: {PLACE}#{anchor}"
        assert f'href="/method#{anchor}"' in page.panel_head(panel, {}, anchor)


def test_every_formula_is_on_the_page() -> None:
    """A number without an explanation is not believed."""
    pure = ROOT / "streams" / "pure"
    formulas = [pure / "scores.py", pure / "intervals.py", *(pure / "method").glob("[!_]*.py")]
    text = METHOD.read_text()
    assert [path.name for path in formulas if f"`{path.relative_to(ROOT)}`" not in text] == []


@pytest.mark.parametrize("where", [METHOD, GLOSSARY], ids=lambda path: path.stem)
def test_every_file_named_is_there(where: Path) -> None:
    named = set(re.findall(r"`((?:streams|dashboards|schemas)/[\w/.]*)`", where.read_text()))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_local_page_serves_both_with_the_same_headings() -> None:
    """A link from a panel lands on its heading."""
    html = document("method", "en")
    assert {name for names in HEADINGS.values() for name in names.values()} <= set(re.findall(r'id="([^"]+)"', html))
    assert 'href="/glossary"' in html
    assert "负面体验代价" in document("glossary", "zh")
    assert 'href="/method"' in document("glossary", "zh")
