"""What the page says, whatever a file has it say: its pure modules, called in a browser."""


def test_words_that_a_file_names_as_every_object_has_them_are_text(asked):
    """A key such as "constructor" stopped the page."""
    every = ["constructor", "__proto__", "toString"]
    assert asked("words", "t", [[key] for key in every]) == every
    assert asked("words", "told", [[key, {}] for key in every]) == every
    assert asked("words", "told", [[key, None] for key in every]) == every
    assert asked("words", "told", [["a", {"a": {"key": "constructor", "given": []}}]]) == ["constructor"]


def test_an_intensity_is_cut_off_and_its_degree_stays_on_the_scale(asked):
    tenths = [number / 10 for number in range(10, 121)]
    assert asked("intensity", "cut", [[one] for one in tenths]) == [f"{one:.1f}" for one in tenths]
    assert asked("intensity", "cut", [[4.99], [6.8999], [7.0]]) == ["4.9", "6.8", "7.0"]
    assert asked("intensity", "numeral", [[-3], [0.5], [4.99], [7], [12.9], [40]]) == [
        "I",
        "I",
        "IV",
        "VII",
        "XII",
        "XII",
    ]
