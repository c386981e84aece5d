"""Names that stand in options, files and messages, from the registries that hold them."""

import inspect
import re

from docs.generate.markdown import attribute_docs, code, prose, sentence, table, whole
from ewarn.dispatch.gates import TIERS, Gate, Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.gateway.engines import AUTO, ENGINES
from ewarn.seismic.intensity import LEVEL_FROM, LEVELS, ZONES
from ewarn.seismic.magnitudes import MAGNITUDE_TYPES
from ewarn.verdict.checks import CHECKS
from ewarn.verdict.fate import Fate
from ewarn.words import say

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
            ["engine", "what it does"],
            [
                (code(AUTO), f"the fastest that works on this machine: the first of {', '.join(ENGINES)}"),
                *((code(name), sentence(_module_or_own(engine))) for name, engine in ENGINES.items()),
            ],
        ),
        "## Checks\n\nOf a verdict, in `verdict.json` and in the table that a drill prints.",
        table(
            ["check", "what is measured", "in words"],
            [(code(name), sentence(look.__doc__ or ""), say(f"check.{name}")) for name, look in CHECKS.items()],
        ),
        "## Fates\n\nWhat became of a user, or of a report for a user. `waiting` is only said while a play goes on.",
        table(
            ["code", "fate", "in words", "meaning"],
            [(str(int(fate)), code(fate.key), say(f"fate.{fate.key}"), say(f"meaning.{fate.key}")) for fate in Fate],
        ),
        "## Gates\n\nWhat holds a report back from a user.",
        table(
            ["code", "gate", "meaning"],
            [
                (str(int(gate)), code(gate.name.lower()), _GATES.get(gate.name, "nothing holds it back"))
                for gate in Gate
            ],
        ),
        "## Tiers\n\nHow a client shows a report.",
        table(["tier", "from intensity"], zip(map(code, TIERS), _tiers(), strict=True)),
        "## Levels\n\nOf a warning at a place, by the intensity expected there.",
        table(
            ["code", "level", "from intensity"],
            [
                (str(at), code(level), f"{low:g}" if low else "")
                for at, (level, low) in enumerate(zip(LEVELS, (0.0, *LEVEL_FROM), strict=True))
            ],
        ),
        "## Zones\n\nBy whose equations the ground shakes: `zone` of a quake file.",
        "\n".join(f"- {code(zone)}" for zone in ZONES),
        "## Kinds of magnitude\n\n`magnitude_type` of a quake file.",
        "\n".join(f"- {code(kind)}" for kind in MAGNITUDE_TYPES),
    )


def _paragraphs(thing: object) -> str:
    parts = (inspect.getdoc(thing) or "").split("\n\n")
    return "\n\n".join(prose(" ".join(part.split())) for part in parts)


def _module_or_own(engine: object) -> str:
    """An engine's docstring; where its class says only how, its module's says what."""
    module = inspect.getmodule(engine)
    own = inspect.getdoc(engine) or ""
    said = (module and module.__doc__) or ""
    return re.sub(r"^The `\w+` engine: ", "", said) if said.startswith("The `") else own


def _tiers() -> list[str]:
    gates = Gates()
    return ["", f"{gates.notification:g}", f"{gates.alarm:g}"]
