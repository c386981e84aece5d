"""A user is they: in the code, its comments, and the pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [
    path
    for folder in ("ewarn", "loadtests", "docs", "configs")
    for kind in ("py", "js", "html", "md", "toml", "c")
    for path in sorted((ROOT / folder).rglob(f"*.{kind}"))
    if "_build" not in path.parts
]
NOT_THEY = re.compile(r"\b(he|him|his|himself|she|hers?|herself)\b", re.IGNORECASE)


@pytest.mark.parametrize("folder", ["ewarn", "loadtests", "docs", "configs"])
def test_a_user_is_they(folder):
    files = [path for path in FILES if path.is_relative_to(ROOT / folder)]
    assert files
    found = {str(path): NOT_THEY.findall(path.read_text(encoding="utf-8")) for path in files}
    assert {path: words for path, words in found.items() if words} == {}
