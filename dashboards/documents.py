"""The method and the glossary as pages of their own, for the links of the local page.

Why plain HTML and no page of NiceGUI: an address with a heading in it leads there at once, without a script.
"""

from __future__ import annotations

from importlib.resources import files

from markdown2 import markdown

PAGES = ("method", "glossary")
"""Of deploy/docs, served by the local page."""
STYLE = """
:root { color-scheme: light dark; }
body { font: 400 15px/1.6 system-ui, sans-serif; margin: 0; }
main { max-width: 76em; margin: 0 auto; padding: 1.5em; }
main > p, main > ul { max-width: 52em; }
pre, table { overflow-x: auto; display: block; }
pre { padding: 0.8em 1em; background: rgba(128, 136, 148, 0.14); border-radius: 8px; }
td, th { padding: 0.35em 1em 0.35em 0; text-align: left; vertical-align: top; }
:target { background: rgba(47, 127, 193, 0.18); }
"""


def page(name: str, language: str) -> str:
    """A page of deploy/docs as HTML of its own: `method` or `glossary`."""
    body = markdown(
        files("deploy").joinpath("docs", f"{name}.md").read_text(encoding="utf-8"),
        extras=["tables", "fenced-code-blocks", "header-ids"],
    )
    for other in PAGES:
        body = body.replace(f'href="{other}.md"', f'href="/{other}"')
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Touchpulse</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
