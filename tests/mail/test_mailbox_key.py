"""Addresses of one mailbox count as one; addresses of two do not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.mail.address import parse_address
from newsletter.mail.mailbox_key import mailbox_hash, mailbox_key

ONE = [
    ("ada@example.org", "ADA@EXAMPLE.org", "ada+news@example.org", "ada+a+b@example.org", "ada+@example.org"),
    ("ada.l@gmail.com", "adal@gmail.com", "a.d.a.l@gmail.com", "a.dal+x.y@googlemail.com", "ADAL@googlemail.com"),
    ("ada@yahoo.com", "ada-news@yahoo.com", "ada+x@yahoo.com", "ada-a-b@yahoo.com"),
    ("ada@yahoo.co.uk", "ada-1@yahoo.co.uk"),
    ("ada@ymail.com", "ada-1@ymail.com"),
    ("ada@fastmail.com", "ada+1@fastmail.com", "news@ada.fastmail.com", "a+b@ada.fastmail.com"),
    ("ada@fastmail.co.uk", "x@ada.fastmail.co.uk"),
    ("ada.l@proton.me", "a-d-a_l@protonmail.com", "adal+x@pm.me", "adal@protonmail.ch"),
    ("ada-l@yandex.ru", "ada.l@yandex.com", "ada-l+tag@ya.ru", "ada.l@yandex.com.tr"),
    ("ada@icloud.com", "ada+x@me.com", "ada@mac.com"),
    ("jörg@bücher.example", "JÖRG+x@xn--bcher-kva.example"),
    ("+ada@example.org", "+ada@example.org"),
]
TWO = [
    ("ada@example.org", "bea@example.org"),
    ("ada.l@example.org", "adal@example.org"),
    ("mary-ann@example.org", "mary@example.org"),
    ("ada@outlook.com", "ada@hotmail.com"),
    ("a.da@outlook.com", "ada@outlook.com"),
    ("ada@yahoo.com", "ada@yahoo.fr"),
    ("ada@gmail.com.example", "a.da@gmail.com.example"),
    ("ada@notgmail.com", "a.da@notgmail.com"),
    ("news@ada.example.org", "ada@example.org"),
    ("+a@example.org", "+b@example.org"),
    ("a_b@gmail.com", "ab@gmail.com"),
    ("ada@fastmail.com", "bea@x.fastmail.com"),
    ("ada@fastmail.com", "ada@fastmail.com.evil.example"),
]


@pytest.mark.parametrize("addresses", ONE, ids=lambda group: group[0])
def test_addresses_of_one_mailbox_count_as_one(addresses: tuple[str, ...]) -> None:
    assert len({mailbox_key(address) for address in addresses}) == 1
    assert len({mailbox_hash(address) for address in addresses}) == 1


@pytest.mark.parametrize(("one", "other"), TWO)
def test_addresses_of_two_mailboxes_count_apart(one: str, other: str) -> None:
    assert mailbox_key(one) != mailbox_key(other)


@given(
    st.from_regex(r"[a-z0-9+._-]{1,20}", fullmatch=True),
    st.sampled_from(["gmail.com", "x.fastmail.com", "yahoo.de", "proton.me", "ya.ru", "me.com", "example.org"]),
)
@example("a-.b", "ya.ru")
def test_every_address_has_a_mailbox_with_a_name(local: str, domain: str) -> None:
    try:
        parse_address(f"{local}@{domain}")
    except InputError:
        return  # such as two dots in a row
    key = mailbox_key(f"{local}@{domain}")
    assert key.count("@") == 1 and not key.startswith("@")
    assert len(mailbox_hash(f"{local}@{domain}")) == 32


@pytest.mark.parametrize("address", ["", "a", "a@", "a@b\r\n.org"])
def test_what_is_no_address_has_no_mailbox(address: str) -> None:
    with pytest.raises(InputError):
        mailbox_key(address)
