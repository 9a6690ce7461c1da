"""Makes the files of a report: one page of HTML that needs nothing beside it, and Markdown with its pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import jinja2
from markupsafe import Markup

from dashboards.report.pictures import SVG
from dashboards.report.story import Story
from streams.edges.errors import FileError

Format = Literal["html", "md", "both"]
HERE = Path(__file__).parent
NAME = "report"
SUFFIXES: dict[str, Format] = {".html": "html", ".htm": "html", ".md": "md"}
_MARKS = re.compile(r"([\\`*_\[\]<>|#])")


def html(story: Story) -> str:
    """The page. Whatever a producer named a touchpoint stays text."""
    style = (HERE / "page.css").read_text(encoding="utf-8")
    return _render("page.html.j2", escaped=True, story=story, style=style)


def markdown(story: Story, stem: str = NAME) -> str:
    """The text. Its pictures are the files of `pictures` with the same stem."""
    return _render("page.md.j2", escaped=False, story=story, stem=stem)


def pictures(story: Story, stem: str = NAME) -> dict[str, str]:
    """SVG by the name of its file."""
    return {f"{stem}-{figure.name}.svg": figure.svg for section in story.sections for figure in section.figures}


def target(out: Path, wanted: Format | None) -> tuple[Path, str, Format]:
    """(folder, stem, format) of what is asked for: a name that ends in .html or .md is a file, any other a folder.

    Raises:
        FileError: the ending and the format contradict each other.
    """
    by_name = SUFFIXES.get(out.suffix.lower())
    if by_name is None:
        return out, NAME, wanted or "both"
    if wanted not in (None, by_name):
        raise FileError(
            f"--out {out} is one {by_name} file and --format says {wanted}: name a folder, or leave one out"
        )
    return out.parent, out.stem, by_name


def write(story: Story, out: Path, wanted: Format | None = None) -> list[Path]:
    """Writes the files, over those of an earlier report.

    Returns:
        Where: the pages first, then the pictures of the Markdown.
    Raises:
        FileError: as `target`; or they cannot be written.
    """
    folder, stem, form = target(out, wanted)
    texts: dict[str, str] = {}
    if form != "md":
        texts[f"{stem}{out.suffix if out.suffix in ('.html', '.htm') else '.html'}"] = html(story)
    if form != "html":
        texts |= {f"{stem}.md": markdown(story, stem), **pictures(story, stem)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"--out {out}: cannot be written: {error.strerror or error}") from None
    return [folder / name for name in texts]


def _render(name: str, *, escaped: bool, **values: object) -> str:
    room = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    room.filters |= {"md": _plain, "inline": _inline}
    return room.get_template(name).render(**values)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _inline(svg: str) -> Markup:
    """A picture that stands in a page: there it needs no name of its language, and the page then names no address."""
    return Markup(svg.replace(f' xmlns="{SVG}"', "", 1))
