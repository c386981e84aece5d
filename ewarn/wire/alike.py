"""Words of a centre that every reader reads alike. Pure.

They go out to all clients as they came, and clients are of many makes. Of a key that stands twice, one reader takes the
first and another the last (RFC 8259, section 4). A time without a zone is local time to JavaScript (ECMA-262, section
21.4.1.32): eight hours off on a phone in China. So what could be read in two ways is refused, signed or not.
"""

import json
import re

from ewarn.errors import InputError, quoted

GATEWAYS_OWN = ("places", "tier", "signature")
"""keys that the gateway writes behind the words"""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""RFC 3339, section 5.6, in capitals: of all that Python takes for a time, what others do too"""


def check_alike(words: bytes) -> None:
    """Raise InputError, naming the key, where a JSON object without its end could be read in two ways."""
    said = json.loads(words + b"}", object_pairs_hook=_each_once)
    for key in GATEWAYS_OWN:
        if key in said:
            raise InputError(f"{key}: stands before places, where it is the gateway's to say")


def check_instant(key: str, text: str) -> None:
    """Raise InputError for a time that not everybody reads alike."""
    if not INSTANT.fullmatch(text):
        raise InputError(f"{key}: expected a time such as 2026-01-01T00:00:00.000Z, got {quoted(text)}")


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"{quoted(key)[1:-1]}: stands twice before places")
        found[key] = value
    return found
