"""The page's modules as one script: each in a function of its own, after those that it imports.

A page that is opened from disk can import nothing: browsers take every file for another origin. One script whose hash
the page's policy names lets no other run. What a module exports must be constant, since others get it by value.
"""

import re
from pathlib import Path

from ewarn import words

LANGUAGES = "languages.js"
PAGE = Path(__file__).parent.parent / "page"
OWN = Path(__file__).parent
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z0-9-]+\.js)";$', re.MULTILINE)
_BARE = re.compile(r'^import "\./([a-z0-9-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (async function\*?|function\*?|class|const) ([A-Za-z_$][\w$]*)", re.MULTILINE)
_LEFT = re.compile(r"^\s*(?:import\b(?!\()|export\b).*", re.MULTILINE)


def bundle(entry: str) -> str:
    """The script that runs the module `entry`. Raises ValueError for an import or export that it does not know."""
    done: dict[str, str] = {}
    _add(entry, done)
    parts = ['"use strict";', "{", "const modules = {};", *done.values(), "}"]
    return "\n".join(parts).replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _add(name: str, done: dict[str, str]) -> None:
    if name in done:
        return
    source = _source(name)
    for needed in [found[1] for found in _IMPORT.findall(source)] + _BARE.findall(source):
        _add(needed, done)
    done[name] = _wrapped(name, source)


def _source(name: str) -> str:
    if name == LANGUAGES:
        return words.module()
    own = OWN / name
    return (own if own.exists() else PAGE / name).read_text(encoding="utf-8")


def _wrapped(name: str, source: str) -> str:
    exported = [found[1] for found in _EXPORT.findall(source)]
    body = _IMPORT.sub(_taken, _BARE.sub("", source))
    body = _EXPORT.sub(r"\1 \2", body)
    if left := _LEFT.search(body):
        raise ValueError(f"{name}: cannot be inlined: {left.group().strip()}")
    return f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();'


def _taken(found: re.Match[str]) -> str:
    names, module = found.group(1).replace(" as ", ": "), found.group(2)
    return f'const {{{names}}} = modules["{module}"];'
