from __future__ import annotations

from newsletter.model.document import LinkItem
from newsletter.rendering.plain_links import LinkNumbers
from tests.rendering.documents import BRAND, RENDERER, document, section


def test_an_address_is_listed_in_each_section_that_uses_its_number() -> None:
    links = LinkNumbers(str)
    assert [links.mark("a", "https://a.example"), links.mark("b", "https://b.example")] == ["a\u00a0[1]", "b\u00a0[2]"]
    assert links.flush() == ["[1] https://a.example", "[2] https://b.example"]
    assert links.mark("again", "https://b.example") == "again\u00a0[2]"
    assert links.flush() == ["[2] https://b.example"] and links.flush() == []


def test_a_link_of_the_lead_is_found_below_the_section_that_uses_it_again() -> None:
    item = LinkItem(key="k", title="Again", url="https://a.example/x")
    text = RENDERER.text(document(lead="[one](https://a.example/x)", sections=(section("s", item),)), BRAND)
    assert text.count("[1] https://a.example/x") == 2
    assert text.index("Again [1]") < text.rindex("[1] https://a.example/x")
