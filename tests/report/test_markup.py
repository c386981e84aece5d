from ewarn.report.markup import Html, details, heading, table, tag, text


def test_what_is_no_markup_is_escaped_once():
    assert tag("p", "a < b & c", Html("<b>d</b>")) == "<p>a &lt; b &amp; c<b>d</b></p>"
    assert text(text("<"), "<", None) == "&lt;&lt;"


def test_attributes_are_escaped_and_left_out():
    assert tag("a", "x", href='"><script>', class_="k", data_t="w", title=None) == (
        '<a href="&quot;&gt;&lt;script&gt;" class="k" data-t="w">x</a>'
    )


def test_a_table_has_a_caption_and_heads_for_columns_and_rows():
    made = table(("a", "b"), [("<i>", 1)], numbers=(1,), caption="All & sundry")
    assert "<caption>All &amp; sundry</caption>" in made
    assert '<th scope="col">a</th><th class="number" scope="col">b</th>' in made
    assert '<th scope="row">&lt;i&gt;</th><td class="number">1</td>' in made


def test_headings_say_it_in_chinese_too():
    assert heading(2, "Blind zones", "盲区") == '<h2>Blind zones <span lang="zh-Hans">盲区</span></h2>'
    assert details("More", "text") == "<details><summary>More</summary>text</details>"
