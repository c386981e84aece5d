"""Colours of charts: on the page variables of `tokens.css`, which follow light and dark; on slides light values."""

import re
from pathlib import Path

TOKENS = Path(__file__).parent.parent / "page" / "tokens.css"
_COLOUR = re.compile(r"--([a-z-]+): (?:light-dark\()?(#[0-9a-f]{6})")
Palette = dict[str, str]
"""by token: what matplotlib draws with"""


def light() -> Palette:
    """The colours on white."""
    return dict(_COLOUR.findall(TOKENS.read_text(encoding="utf-8")))


def markers() -> Palette:
    """A colour a token that nothing else has, for `as_variables` to find."""
    return {name: f"#fe{number:02x}fd" for number, name in enumerate(light())}


def as_variables(svg: str) -> str:
    """The drawing with `var(--token)` where it has a marker; these stand in styles, where variables hold."""
    for name, marker in markers().items():
        svg = svg.replace(marker, f"var(--{name})")
    return svg
