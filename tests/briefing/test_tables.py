from ewarn.briefing.tables import table
from ewarn.words import say


def test_a_table_has_a_caption_and_heads_for_columns_and_rows():
    made = str(table(("a", "b"), [("<i>", "1")], numbers=(1,), caption="All & sundry"))
    assert "<caption>All &amp; sundry</caption>" in made
    assert '<th scope="col">a</th><th class="number" scope="col">b</th>' in made
    assert '<th scope="row">&lt;i&gt;</th><td class="number">1</td>' in made


def test_what_has_words_names_them_for_the_page():
    made = str(table((say("report.users"),), [], caption=say("report.by-rank", "2")))
    assert '<th scope="col"><span data-t="report.users">users</span></th>' in made
    assert 'aria-label="By rank, report 2" data-t-label="[&#34;report.by-rank&#34;,&#34;2&#34;]"' in made
