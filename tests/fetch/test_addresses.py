"""Addresses of any spelling become what may be asked for, or are refused in words."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.fetch.addresses import checked, led_to, on_the_wire, origin


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example:8443/", "https://xn--bcher-kva.example:8443/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://例え。テスト/道", "https://xn--r8jz45g.xn--zckzah/%E9%81%93"),
        ("https://a_b.bücher.example/", "https://a_b.xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://a.example/naïve?q=é&r=%C3%A9#ü", "https://a.example/na%C3%AFve?q=%C3%A9&r=%C3%A9"),
        ("https://a.example/a b/<c>|{d}\\e", "https://a.example/a%20b/%3Cc%3E%7C%7Bd%7D%5Ce"),
        ("  https://a.example/x\n", "https://a.example/x"),
        ("https://a.example/100%/;a=(b),c!*'$&@:~[]", "https://a.example/100%/;a=(b),c!*'$&@:~[]"),
        ("https://[2001:db8::1]:8443/ü", "https://[2001:db8::1]:8443/%C3%BC"),
        ("https://１２７.0.0.1/", "https://127.0.0.1/"),  # noqa: RUF001 - which the guard then sees
        ("https://a.example", "https://a.example"),
    ],
)
def test_an_address_is_spelled_in_ascii_once_and_for_all(written: str, asked: str) -> None:
    assert on_the_wire(written) == asked
    assert on_the_wire(asked) == asked
    assert checked(asked, ("https",)) == asked


@pytest.mark.parametrize(
    "written",
    [
        "https://example.org/\r\nX: y",
        "https://example.org/\0",
        "https://exa\tmple.org/",
        "https://ü\\a.example/",
        "https://a.example\\@b.example/",
        "https://☕.example/",
        "https://ü..example/",
        "https://" + "ü" * 64 + ".example/",
        "https://" + "ü" * 4000 + "/",
        "https://[::1/",
        'https://"/',
        "https://a..example/",
        "https://a b.example/",
        "https://ü%2F.example/",
        "https://ü.example:port/",
        "https://a.example/\ud800",
        "https://℀/",
    ],
)
def test_what_is_no_address_is_refused_in_words(written: str) -> None:
    with pytest.raises(InputError, match="no absolute URL"):
        checked(on_the_wire(written), ("https",))


@pytest.mark.parametrize("sign", ["x", "ü", "/..", "%", "."])
def test_an_address_without_end_is_refused(sign: str) -> None:
    with pytest.raises(InputError, match=r"a\.example: this URL is longer than 8,000 characters"):
        on_the_wire("https://a.example/" + sign * 1_000_000)
    with pytest.raises(InputError, match="it leads to what is no URL"):
        led_to("https://a.example/", "/" + sign.encode().decode("latin-1") * 50_000)


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_is_ascii_that_stays_or_is_refused(host: str, path: str) -> None:
    try:
        asked = checked(on_the_wire(f"https://{host}/{path}"), ("https",))
    except InputError:
        return
    assert asked.isascii()
    assert not set(asked) & set(' "<>\\^`{|}')
    assert on_the_wire(asked) == asked


@given(st.text(st.characters(min_codepoint=0xA0, exclude_categories=("Cs",)), max_size=20))
def test_signs_outside_of_ascii_go_out_as_utf_8(path: str) -> None:
    assert unquote_to_bytes(urlsplit(on_the_wire(f"https://a.example/{path}")).path) == b"/" + path.encode()


BASE = "https://a.example/one/two?x=1"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"three", "https://a.example/one/three"),
        (b"/three?y=2#part", "https://a.example/three?y=2"),
        (b"?y=2", "https://a.example/one/two?y=2"),
        (b"../up", "https://a.example/up"),
        (b"//b.example/x", "https://b.example/x"),
        (b"https://b.example", "https://b.example"),
        (b" /a b ", "https://a.example/a%20b"),
        (b"", BASE),
        ("/straße".encode(), "https://a.example/stra%C3%9Fe"),
        ("/straße".encode("latin-1"), "https://a.example/stra%DFe"),
        ("https://bücher.example/é".encode(), "https://xn--bcher-kva.example/%C3%A9"),
        ("https://bücher.example/é".encode("latin-1"), "https://xn--bcher-kva.example/%E9"),
        (b"/caf%C3%A9", "https://a.example/caf%C3%A9"),
    ],
)
def test_a_location_is_read_as_servers_write_it(location: bytes, target: str) -> None:
    assert led_to(BASE, location.decode("latin-1")) == target


@pytest.mark.parametrize("location", ["http://a.example/", "ftp://a.example/", "javascript:x", "file:///etc/passwd"])
def test_nothing_leads_away_from_https(location: str) -> None:
    with pytest.raises(InputError, match=r"^a\.example: it leads away from https"):
        led_to(BASE, location)


@pytest.mark.parametrize(
    "location", ["https://[::1", "https://a.example:port/", "https://☕.example/".encode().decode("latin-1")]
)
def test_a_location_that_is_no_url_is_told_by_the_host_that_said_it(location: str) -> None:
    with pytest.raises(InputError, match=r"^a\.example: it leads to what is no URL"):
        led_to(BASE, location)


@given(st.binary(max_size=80))
def test_whatever_a_location_says_leads_to_what_may_be_checked_or_is_refused(location: bytes) -> None:
    try:
        target = led_to("http://a.example/", location.decode("latin-1"))
    except InputError:
        return
    assert target.isascii()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://A.example:443/y", True),
        ("http://a.example/", "http://a.example:80/", True),
        ("https://a.example/", "https://a.example:8443/", False),
        ("http://a.example/", "https://a.example/", False),
        ("https://a.example/", "https://b.a.example/", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert (origin(one) == origin(other)) is same
