"""Addresses as they are written: which follow readers, hide where they lead, or lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.preflight.written_addresses import addresses_of
from newsletter.tracking_names import tracking_names, without_tracking
from tests.issues.preflight.looks import changed, found, inspected, rules, with_words


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://a.example/?utm_source=x", "https://a.example/"),
        ("https://a.example/?a=1&utm_source=x&b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?utm_source=x&b=2#part", "https://a.example/?b=2#part"),
        ("https://a.example/?a=1&amp;fbclid=x&amp;b=2", "https://a.example/?a=1&amp;b=2"),
        ("https://a.example/?mc_eid=1&mc_cid=2#utm_source", "https://a.example/#utm_source"),
        ("https://a.example/?UTM_Source=x", "https://a.example/"),
    ],
)
def test_tracking_names_are_taken_off_and_nothing_else(url: str, clean: str) -> None:
    assert tracking_names(url)
    assert without_tracking(url) == clean
    assert not tracking_names(clean)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/utm_source/?q=utm_source",
        "https://a.example/?ref=x",
        "https://a.example/?",
        "https://a.example/?&a=1&&b",
    ],
)
def test_an_address_without_them_stays_as_it_is(url: str) -> None:
    assert tracking_names(url) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "utm_medium", "fbclid", "id", ""]), st.text("abc=%", max_size=4)), max_size=8
    )
)
def test_what_is_taken_off_is_off_and_the_rest_is_in_order(pairs: list[tuple[str, str]]) -> None:
    url = "https://a.example/p?" + "&".join(f"{name}={value}" for name, value in pairs)
    clean = without_tracking(url)
    assert not tracking_names(clean)
    kept = [f"{name}={value}" for name, value in pairs if name not in {"utm_medium", "fbclid"}]
    assert clean == "https://a.example/p" + (f"?{'&'.join(kept)}" if kept and "&".join(kept) else "")


def test_a_tracking_name_is_told_with_line_and_fix() -> None:
    text = with_words("See [it](https://a.example/b?utm_source=tide&x=1), and more.")
    [finding] = found(text)
    assert (finding.rule, finding.severity) == ("tracking-name", "advise")
    assert finding.fix is not None
    assert (finding.fix.old, finding.fix.new) == (
        "https://a.example/b?utm_source=tide&x=1", "https://a.example/b?x=1"
    )  # fmt: skip
    assert finding.fix.old in text.split("\n")[finding.fix.line - 1]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("[a](https://bit.ly/3x)", "shortened-link"),
        ("https://www.tinyurl.com/3x", "shortened-link"),
        ("[a](http://a.example/)", "insecure-link"),
        ("[a](https://localhost:8000/)", "local-link"),
        ("[a](https://192.168.1.4/x)", "local-link"),
        ("[a](https://printer.local/x)", "local-link"),
    ],
)
def test_a_doubtful_link_is_told(words: str, rule: str) -> None:
    assert rules(found(with_words(words))) == [rule]


def test_code_holds_no_links() -> None:
    assert found(with_words("`http://a.example/?utm_source=x`\n\n```\nhttp://b.example\n```")) == []


def test_the_heading_of_an_item_and_a_cell_are_looked_at_with_their_lines() -> None:
    table = "## Figures {#figures kind=tables}\n\n### Some\n\n| A |\n|---|\n| [x](http://b.example/) |\n"
    text = changed("https://pier.example.org/", "http://pier.example.org/").replace("## Papers", f"{table}\n## Papers")
    findings = found(text)
    assert rules(findings) == ["insecure-link", "insecure-link"]
    assert ["http://" in text.split("\n")[each.line - 1] for each in findings] == [True, True]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("(see https://a.example/b)", "https://a.example/b"),
        ("https://a.example/b_(c), and", "https://a.example/b_(c)"),
        ("<https://a.example/b>", "https://a.example/b"),
        ("**https://a.example/b**", "https://a.example/b"),
        ('<a href="https://a.example/?a=1&amp;b=2">x</a>', "https://a.example/?a=1&b=2"),
        ("看 https://a.example/b。", "https://a.example/b"),
        ('[x]: https://a.example/b "T"', "https://a.example/b"),
    ],
)
def test_an_address_ends_where_a_reader_would_end_it(words: str, address: str) -> None:
    urls = [each.url for each in addresses_of(inspected(with_words(words)))]
    assert urls[1] == address


def test_an_image_is_known_from_a_link() -> None:
    text = with_words(
        '![a](https://a.example/1.png) [b](https://a.example/2) <img alt="c" src="https://a.example/3.png">'
    )
    assert [each.is_image for each in addresses_of(inspected(text))][1:4] == [True, False, True]
