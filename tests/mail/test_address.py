"""Addresses: what is let in, in which form, and what is turned away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.mail.address import Address, address_hash, masked, parse_address, readable


def test_the_domain_is_folded_and_the_local_part_is_left_as_typed():
    assert parse_address(" Jane.Doe+News@EXAMPLE.Org ") == Address(
        "Jane.Doe+News@example.org", "Jane.Doe+News", "example.org"
    )


def test_an_international_domain_becomes_a_labels():
    assert parse_address("x@Bücher.example") == Address("x@xn--bcher-kva.example", "x", "xn--bcher-kva.example")


def test_a_local_part_that_is_not_ascii_needs_smtputf8():
    assert parse_address("jörg@example.org").smtputf8
    assert not parse_address("jorg@bücher.example").smtputf8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a",
        "a@",
        "@example.org",
        "a@b",
        "a@localhost",
        "a@1.2.3.4",
        "a@[127.0.0.1]",
        "a..b@example.org",
        ".a@example.org",
        '"a b"@example.org',
        "a b@example.org",
        "Jane <a@example.org>",
        "a@b@example.org",
        "a@-x.org",
        "a@x-.org",
        "a@xn--.org",
        "a@xn--0000000.org",
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "a@example.org\n",
        "a\0@example.org",
        "\ud800@example.org",
        "a" * 65 + "@example.org",
        "ü" * 40 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "a@" + ".".join(["x" * 60] * 5) + ".org",
        "a,b@example.org",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InputError):
        parse_address(text)


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Z0-9._+%-]{1,20}@[a-zA-Z0-9.-]{1,20}\.[a-z]{2,5}", fullmatch=True))
def test_what_is_let_in_is_let_in_again_unchanged_and_fits_a_command(text):
    try:
        address = parse_address(text)
    except InputError:
        return
    assert parse_address(address.text) == address
    assert address.domain.isascii() and address.domain == address.domain.lower()
    assert len(address.text.encode()) <= 254
    assert not set(address.text) & set("\r\n\0 <>")


def test_the_hash_knows_an_address_in_any_letter_case_and_in_either_form_of_its_domain():
    assert address_hash("Jane@EXAMPLE.org") == address_hash("jane@example.org")
    assert address_hash("x@bücher.example") == address_hash("X@xn--bcher-kva.example")
    assert address_hash("jane@example.org") != address_hash("jane@example.com")
    assert len(address_hash("jane@example.org")) == 32


def test_a_masked_address_keeps_its_first_letter_and_its_domain():
    assert masked("jane@example.org") == "j…@example.org"


def test_people_read_a_domain_in_its_own_letters() -> None:
    stored = parse_address("grete@Bücher.example").text
    assert stored == "grete@xn--bcher-kva.example"
    assert readable(stored) == "grete@bücher.example"
    assert masked(stored) == "g…@bücher.example"
    for other in ("ada@example.org", "élodie@maison.example", "a@xn--.example", "nonsense xn--"):
        assert readable(other) == other
