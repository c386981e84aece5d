import re

import pytest

from ewarn.briefing import modules
from ewarn.briefing.modules import bundle


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A folder of modules: a dict of name and source."""

    def write(files):
        for name, source in files.items():
            (tmp_path / name).write_text(source)

    monkeypatch.setattr(modules, "PAGE", tmp_path)
    monkeypatch.setattr(modules, "OWN", tmp_path)
    return write


def test_modules_come_once_and_after_what_they_import(page):
    page(
        {
            "a.js": 'import {x} from "./b.js";\nimport "./c.js";\nx();\n',
            "b.js": 'import {y} from "./c.js";\nexport function x() { return y; }\n',
            "c.js": "export const y = 1;\n",
        }
    )
    made = bundle("a.js")
    assert re.findall(r'^modules\["(\w+\.js)"\]', made, re.MULTILINE) == ["c.js", "b.js", "a.js"]
    assert 'const {y} = modules["c.js"];' in made
    assert "return { x };" in made
    assert "export" not in made


def test_names_taken_under_others_stay_so(page):
    page({"a.js": 'import {y as z} from "./b.js";\nz;\n', "b.js": "export class y {}\n"})
    assert 'const {y: z} = modules["b.js"];' in bundle("a.js")


@pytest.mark.parametrize("source", ["export let y = 1;", "export default 3;", 'import * as b from "./b.js";'])
def test_forms_that_would_not_work_are_refused(page, source):
    page({"a.js": f"{source}\n", "b.js": ""})
    with pytest.raises(ValueError, match=r"a\.js: cannot be inlined"):
        bundle("a.js")


def test_nothing_in_a_module_can_end_the_script(page):
    page({"a.js": 'const end = "</script><!--";\n'})
    assert "</script" not in bundle("a.js")
    assert "<!--" not in bundle("a.js")


def test_the_reports_own_script_can_be_made():
    made = bundle("report.js")
    assert 'modules["map.js"]' in made
    assert (
        made.index('modules["tally.js"] =') < made.index('modules["show.js"] =') < made.index('modules["report.js"] =')
    )
