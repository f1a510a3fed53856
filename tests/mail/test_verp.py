"""Return paths that prove their delivery, and Message-IDs that name it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import TokenError
from newsletter.mail.address import parse_address
from newsletter.mail.verp import (
    Returned,
    message_id,
    notice_message_id,
    notice_return_path,
    read_message_id,
    read_return_path,
    return_path,
    tag_of,
)
from newsletter.tokens import Signer

SIGNER = Signer(b"a secret for tests only")
IDS = st.integers(0, 2**56 - 1)


@given(IDS)
def test_a_return_path_is_a_short_address_that_leads_back_in_any_letter_case(delivery_id):
    path = return_path(SIGNER, delivery_id, "news.example.org")
    assert parse_address(path).text == path
    assert len(path.partition("@")[0]) == 38
    for seen in (path, path.upper(), f"<{path}>", path.replace("+", "-", 1), path.replace("@", "+autoreply@")):
        assert read_return_path(SIGNER, seen) == Returned(delivery_id, notice=False)


@given(IDS)
def test_a_notice_has_a_return_path_of_its_own_kind(notice_id):
    path = notice_return_path(SIGNER, notice_id, "news.example.org")
    assert read_return_path(SIGNER, path) == Returned(notice_id, notice=True)
    with pytest.raises(TokenError):
        read_return_path(SIGNER, "b" + path[1:])


WRAPPINGS = [
    "prvs=012345abcd={}",
    "PRVS=012345ABCD={}",
    "prvs=1234567890abcdef={}",
    "btv1==0123456789==={}".replace("===", "=="),
    "msprvs1=17c3-AbCd_12:e={}",
    "SRS0=Hh4+=T7=news.example.org={}",
    "srs0+hash=ts=news.example.org={}",
    "SRS0-hash=ts=news.example.org={}",
    "SRS1=hhhh=forwarder.example==Hh4+=T7=news.example.org={}",
    "SRS1=hhhh=forwarder.example=+Hh4+=T7=news.example.org={}",
    "SRS0=Hh4+=T7=gateway.example=prvs=012345abcd={}",
]


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@given(number=IDS)
def test_a_return_path_is_read_through_what_servers_put_before_it(wrapping, number):
    for path_of, notice in ((return_path, False), (notice_return_path, True)):
        local = path_of(SIGNER, number, "news.example.org").partition("@")[0]
        seen = f"{wrapping.format(local)}@forwarder.example"
        assert read_return_path(SIGNER, seen) == Returned(number, notice=notice)
        assert read_return_path(SIGNER, f"<{seen.upper()}>") == Returned(number, notice=notice)
        forged = seen.replace(local, local[:-1] + ("0" if local[-1] != "0" else "1"))
        with pytest.raises(TokenError):
            read_return_path(SIGNER, forged)


@pytest.mark.parametrize(
    "address", ["prvs=@x.example", "prvs=" * 200 + "@x.example", "SRS0=" + "=" * 900, "prvs==b+@x", "srs1=a=b==@x"]
)
def test_what_only_looks_wrapped_is_refused(address):
    with pytest.raises(TokenError):
        read_return_path(SIGNER, address)


NAMES = ((message_id, return_path, False), (notice_message_id, notice_return_path, True))


@pytest.mark.parametrize(("name_of", "path_of", "notice"), NAMES)
@given(number=IDS)
def test_a_message_id_leads_back_and_so_does_the_tag_made_of_it(number, name_of, path_of, notice):
    name = name_of(SIGNER, number, "news.example.org")
    assert len(name) == len(path_of(SIGNER, number, "news.example.org"))
    for seen in (name, name.upper(), f"<{name}>", tag_of(name), tag_of(name).upper()):
        assert read_message_id(SIGNER, seen) == Returned(number, notice=notice)


@pytest.mark.parametrize(("name_of", "path_of", "notice"), NAMES)
@given(number=IDS, separator=st.sampled_from("+-=_."), tag=st.sampled_from("bn"))
def test_no_return_path_is_made_of_a_message_id_nor_a_message_id_of_a_return_path(
    number, separator, tag, name_of, path_of, notice
):
    for made, read in ((name_of, read_return_path), (path_of, read_message_id)):
        token = made(SIGNER, number, "news.example.org").partition("@")[0][2:]
        for text in (f"{tag}{separator}{token}@anything.example", f"<{tag}{separator}{token}@news.example.org>"):
            with pytest.raises(TokenError):
                read(SIGNER, text)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "b+@x",
        "jane@example.org",
        "b+aaaa@x",
        "x+aeaaaaaaaaae3sewtputflolgwbsa@x",
        "b+" + "a" * 36 + "@x",
        "b+é" + "a" * 28 + "@x",
    ],
)
def test_what_is_none_of_ours_is_refused(address):
    with pytest.raises(TokenError):
        read_return_path(SIGNER, address)


@given(IDS, st.integers(2, 30), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_letter_is_noticed(delivery_id, place, letter):
    path = return_path(SIGNER, delivery_id, "news.example.org")
    changed = path[:place] + letter + path[place + 1 :]
    if changed != path:
        # The last letter carries one spare bit: another spelling of the same token may still be read, never another id.
        with contextlib.suppress(TokenError):
            assert read_return_path(SIGNER, changed) == Returned(delivery_id, notice=False)
