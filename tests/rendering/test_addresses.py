"""An address in running text ends where a reader would end it, and goes over the wire in ASCII."""

# ruff: noqa: RUF001 - punctuation of many scripts
from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.addresses import on_the_wire
from newsletter.rendering.markdown import to_html
from tests.parts.linear import LIMIT, growth


def links(text: str) -> list[tuple[str, str]]:
    """Return where each link leads and what it says."""
    found = re.findall(r'<a href="([^"]*)">([^<]*)</a>', str(to_html(text)))
    return [(unescape(href), unescape(said)) for href, said in found]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("see https://e.example/a.", "https://e.example/a"),
        ("(https://e.example/a_(b))", "https://e.example/a_(b)"),
        ("(see https://e.example/a).", "https://e.example/a"),
        ("[1: https://e.example/a]", "https://e.example/a"),
        ("https://e.example/a?b=c&d=e, then", "https://e.example/a?b=c&d=e"),
        ("https://e.example/a?! yes", "https://e.example/a"),
        ("https://e.example/a... and", "https://e.example/a"),
        ("https://e.example/a… and", "https://e.example/a"),
        ("“https://e.example/a” said", "https://e.example/a"),
        ("«https://e.example/a» dit", "https://e.example/a"),
        ("„https://e.example/a“ sagt", "https://e.example/a"),
        ("‹https://e.example/a›", "https://e.example/a"),
        ("’https://e.example/a’s", "https://e.example/a"),
        ("参见https://e.example/a。然后", "https://e.example/a"),
        ("（https://e.example/a）", "https://e.example/a"),
        ("「https://e.example/a」を", "https://e.example/a"),
        ("【https://e.example/a】", "https://e.example/a"),
        ("《https://e.example/a》", "https://e.example/a"),
        ("https://e.example/a，然后", "https://e.example/a"),
        ("https://e.example/a；", "https://e.example/a"),
        ("https://e.example/a：见", "https://e.example/a"),
        ("https://e.example/a？", "https://e.example/a"),
        ("https://e.example/a！", "https://e.example/a"),
        ("https://e.example/a、 b", "https://e.example/a"),
        ("https://e.example/a،", "https://e.example/a"),
        ("https://e.example/a؛", "https://e.example/a"),
        ("https://e.example/a؟", "https://e.example/a"),
        ("https://e.example/a۔", "https://e.example/a"),
        ("https://e.example/a।", "https://e.example/a"),
        ("https://e.example/a։", "https://e.example/a"),
        ("https://e.example/a።", "https://e.example/a"),
        ("https://e.example/a\u200b then", "https://e.example/a"),
        ("https://e.example/a — then", "https://e.example/a"),
        ("https://e.example/a— then", "https://e.example/a"),
        ("https://e.example/Foo–Bar_(x)", "https://e.example/Foo–Bar_(x)"),
        ("https://e.example/col·lecció", "https://e.example/col·lecció"),
        ("https://e.example/a-", "https://e.example/a-"),
        ("HTTPS://E.example/a", "HTTPS://E.example/a"),
        ("<https://e.example/x>", "https://e.example/x"),
        ("https://e.example/a/__init__.py and __b__", "https://e.example/a/__init__.py"),
        ("https://e.example/_next_/x_y_z, _b_", "https://e.example/_next_/x_y_z"),
        ("_see https://e.example/a/__init__.py_", "https://e.example/a/__init__.py"),
    ],
)
def test_an_address_ends_where_a_reader_ends_it(written: str, address: str) -> None:
    assert links(written) == [(on_the_wire(address), address)]
    said = unescape(re.sub(r"<[^>]*>", "", str(to_html(written))))
    assert said.replace("_", "") == re.sub(r"[<>_]", "", written), "no sign is lost"


def test_two_addresses_with_a_sign_of_the_sentence_between_them_are_two() -> None:
    assert [said for _, said in links("https://a.example/x、https://b.example/y")] == [
        "https://a.example/x",
        "https://b.example/y",
    ]


@pytest.mark.parametrize("text", ["https://", "http://.", "https://,", "see https:// there", "https://）"])
def test_a_scheme_alone_is_no_link(text: str) -> None:
    assert links(text) == []


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("https://bücher.example/straße?q=ä#x", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4#x"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://例え.jp/パス", "https://xn--r8jz45g.jp/%E3%83%91%E3%82%B9"),
        ("https://mara@bücher.example:8080/", "https://mara@xn--bcher-kva.example:8080/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://e.example/100%25/ü", "https://e.example/100%25/%C3%BC"),
        ("https://e.example/a?b=c&d=%20", "https://e.example/a?b=c&d=%20"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
    ],
)
def test_an_international_address_is_spelled_for_the_wire(address: str, wire: str) -> None:
    assert on_the_wire(address) == wire
    assert on_the_wire(wire) == wire
    for text in (f"[x]({address})", f'<a href="{address}">x</a>', f"see {address} there"):
        if "BÜCHER" not in text or not text.startswith("["):
            assert links(text)[0][0] == wire


@pytest.mark.parametrize(
    "address", ["https://ü\u0000.example/", "https://" + "ü" * 70 + ".example/", "https://[ü]/", "https://ü.example:x/"]
)
def test_what_has_no_spelling_stays_as_it_is(address: str) -> None:
    assert on_the_wire(address) == address


def test_a_link_is_not_linked_again() -> None:
    assert to_html("[https://e.org](https://f.org)").count("<a ") == 1
    assert to_html('<a href="https://f.org">https://e.org</a>').count("<a ") == 1


def test_an_address_in_code_stays_code() -> None:
    assert to_html("`https://e.org`") == "<p><code>https://e.org</code></p>"


@given(st.text(alphabet="htps:/.,()[]aü。、—·%?# ", max_size=40))
def test_no_sign_of_a_text_is_lost_or_moved(text: str) -> None:
    sentence = f"x https://e.example/{text}"
    said = unescape(re.sub(r"<[^>]*>", "", str(to_html(sentence.strip()))))
    if "[" not in text and "#" not in text:
        assert said.split() == sentence.split()


@pytest.mark.parametrize(
    "unit",
    [
        "https://a.example/x、",
        "https://",
        "https://a.example/(",
        "https://a.example/a.",
        "é",
        "[",
        "http://—",
        "/_a",
        "_",
    ],
)
def test_time_grows_with_the_length(unit: str) -> None:
    def read(size: int) -> None:
        to_html(("https://a.example/" + unit * size)[:size])

    assert growth(read, 3000) < LIMIT
