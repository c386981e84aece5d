"""Words of the other language in what readers of one see. What may stand in both is listed, with why."""

import re
from html import unescape

from ewarn.words import Named, Said, into

UNITS = {"s", "ms", "km", "M", "P", "S", "MB", "MiB", "GiB", "Vs", "Vs30", "UTC"}
"""symbols, the same in every language: units (SI), magnitude, waves, a time zone"""
FIGURES = {"p50", "p90", "p95", "p99", "TCP", "TLS", "WebSocket", "JavaScript", "Python", "ID", "PDF", "CSV", "CPU"}
"""names of percentiles and of techniques, which Chinese engineers write so"""
NAMES = {"ewarn", "uring", "write", "veth", "DRILL", "commit", "Apache", "ECharts", "License"}
"""the program, engines as they are typed, the mark of a drill beside 演练, and who has drawn the outlines"""
CITED = {"GB", "T", "GB18306", "Qingzang", "Kanno", "Allen", "Worden", "Boore", "Atkinson", "et", "al", "Ms", "Mw"}
"""papers and standards as they are cited, zones and kinds of magnitudes as files have them"""
KEYS = {"Esc", "F"}
"""as they stand on a keyboard"""
DEGREES = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
"""of intensity"""
KEPT = UNITS | FIGURES | NAMES | CITED | KEYS | DEGREES
WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
ELEMENT = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
TOLD = re.compile(r'(<(?:\w+)(?: [^<>]*)? data-t="([^"]*)"[^<>]*>)([^<]*)')


def english(text, *also):
    """Words in Latin letters that are not kept; `also` are ids, paths and names of this one text."""
    own = {word for one in also for word in WORD.findall(one)}
    return sorted(set(WORD.findall(text)) - KEPT - own)


def chinese(text):
    """Chinese in a text for readers of English, but for the mark of a drill and the name of the language."""
    return sorted(set(CHINESE.findall(text.replace("DRILL 演练", "").replace("中文", ""))))


def spoken(line):
    """A line as readers of Chinese have it, which must know its words."""
    assert isinstance(line, Said | Named), line
    return into(line, "zh")


def visible(markup, words):
    """Texts of a page; `words(spelled)` says what stands in an element that names its words."""
    said = TOLD.sub(lambda found: f"{found[1]}{words(unescape(found[2]))}", markup)
    return unescape(ELEMENT.sub("\n", said))
