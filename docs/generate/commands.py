"""Every verb and option, from click."""

import re
from collections.abc import Iterator
from typing import Any

import click

from docs.generate.markdown import between, code, fence, number, prose, table, whole
from ewarn.cli import GROUPS, VERBS, main

INTRO = """Every verb prints its own help: `ewarn VERB --help`. Results go to stdout, everything else to stderr.
[Exit codes](exit-codes.md) say how a command ended."""
PARAGRAPH = "\b\n"
"""begins a paragraph of help that click leaves as it is"""


def parts() -> Iterator[str]:
    """The parts of the page."""
    yield INTRO
    verbs = list(_verbs(main, click.Context(main, info_name="ewarn")))
    for purpose, group in GROUPS.items():
        yield f"**{purpose}**"
        yield table(
            ["verb", "what it does"],
            [
                (f"[`{path}`](#{path.replace(' ', '-')})", verb.get_short_help_str(200))
                for path, verb, _ in verbs
                if path.split()[1] in {one.name for one in group}
            ],
        )
    for path, verb, context in verbs:
        yield from _verb(path, verb, context)


def page() -> str:
    """The page."""
    return whole("Commands", *parts())


def _verbs(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Those of a group, and of groups in it: of the program in the order of work, else in that of the alphabet."""
    names = group.list_commands(context)
    if group is main:
        names = [str(verb.name) for verb in VERBS]
    for name in names:
        verb = group.get_command(context, name)
        if verb is None or verb.hidden:
            continue
        within = click.Context(verb, parent=context, info_name=name)
        yield within.command_path, verb, within
        if isinstance(verb, click.Group):
            yield from _verbs(verb, within)


def _verb(path: str, verb: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {path}"
    yield code(" ".join([path, *verb.collect_usage_pieces(context)]))
    yield _help(verb.help or "")
    told = [
        one for one in verb.to_info_dict(context)["params"] if not one.get("hidden") and "--help" not in one["opts"]
    ]
    rows = [
        (code(", ".join(one["opts"])), _meaning(one), _value(one), _default(one))
        for one in told
        if one["param_type_name"] == "option"
    ]
    if rows:
        yield table(["option", "meaning", "value", "default"], rows)
    if verb.epilog:
        title, _, example = verb.epilog.removeprefix(PARAGRAPH).partition("\n")
        yield f"{title}\n\n<!-- not run: it stands in the help, and its options are parsed -->\n\n" + fence(
            re.sub(r"(?m)^ {2}", "", example), "sh"
        )


def _help(text: str) -> str:
    """Help as paragraphs; what click leaves as it is stays so."""
    parts = []
    for part in text.replace("\f", "").strip().split("\n\n"):
        as_it_is = part.startswith("\b")
        parts.append(fence(part.removeprefix(PARAGRAPH)) if as_it_is else prose(" ".join(part.split())))
    return "\n\n".join(parts)


def _value(one: dict[str, Any]) -> str:
    """What an option takes, in words."""
    kind = one["type"]
    if one["is_flag"] or one["count"]:
        return ""
    if choices := kind.get("choices"):
        said = ", ".join(code(choice) for choice in choices)
    elif "min" in kind:
        said = " ".join([_names(kind["name"]), _range(kind)]).strip()
    else:
        said = _names(kind["name"])
    return said + (", may be repeated" if one["multiple"] else "")


def _names(kind: str) -> str:
    return {"integer": "whole number", "integer range": "whole number", "float": "number", "float range": "number"}.get(
        kind, kind
    )


def _range(kind: dict[str, Any]) -> str:
    low, high = kind["min"], kind["max"]
    return between(
        None if kind["min_open"] else low,
        None if kind["max_open"] else high,
        low if kind["min_open"] else None,
        high if kind["max_open"] else None,
    )


def _default(one: dict[str, Any]) -> str:
    value = one["default"]
    if one["required"]:
        return "required"
    if one["is_flag"] or one["multiple"] or not isinstance(value, int | float | str) or isinstance(value, bool):
        return ""
    if one["type"].get("choices") and value == ",".join(one["type"]["choices"]):
        return "all"
    return code(value if isinstance(value, str) else number(value, ""))


def _meaning(one: dict[str, Any]) -> str:
    return str(one["help"] or "").replace("  [required]", "")
