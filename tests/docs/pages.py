"""Blocks of code in the pages that people read."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from docs.links import ROOT, pages

PAGES = pages()
COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: Path
    line: int
    language: str
    text: str
    comment: str
    """what stands in an HTML comment right before it"""

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, language: str | None = None) -> list[Block]:
    """Of a page, in order; all, or those of a language."""
    found, comment = [], ""
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            line = (token.map or [0])[0] + 1
            found.append(Block(page, line, token.info.strip(), token.content, comment))
        said = COMMENT.fullmatch(token.content.strip()) if token.type == "html_block" else None
        comment = said[1] if said else ""
    return [block for block in found if language in (None, block.language)]


def run(found: list[Block]) -> dict[str, Any]:
    """Run blocks of Python as one program; what it defined."""
    names: dict[str, Any] = {}
    for block in found:
        exec(compile(block.text, block.name, "exec"), names)  # noqa: S102  # the pages are ours
    return names


def name_of(page: Path) -> str:
    """As pytest shows it."""
    return str(page.relative_to(ROOT))
