"""What `ewarn schema` prints, held against what is written: each key has a type there, and each type its words."""

import json

import pytest
from click.testing import CliRunner

from ewarn.cli import main
from ewarn.runs import comparison
from ewarn.runs.explain import explain
from ewarn.runs.schema import FILES, schema
from ewarn.system.json_files import encoded
from tests import hosts_of_a_fleet
from tests.simulated_run import simulate
from tests.verdict.test_document import WHOLE

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def fits(value, wanted, parts):
    """Whether a value is as a schema wants it, and has no key that the schema does not know."""
    if "$ref" in wanted:
        return fits(value, parts[wanted["$ref"].removeprefix("#/$defs/")], parts)
    if "anyOf" in wanted:
        return any(fits(value, one, parts) for one in wanted["anyOf"])
    if "enum" in wanted:
        return value in wanted["enum"]
    if wanted["type"] in ("integer", "number"):
        return type(value) is int or (wanted["type"] == "number" and type(value) is float)
    if type(value) is not KINDS[wanted["type"]]:
        return False
    if isinstance(value, list):
        each = wanted.get("prefixItems") or [wanted["items"]] * len(value)
        return len(each) == len(value) and all(fits(*pair, parts) for pair in zip(value, each, strict=True))
    if isinstance(value, dict):
        known = wanted.get("properties", {})
        other = wanted.get("additionalProperties")
        return set(wanted.get("required", ())) <= set(value) and all(
            fits(one, known.get(key, other), parts) for key, one in value.items()
        )
    return True


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """By name, what stands in each file."""
    folder = tmp_path_factory.mktemp("run")
    hosts_of_a_fleet.write(folder, simulate(folder, users=30).rows, 30)
    compared = comparison.document(comparison.load([folder]))
    return {
        "verdict": json.loads(encoded(WHOLE)),
        "reports": json.loads((folder / "reports.json").read_text()),
        "compare": json.loads(encoded(compared)),
        "explain": json.loads(encoded(explain(folder, 3))),
        "clocks": json.loads((folder / "clocks.json").read_text()),
    }


@pytest.mark.parametrize("name", FILES)
def test_what_is_written_fits_its_schema_and_what_lacks_a_key_does_not(written, name):
    found = schema(name)
    assert fits(written[name], found, found["$defs"])
    one = written[name][0] if name == "reports" else written[name]
    (first, *_) = found["$defs"][{"verdict": "Document", "reports": "Report"}.get(name, name_of(found))]["required"]
    del one[first]
    assert not fits(written[name], found, found["$defs"])


def name_of(found):
    return found.get("$ref", "").removeprefix("#/$defs/")


def test_keys_have_the_words_that_stand_beside_them_in_the_code():
    parts = schema("verdict")["$defs"]
    assert parts["Check"]["properties"]["limit"]["description"] == "in `unit`; what is measured may be as much"
    assert parts["Shaking"]["properties"]["conversion"]["description"].endswith("None: it is one")
    assert "lost" in schema("compare")["$defs"]["OfPlay"]["properties"]["lost"]["description"], "inherited"


def test_the_verb_prints_it_and_names_what_there_is():
    said = CliRunner().invoke(main, ["schema"])
    assert (said.exit_code, json.loads(said.stdout)) == (0, json.loads(encoded(schema("verdict"))))
    assert json.loads(CliRunner().invoke(main, ["schema", "compare"]).stdout) == json.loads(encoded(schema("compare")))
    wrong = CliRunner().invoke(main, ["schema", "verdit"])
    assert wrong.exit_code == 2
    assert "'verdit' is not one of verdict, reports, compare, explain, clocks; did you mean verdict?" in wrong.stderr
