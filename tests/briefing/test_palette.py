from ewarn.briefing.palette import as_variables, light, markers


def test_every_token_has_a_marker_of_its_own_that_is_nobodys_colour():
    assert len(set(markers().values())) == len(light())
    assert not set(markers().values()) & set(light().values())


def test_markers_become_variables():
    assert as_variables(f"fill: {markers()['in-time']}; stroke: #123456") == "fill: var(--in-time); stroke: #123456"


def test_light_values_are_those_on_white():
    assert light()["paper"] == "#ffffff"
    assert light()["level-red"] == "#c8102e"
