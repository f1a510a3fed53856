from __future__ import annotations

from newsletter.rendering.links import PAID, LinkBook
from tests.rendering.documents import BRAND


def test_numbers_follow_first_appearance_and_our_own_pages_have_none():
    book = LinkBook(BRAND)
    book.collect(
        [
            f'<a href="https://b.org">x</a><a title="&gt;" href="https://a.org/?x=1&amp;y=2">y</a><a href="{BRAND.home}/z">z</a>'
        ]
    )
    book.collect(['<a href="https://b.org">again</a><a href="mailto:a@b.org">m</a>'])
    assert book.links == ("https://b.org", "https://a.org/?x=1&y=2")


def test_a_rewritten_fragment_carries_targets_and_nothing_else_changes():
    book = LinkBook(BRAND)
    fragment = '<a href="https://b.org">href="https://b.org"</a> <a href="mailto:a@b.org">m</a>'
    book.collect([fragment])
    assert book.rewrite(fragment, lambda _url, number: f"https://t.org/{number}") == fragment.replace(
        '<a href="https://b.org"', '<a href="https://t.org/1"'
    )


def test_what_was_paid_for_has_a_number_of_its_own_though_it_leads_to_the_same_place():
    book = LinkBook(BRAND)
    fragment = '<a href="https://b.org">x</a> <a rel="sponsored" href="https://b.org">y</a> <a rel="sponsored" href="https://c.org">z</a>'
    book.collect([fragment])
    assert book.links == ("https://b.org", "https://b.org", "https://c.org")
    assert book.paid == {2, 3}
    rewritten = book.rewrite(fragment, lambda url, number: f"https://t.org/{number}?{url}")
    assert rewritten.count("https://t.org/1?https://b.org") == rewritten.count("https://t.org/2?https://b.org") == 1
    assert PAID not in rewritten
    assert book.target(f"{PAID}https://c.org", None) == "https://c.org"
