"""The way out as an operator writes it."""

import pytest

from newsletter.errors import InputError
from newsletter.transports.smtp.url import Route, Tls, parse_url


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("smtp://127.0.0.1:2525", Route("127.0.0.1", 2525)),
        ("smtp://localhost", Route("localhost", 25)),
        ("smtp://mail.example.org", Route("mail.example.org", 587, Tls.STARTTLS)),
        ("smtps://mail.example.org", Route("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtp://mail.example.org:465", Route("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtp://mail.example.org:25?tls=opportunistic", Route("mail.example.org", 25, Tls.OPPORTUNISTIC)),
        ("smtp://[::1]:25", Route("::1", 25)),
        (
            "smtp://me%40example.org:p%2Fw@mail.example.org?auth=login&verify=no&ca=/x.pem&ehlo=a.example.org",
            Route(
                "mail.example.org",
                587,
                Tls.STARTTLS,
                "me@example.org",
                "p/w",
                "login",
                verify=False,
                ca="/x.pem",
                ehlo_name="a.example.org",
            ),
        ),
    ],
)
def test_a_url_says_where_and_how(url, route):
    assert parse_url(url) == route


@pytest.mark.parametrize(
    "url",
    [
        "",
        "smtp:",
        "http://example.org",
        "smtp://h:99999",
        "smtp://h:x",
        "smtp://h?tls=yes",
        "smtp://h?verify=maybe",
        "smtp://h?tsl=none",
        "smtp://h?auth=cram-md5",
        "smtp://h?ehlo=a%0D%0Ab",
        "smtp://h?ehlo=a b",
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url):
    with pytest.raises(InputError):
        parse_url(url)


@pytest.mark.parametrize("tls", ["none", "opportunistic"])
def test_a_password_goes_in_the_clear_only_when_that_is_written_out(tls):
    with pytest.raises(InputError) as refused:
        parse_url(f"smtp://me:hush@mail.example.org?tls={tls}")
    assert "hush" not in str(refused.value)
    assert parse_url(f"smtp://me:hush@mail.example.org?tls={tls}&plaintext_auth=yes").user == "me"
    assert parse_url(f"smtp://me:hush@127.0.0.1?tls={tls}").user == "me"


def test_a_route_never_shows_its_password():
    route = parse_url("smtp://me:hush@127.0.0.1")
    assert "hush" not in repr(route) and "hush" not in route.place
