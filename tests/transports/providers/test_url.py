"""The URL of a provider."""

from __future__ import annotations

import pytest

from newsletter import bootstrap
from newsletter.config import Settings
from newsletter.errors import InputError
from newsletter.transports.providers.registry import from_url
from newsletter.transports.providers.url import ProviderUrl


def test_keys_are_percent_decoded_and_the_place_is_a_region_or_domain() -> None:
    url = ProviderUrl.read("ses://AKID:a%2Fb%2B%40@EU-west-1?session_token=x%20y", frozenset({"session_token"}))
    assert (url.key, url.secret, url.place, url.option("session_token")) == ("AKID", "a/b+@", "eu-west-1", "x y")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("sendgrid:", "no key"),
        ("sendgrid://@", "no key"),
        ("sendgrid://host", "no key"),
        ("sendgrid://KEY@?regoin=eu", "no option 'regoin'"),
        ("sendgrid://KEY@?region=mars", "region is global or eu"),
        ("sendgrid://KEY@?region", "no URL"),
        ("mailgun://KEY@", "domain is missing"),
        ("ses://KEY@eu-west-1", "secret is missing"),
        ("ses://KEY:SECRET@", "region is missing"),
        ("ses://KEY:SEC/RET@eu-west-1", "no"),
        ("mailjet://KEY@", "secret is missing"),
        ("postmark://KEY@?api=http://evil.example", "api is an https"),
        ("postmark://KEY@?api=http://127.0.0.1.evil.example", "api is an https"),
        ("postmark://KEY@?api=ftp://127.0.0.1", "api is an https"),
        ("postmark://KEY@?api=https://u:p@example.org", "api is an https"),
        ("postmark://KEY@?api=https://[", "api is an https"),
        ("pigeon://KEY@", "not a provider"),
    ],
)
def test_a_wrong_url_is_said_to_be_so_without_its_key(url: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as raised:
        from_url(url)
    assert "KEY" not in str(raised.value)
    assert "SEC" not in str(raised.value)


@pytest.mark.parametrize(
    "api", ["https://proxy.example.org/", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"]
)
def test_another_address_of_the_api_may_be_named_over_tls_or_on_this_machine(api: str) -> None:
    assert ProviderUrl.read(f"postmark://KEY@?api={api}").api("https://default") == api.rstrip("/")


def test_the_scheme_of_the_way_out_chooses_the_provider() -> None:
    parts = bootstrap.wire(Settings(smtp_url="postmark://token@", data_dir="unused"))
    assert parts.transport.name == "postmark"
    parts.transport.close()
    with pytest.raises(InputError, match="no way out"):
        _ = bootstrap.wire(Settings(smtp_url="pigeon:x", data_dir="unused")).transport
