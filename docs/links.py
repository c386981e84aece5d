"""Links of README, CHANGELOG and docs: `python -m docs.links` checks those within the tree, `--outside` the others."""

import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
PATIENCE_S = 20.0


class Link(NamedTuple):
    """A link or a picture of a page."""

    page: Path
    target: str


def pages() -> list[Path]:
    """All pages that people read."""
    found = (path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(found)]


def links(page: Path) -> Iterator[Link]:
    """Every link and picture of a page, in order."""
    for block in _tokens(page):
        for token in block.children or ():
            for name in ("href", "src"):
                if target := token.attrGet(name):
                    yield Link(page, str(target))


def is_outside(link: Link) -> bool:
    """Whether it leads out of the tree."""
    return bool(urlsplit(link.target).scheme)


def problem(link: Link) -> str | None:
    """What is wrong with a link within the tree, in words; None: it leads somewhere."""
    path, _, anchor = link.target.partition("#")
    page = (link.page.parent / unquote(path)).resolve() if path else link.page
    if not page.exists():
        return "no such file"
    if not page.is_relative_to(ROOT):
        return "outside of the project"
    if anchor and page.suffix == ".md" and unquote(anchor) not in anchors(page):
        return "no such heading"
    return None


@cache
def anchors(page: Path) -> frozenset[str]:
    """Anchors of a page's headings, as forges make them: small letters, words by dashes, the second with `-1`."""
    found: dict[str, int] = {}
    blocks = _tokens(page)
    names = set()
    for block, text in pairwise(blocks):
        if block.type == "heading_open":
            said = "".join(token.content for token in text.children or ())
            name = re.sub(r"[^\w\- ]", "", said.strip().lower()).replace(" ", "-")
            names.add(f"{name}-{found[name]}" if name in found else name)
            found[name] = found.get(name, 0) + 1
    return frozenset(names)


@cache
def _tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def _answer(target: str) -> str | None:
    """Why an outside link leads nowhere; None: something is there."""
    request = urllib.request.Request(target, headers={"User-Agent": "ewarn docs"})  # noqa: S310  # web pages alone
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S):  # noqa: S310
            return None
    except (urllib.error.URLError, OSError, ValueError) as error:
        return str(error)


def main(*, outside: bool) -> int:
    """Print what is wrong and how many were looked at; 1 where something is."""
    found = [link for page in pages() for link in links(page)]
    abroad = sorted({link.target for link in found if is_outside(link)})
    if outside:
        wrong = [f"{target}: {why}" for target in abroad if (why := _answer(target))]
    else:
        inside = ((link, problem(link)) for link in found if not is_outside(link))
        wrong = [f"{link.page.relative_to(ROOT)}: {link.target}: {why}" for link, why in inside if why]
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    looked_at = len(abroad) if outside else sum(not is_outside(link) for link in found)
    where = "to the outside" if outside else f"within the tree ({len(abroad)} to the outside: make docs-links)"
    sys.stdout.write(f"links: {looked_at} {where}, {len(wrong)} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(outside="--outside" in sys.argv[1:]))
