"""How Sphinx builds these pages: `make docs`."""

from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

project = "ewarn"
author = "the ewarn project"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
root_doc = "index"
language = "en"
smartquotes = False  # or `--users` would turn into a dash
myst_heading_anchors = 4  # the anchors that a forge gives to headings
html_theme = "furo"
html_title = "ewarn"
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["pages.css"]

CONTENTS = (
    ("Tutorial", "tutorial/*"),
    ("中文", "zh"),
    ("How to", "howto/*"),
    ("Reference", "reference/*"),
    ("Examples", "examples/*"),
    ("Explanation", "explanation/*"),
    ("The project", "*"),
)
"""the side bar: a heading, and the pages under it; a page is where it is found first"""


def _contents() -> str:
    """The table of contents as Sphinx wants it. It is put in here so that a forge shows the front door without it."""
    parts, listed = [], {root_doc}
    for caption, pattern in CONTENTS:
        pages = sorted(path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.glob(f"{pattern}.md"))
        if found := [page for page in pages if page not in listed]:
            listed.update(found)
            parts.append("\n".join([f"```{{toctree}}\n:hidden:\n:caption: {caption}\n", *found, "```"]))
    return "\n\n".join(["", *parts, ""])


def _with_contents(_app: Any, page: str, source: list[str]) -> None:
    if page == root_doc:
        source[0] += _contents()


def setup(app: Any) -> None:
    """What Sphinx calls first."""
    app.connect("source-read", _with_contents)
