"""Reads what configs/deploy has: units, the Dockerfile, compose.yaml."""

import json
import re
import shlex
from collections import defaultdict

from docs.links import ROOT

DEPLOY = ROOT / "configs" / "deploy"
SYSTEMD = DEPLOY / "systemd"
DEFAULT = re.compile(r"\$\{\w+:-(.*?)\}")
VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


def unit(name):
    """Values of a unit's keys, in order, each key with all its lines."""
    found = defaultdict(list)
    text = (SYSTEMD / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def environment(name="gateway.env"):
    """Variables of an EnvironmentFile."""
    lines = (SYSTEMD / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and line[0] != "#")


def started(unit, instance, given):
    """Words of ExecStart, as systemd makes them: ${X} is one word, or part of one; $X, alone, is as many as it has."""
    folders = {"STATE_DIRECTORY": f"/var/lib/{unit['StateDirectory'][0]}"}
    if unit["RuntimeDirectory"]:
        folders["RUNTIME_DIRECTORY"] = f"/run/{unit['RuntimeDirectory'][0]}"
    values, words = {**folders, **given}, []
    for word in unit["ExecStart"][0].replace("%i", instance).split():
        alone = VARIABLE.fullmatch(word)
        if alone and alone[2]:
            words += values[alone[2]].split()
        else:
            words.append(VARIABLE.sub(lambda found: values[found[1]], word))
    return words


def dockerfile():
    """Instructions of the Dockerfile, in order, as pairs of name and text."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line and line[0] != "#"]


def of_image(name):
    """What the last instruction of this name says."""
    return [text for instruction, text in dockerfile() if instruction == name][-1]


def services():
    """Text of each service of compose.yaml, by its name, with defaults in place of variables."""
    text = DEFAULT.sub(r"\1", (DEPLOY / "compose.yaml").read_text())
    _, _, after = text.partition("\nservices:\n")
    found = re.findall(r"(?m)^  (\w+):\n((?:    .*\n|\n)+)", after.partition("\nnetworks:\n")[0])
    return dict(found)


def words_of(service, key):
    """Words of `command` or `entrypoint`, a list in brackets or folded text."""
    listed = re.search(rf"(?m)^    {key}: (\[.*\])$", service)
    if listed:
        return json.loads(listed[1])
    folded = re.search(rf"(?m)^    {key}: >-\n((?:      .*\n)+)", service)
    return shlex.split(folded[1]) if folded else []


def mounted(service):
    """Folders of a container that are the host's, by name, with whether they can be written to."""
    pairs = re.findall(r'"\./([^:"]+):([^:"]+?)(:ro)?"', service)
    return {inside: not read_only for _, inside, read_only in pairs}
