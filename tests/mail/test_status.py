"""Enhanced status codes and reply codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail import status

NUMBER = st.integers(0, 999)


@given(st.sampled_from("245"), NUMBER, NUMBER)
def test_a_status_is_found_wherever_it_stands(kind: str, subject: int, detail: int) -> None:
    code = f"{kind}.{subject}.{detail}"
    assert status.find_statuses(f"550 {code} no") == [code]
    assert status.find_statuses(f"(#{code})") == [code]


@given(st.ip_addresses(v=4).map(str))
def test_an_ip_address_is_no_status(address: str) -> None:
    assert status.find_statuses(f"host [{address}] said") == []


@pytest.mark.parametrize("text", ["Exim 4.94.2.1", "version 12.4.1", "5.01.1", "3.1.1", "5.1.1111", "5.1"])
def test_what_only_looks_like_a_status_is_none(text: str) -> None:
    assert status.find_statuses(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 no", 550),
        ("said: 421-busy", 421),
        ("250 ok", 250),
        ("port 25: timed out", 0),
        ("10.0.0.550 x", 0),
        ("250 ok, then 451 later", 451),
        ("a550 x", 0),
        ("554", 554),
    ],
)
def test_a_reply_code_is_found(text: str, code: int) -> None:
    assert status.find_code(text) == code


def test_the_status_that_tells_most_is_best() -> None:
    assert status.best("5.0.0", "5.1.1") == "5.1.1"
    assert status.best("5.7.1", "5.2.2") == "5.2.2"
    assert status.best("5.2.2", "5.1.1") == "5.2.2"
    assert status.best("", "") == ""


def test_the_registry_is_read_by_subject_and_detail() -> None:
    assert status.told_by("4.2.2") is status.told_by("5.2.2")
    assert status.told_by("5.0.0") is None


@given(st.text(max_size=200))
def test_any_text_is_borne(text: str) -> None:
    for found in status.find_statuses(text):
        assert 0 <= status.rank(found) <= 3
    assert status.find_code(text) in range(600)
