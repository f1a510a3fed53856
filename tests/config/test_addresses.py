"""A setting that names whom we ask holds a whole address, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from newsletter.config.addresses import is_address


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://127.0.0.1:8080/v1?x=y", "http://[::1]/", "HTTPS://A.example", "http://host"]
)
def test_a_whole_address_is_one(url: str) -> None:
    assert is_address(url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.example", "ftp://a.example", "https://", "https:///x", "https://a.example:0", "https://a.example:x"),
        *(
            "https://a.example:99999",
            "https://[::1",
            "https://ü.example",
            "https://a.example/a b",
            " https://a.example",
        ),
        *("https://a.example/\n", "https://a.example/\x00"),
    ],
)
def test_what_is_none_is_told(url: str) -> None:
    assert not is_address(url)


def test_other_schemes_are_those_that_are_named() -> None:
    assert is_address("spamd://a.example:783", ("spamd",))
    assert not is_address("https://a.example", ("spamd",))
