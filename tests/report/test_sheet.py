from ewarn.report.sheet import behind, heading, table


def test_a_table_has_a_caption_and_heads_for_columns_and_rows():
    made = str(table(("a", "b"), [("<i>", "1")], numbers=(1,), caption="All & sundry"))
    assert "<caption>All &amp; sundry</caption>" in made
    assert '<th scope="col">a</th><th class="number" scope="col">b</th>' in made
    assert '<th scope="row">&lt;i&gt;</th><td class="number">1</td>' in made


def test_headings_say_it_in_chinese_too():
    assert str(heading(2, "Blind zones", "盲区")) == '<h2>Blind zones <span lang="zh-Hans">盲区</span></h2>'
    assert str(behind(("a",), [], "text")).startswith("<details><summary>The figures</summary>")
