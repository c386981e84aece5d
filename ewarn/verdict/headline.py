"""A play in one sentence of plain words, from its verdict: who was warned, how early, and who could not be. Pure."""

from math import floor

from ewarn.verdict.document import Document, Lead, Warned
from ewarn.words import Said, chained, say

TENTHS_BELOW = 10
"""seconds and kilometres: less than this is said to a tenth"""


def headline(told: Document) -> Said:
    """In the words of every view. What casts doubt on the measurement is said first."""
    sentence = say("headline.end", _came(told.warned))
    if why := told.harness.cut_short:
        sentence = say("headline.cut-short", told.in_words(why), sentence)
    if reasons := told.harness.untrusted:
        sentence = say(
            "headline.untrusted", chained([told.in_words(reason) for reason in reasons], "figure.also"), sentence
        )
    return sentence


def due(warned: Warned) -> int:
    """Users to whom some warning was due, of a file of any version."""
    levels = sum(level.users for level in warned.by_level.values())
    return levels or warned.in_time + warned.late + warned.blind_zone + warned.missing


def _came(warned: Warned) -> str:
    if warned.blind_zone_km.theoretical is None:
        return say("headline.held-back" if warned.suppressed else "headline.nobody")
    if not due(warned):
        return say("headline.nobody-due")
    parts = [_in_time(warned), *_half(warned), *_zone(warned)]
    # Each of these says what else became of people, where it became of anybody.
    for fate, users in (("late", warned.late), ("missing", warned.missing), ("suppressed", warned.suppressed)):
        if users:
            parts.append(say(f"headline.{fate}", f"{users:,}"))
    return chained(parts, "figure.also")


def _in_time(warned: Warned) -> Said:
    asked, in_time = due(warned), warned.in_time
    if asked == 1:
        return say("headline.one" if in_time else "headline.not-one")
    others = warned.suppressed + warned.follows_none > 0
    if in_time == asked:
        return say("headline.all-due" if others else "headline.all", f"{asked:,}")
    if not in_time:
        return say("headline.none-due" if others else "headline.none", f"{asked:,}")
    return say("headline.some-due" if others else "headline.some", f"{in_time:,}", f"{asked:,}")


def _half(warned: Warned) -> list[Said]:
    """Nothing where half of them had no warning, or had it too late: the first part has said so."""
    if not (least := least_of_half(warned.lead_s)):
        return []
    return [say("headline.half" if due(warned) > 1 else "headline.one-had", least)]


def least_of_half(lead: Lead) -> str:
    """Seconds that half of the users had at the least, rounded down so that they had them; empty: they had none."""
    if lead.p50 is None or lead.p50 < 0.1:
        return ""
    return f"{floor(lead.p50)}" if lead.p50 >= TENTHS_BELOW else f"{floor(lead.p50 * 10 + 1e-6) / 10:.1f}"


def _zone(warned: Warned) -> list[Said]:
    km = warned.blind_zone_km.theoretical or 0.0
    said = f"{km:,.0f}" if km >= TENTHS_BELOW else f"{km:.1f}"
    if said == "0.0":
        return []
    return [say("headline.zone" if warned.blind_zone else "headline.empty-zone", said)]
