"""Names that stand in options, files and messages, from the registries that hold them."""

import inspect

from docs.generate.markdown import attribute_docs, code, prose, sentence, table, whole
from ewarn.dispatch.gates import TIERS, Gate, Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.gateway.engines import CHOICES
from ewarn.seismic.intensity import LEVEL_FROM, LEVELS, ZONES
from ewarn.seismic.magnitudes import MAGNITUDE_TYPES
from ewarn.system.happenings import Kind
from ewarn.verdict.checks import CHECKS
from ewarn.verdict.fate import Fate
from ewarn.words import languages

INTRO = "Names as they stand in options, files and messages, with what they mean. Codes are those in `ledger.npy`."

_GATES = attribute_docs(Gate)


def page() -> str:
    """The page."""
    return whole(
        "Names",
        INTRO,
        "## Orders\n\nWho is told first: `--order`, and `order` under `[gateway]`.",
        table(
            ["order", "who is told first"],
            [(f"[`{name}`](#{name})", order.about) for name, order in ORDERS.items()],
        ),
        *(f"### {name}\n\n{_paragraphs(order.score)}" for name, order in ORDERS.items()),
        "## Engines\n\nHow frames leave: `--engine`, and `engine` under `[gateway]`.",
        table(
            ["engine", "how frames leave", *_languages()],
            [(code(name), about, *_said("engine", name)) for name, about in CHOICES.items()],
        ),
        "## Checks\n\nOf a verdict, in `verdict.json` and in the table that a drill prints.",
        table(
            ["check", "what is measured", *_languages()],
            [
                (code(name), sentence(inspect.getdoc(check) or ""), *_said("check", name))
                for name, check in CHECKS.items()
            ],
        ),
        "## Fates\n\nWhat became of a user, or of a report for a user. `waiting` is only said while a play goes on.",
        table(
            ["fate", "meaning", "code", *_languages()],
            [
                (code(fate.key), _said("meaning", fate.key)[0], str(int(fate)), *_said("fate", fate.key))
                for fate in Fate
            ],
        ),
        "## What happened\n\nBeside reports: `kind` under `happened` in `verdict.json`; `{0}` is filled in.",
        table(
            ["kind", *_languages()],
            [(code(kind), *_said("happened", kind)) for kind in Kind],
        ),
        "## Gates\n\nWhat holds a report back from a user.",
        table(
            ["gate", "meaning", "code", *_languages()],
            [
                (
                    code(gate.name.lower()),
                    _GATES.get(gate.name, "nothing holds it back"),
                    str(int(gate)),
                    *_said("gate", gate.name.lower()),
                )
                for gate in Gate
            ],
        ),
        "## Tiers\n\nHow a client shows a report.",
        table(["tier", "from intensity"], zip(map(code, TIERS), _tiers(), strict=True)),
        "## Levels\n\nOf a warning at a place, by the intensity expected there.",
        table(
            ["level", "from intensity", "code", *_languages()],
            [
                (code(level), f"{low:g}" if low else "", str(at), *_said("level", level))
                for at, (level, low) in enumerate(zip(LEVELS, (0.0, *LEVEL_FROM), strict=True))
            ],
        ),
        "## Zones\n\nBy whose equations the ground shakes: `zone` of a quake file.",
        "\n".join(f"- {code(zone)}" for zone in ZONES),
        "## Kinds of magnitude\n\n`magnitude_type` of a quake file.",
        "\n".join(f"- {code(kind)}" for kind in MAGNITUDE_TYPES),
    )


def _languages() -> list[str]:
    """Their own names, for the heads of columns."""
    return [words["language.name"] for words in languages().values()]


def _said(section: str, name: str) -> list[str]:
    """A name as each language has it, English first; nothing where it needs no words."""
    return [words.get(f"{section}.{name}", "") for words in languages().values()]


def _paragraphs(thing: object) -> str:
    parts = (inspect.getdoc(thing) or "").split("\n\n")
    return "\n\n".join(prose(" ".join(part.split())) for part in parts)


def _tiers() -> list[str]:
    gates = Gates()
    return ["", f"{gates.notification:g}", f"{gates.alarm:g}"]
