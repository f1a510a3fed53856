"""Footnotes of other programs become notes at the end, and no link of theirs is told as lost."""

from __future__ import annotations

import pytest

from newsletter.rendering.markdown import losses, to_html

NOTED = '<p>Text<sup class="ref">1</sup> more</p><div class="notes"><div class="note">{}</div></div>'
NOTE = '<p><sup class="mark">1</sup> The note</p>'
PROGRAMS = {
    "Substack": '<p>Text<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1" target="_self">1</a> more</p>'
    '<div class="footnote" data-component-name="FootnoteToDOM"><a id="footnote-1" href="#footnote-anchor-1" class="footnote-number">1</a>'
    '<div class="footnote-content"><p>The note</p></div></div>',
    "Substack, copied from its page": '<p>Text<a id="footnote-anchor-1-9" href="https://x.example/p/y#footnote-1-9">1</a> more</p>'
    '<div class="footnote"><a id="footnote-1-9" href="https://x.example/p/y#footnote-anchor-1-9">1</a><div><p>The note</p></div></div>',
    "Ghost": '<p>Text<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> more</p><hr class="footnotes-sep">'
    '<section class="footnotes"><ol><li id="fn1"><p>The note <a href="#fnref1" class="footnote-backref">↩︎</a></p></li></ol></section>',
    "GitHub": '<p>Text<sup><a href="#user-content-fn-1" id="user-content-fnref-1" data-footnote-ref>1</a></sup> more</p>'
    '<section data-footnotes class="footnotes"><ol><li id="user-content-fn-1"><p>The note '
    '<a href="#user-content-fnref-1" data-footnote-backref>↩</a></p></li></ol></section>',
    "Google Docs": '<p>Text<sup><a href="#ftnt1" id="ftnt_ref1">[1]</a></sup> more</p><hr>'
    '<div><p><a href="#ftnt_ref1" id="ftnt1">[1]</a><span> The note</span></p></div>',
    "Word": '<p>Text<a style=\'mso-footnote-id:ftn1\' href="#_ftn1" name="_ftnref1"><span>[1]</span></a> more</p>'
    "<div style='mso-element:footnote-list'><hr align=left size=1><div style='mso-element:footnote' id=ftn1>"
    '<p class=MsoFootnoteText><a href="#_ftnref1" name="_ftn1"><span>[1]</span></a> The note</p></div></div>',
    "WordPress": '<p>Text<sup class="fn"><a href="#u1" id="u1-link">1</a></sup> more</p>'
    '<ol class="wp-block-footnotes"><li id="u1">The note <a href="#u1-link">↩︎</a></li></ol>',
}


def plain(html: str) -> str:
    return html.replace("<div><p>", "<p>").replace("</p></div></div></div>", "</p></div></div>").replace(" </", "</")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_pair_of_links_is_a_mark_and_a_note(program: str) -> None:
    html = str(to_html(PROGRAMS[program]))
    assert html.startswith('<p>Text<sup class="ref">1</sup> more</p>')
    assert html.count('<sup class="mark">1</sup> The note') == 1 and html.count('<div class="notes">') == 1
    assert "↩" not in html and "[1]" not in html and "<a" not in html and "<hr" not in html
    assert losses(PROGRAMS[program]) == []


def test_two_notes_are_numbered_as_they_are_named_and_a_second_mark_has_the_same_number() -> None:
    html = (
        '<p>a<a id="r2" href="#n2">x</a> b<a id="r1" href="#n1">y</a> c<a href="#n2">x</a></p>'
        '<ol><li id="n1">one <a href="#r1">^</a></li><li id="n2">two <a href="#r2">^</a></li></ol>'
    )
    shown = str(to_html(html))
    assert '<p>a<sup class="ref">1</sup> b<sup class="ref">2</sup> c<sup class="ref">1</sup></p>' in shown
    assert shown.index("</sup> two") < shown.index("</sup> one")


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="#x">up</a></p><p id="x">there</p>',
        '<p><a href="#x" id="y">up</a> <a href="#y" id="x">down</a></p>',
        '<p id="a"><a href="#a">itself</a></p>',
        '<p><a href="#n" id="r">1</a></p><p><a id="n">no link back</a> words</p>',
    ],
)
def test_no_word_is_lost_where_links_are_no_pair_or_a_strange_one(html: str) -> None:
    shown = str(to_html(html))
    assert "<a" not in shown
    for word in ("there", "itself", "words"):
        assert (word in html) == (word in shown)


def test_a_note_that_is_marked_twice_has_no_arrows_left() -> None:
    html = (
        '<p>a<sup><a href="#fn1" id="fnref1">[1]</a></sup> b<sup><a href="#fn1" id="fnref1:1">[1:1]</a></sup></p>'
        '<ol><li id="fn1"><p>note <a href="#fnref1">↩︎</a> <a href="#fnref1:1">↩︎</a></p></li></ol>'
    )
    assert str(to_html(html)).startswith(
        '<p>a<sup class="ref">1</sup> b<sup class="ref">1</sup></p><div class="notes">'
    )
    assert "↩" not in str(to_html(html)) and losses(html) == []
