"""Merge fields in Markdown: what is one, what stays as written, and that all but the mail shows the fallback."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from newsletter.mail.merge_fields import FALLBACKS, KnownValues, MergeMarks, MergePlace, in_address, with_fallbacks
from newsletter.rendering.markdown import to_html
from newsletter.rendering.merge_marks import merged


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello {{name|there}}!", "<p>Hello there!</p>"),
        ("{{ City | our *town* }}", "<p>our *town*</p>"),
        ("{{name|}}x", "<p>x</p>"),
        ("`{{name|there}}`", "<p><code>{{name|there}}</code></p>"),
        ("{{name}} {{ user.name | upper }}", "<p>{{name}} {{ user.name | upper }}</p>"),
        ('{{name|default: "x"}}', '<p>{{name|default: "x"}}</p>'),
        ("[{{name|you}}](https://a.example/)", '<p><a href="https://a.example/">you</a></p>'),
        ("[x](https://a.example/{{name|y}})", '<p><a href="https://a.example/%7B%7Bname%7Cy%7D%7D">x</a></p>'),
        ("{{name|<b>&amp;}}", "<p>&lt;b&gt;&amp;amp;</p>"),
        ('<data value="9">x</data>', "<p>x</p>"),
        ("<p>Hello {{name|there}}!</p>", "<p>Hello there!</p>"),
        ("<p>Hello <em>{{name|a &amp; b}}</em></p>", "<p>Hello <em>a &amp; b</em></p>"),
        ("<pre><code>{{name|there}}</code></pre>", "<pre><code>{{name|there}}</code></pre>"),
        ('<p><a href="https://a.example/">{{name|you}}</a></p>', '<p><a href="https://a.example/">you</a></p>'),
    ],
)
def test_whoever_is_no_reader_sees_the_fallback(text: str, shown: str) -> None:
    assert merged(to_html(text), FALLBACKS) == shown


def test_a_value_is_escaped_and_marks_differ_by_place_and_issue() -> None:
    html = to_html("Hello {{name|there}} of {{city|Ulm}}")
    assert merged(html, KnownValues({"name": "<i>Ann</i>"})) == Markup("<p>Hello &lt;i&gt;Ann&lt;/i&gt; of Ulm</p>")
    marks = MergeMarks("one issue")
    there, here = (merged(html, marks, place) for place in MergePlace)
    assert there != here and there.count("%%f") == 2 and merged(html, MergeMarks("another")) != here
    plan = marks.plan("For {{name|you}}")
    assert plan.keys == {"city"} and type(plan).of_stored(plan.stored()) == plan
    assert plan.fill(here, {"name": "A&B"}, MergePlace.HTML) == "<p>Hello A&amp;B of Ulm</p>"
    assert plan.subject_line({"name": "A\r\nBcc: b@c.example"}) == b"Subject: For A Bcc: b@c.example\r\n"


def test_where_a_merge_field_stands_is_told() -> None:
    assert in_address("[x](https://a/{{name|x}})", 14) and in_address("see https://a/{{name|x}}", 14)
    assert not in_address("[x](https://a/) {{name|x}}", 16)
    assert with_fallbacks("In {{city|Ulm}} and {{ x }}") == "In Ulm and {{ x }}"
