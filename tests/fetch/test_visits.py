"""Asks with headers, validators and secrets, and what becomes of them on the way: against a real server."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.clock import SettableClock, SystemClock
from newsletter.errors import InputError, UnavailableError
from newsletter.fetch import (
    Ask,
    BrokenAnswerError,
    Fetcher,
    FetchLimits,
    Hop,
    LargeAnswerError,
    PrivateAddressError,
    SlowAnswerError,
    is_public,
)
from tests.parts.source_server import PLAIN, SourceServer, Stand, redirect, refusal

SECRET = "sesame-open-4711"
TAG, DATE = '"v1"', "Sat, 09 May 2026 05:00:00 GMT"


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with SourceServer() as made:
        yield made


@pytest.fixture(scope="module")
def lasting() -> Iterator[SourceServer]:
    """One for many examples."""
    with SourceServer() as made:
        yield made


def fetcher(server: SourceServer, **limits: object) -> Fetcher:
    given = FetchLimits(**{"schemes": PLAIN, "seconds": 20.0, **limits})
    return Fetcher(given, allowed=server.allowed, look_up=server.look_up)


def test_headers_go_along_and_take_the_place_of_ours(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x"))
    fetcher(server).ask(Ask(url, headers={"accept": "application/json", "X-Version": "3"}))
    [seen] = server.asks
    assert set(seen.headers) == {"host", "user-agent", "accept", "accept-encoding", "x-version"}
    assert (seen.headers["accept"], seen.headers["x-version"]) == ("application/json", "3")


@pytest.mark.parametrize(
    "name", ["Host", "Content-Length", "transfer-encoding", "Accept-Encoding", "a b", "", "x:y", "ü", "x\r\ny"]
)
def test_a_header_that_is_not_for_others_to_set_is_refused(server: SourceServer, name: str) -> None:
    with pytest.raises(InputError, match="cannot be sent"):
        fetcher(server).ask(Ask(server.url("a.example"), headers={name: "x"}))
    assert server.asks == []


@pytest.mark.parametrize("value", [f"{SECRET}\r\nX: y", f"{SECRET}\n", f"{SECRET}€", "", f" {SECRET}", f"{SECRET}\0"])
def test_a_value_that_cannot_be_sent_is_refused_and_not_told(server: SourceServer, value: str) -> None:
    with pytest.raises(InputError, match="the value of the header x-api-key cannot be sent") as raised:
        fetcher(server).ask(Ask(server.url("a.example"), secret_headers={"x-api-key": value}))
    assert SECRET not in str(raised.value)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(value=st.text(st.characters(max_codepoint=0x17F), max_size=20))
def test_a_value_arrives_as_it_was_given_or_is_refused(lasting: SourceServer, value: str) -> None:
    url = lasting.put("a.example", "/", Stand(b"x"))
    try:
        fetcher(lasting).ask(Ask(url, headers={"X-Value": value}))
    except InputError:
        return
    assert lasting.asks[-1].headers["x-value"] == value


def test_what_is_unchanged_is_told_and_both_validators_are_sent(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x" * 5000, etag=TAG, last_modified=DATE))
    first = fetcher(server, octets=5000).ask(Ask(url))
    assert (first.content, first.is_unchanged, first.etag, first.last_modified) == (b"x" * 5000, False, TAG, DATE)
    again = fetcher(server, octets=10).ask(Ask(url, etag=first.etag, last_modified=first.last_modified))
    assert (again.status, again.is_unchanged, again.content) == (304, True, b"")
    assert {"if-none-match": TAG, "if-modified-since": DATE}.items() <= server.asks[-1].headers.items()
    assert server.bodies.total() == 1


def test_a_304_that_tells_the_length_and_coding_of_the_body_it_leaves_out_is_no_large_answer(
    server: SourceServer,
) -> None:
    url = server.put(
        "a.example", "/", Stand(b"x", etag=TAG, headers={"Content-Length": "99999999", "Content-Encoding": "br"})
    )
    assert fetcher(server).ask(Ask(url, etag=TAG)).is_unchanged


def test_validators_go_to_the_address_that_gave_them_alone(server: SourceServer) -> None:
    new = server.put("b.example", "/new", Stand(b"x", etag=TAG))
    old = server.put("a.example", "/old", redirect(new))
    page = fetcher(server).ask(Ask(old))
    assert fetcher(server).ask(Ask(old, etag=page.etag, validators_of=page.url)).is_unchanged
    assert ["if-none-match" in seen.headers for seen in server.asks[2:]] == [False, True]
    assert fetcher(server).ask(Ask(old, etag=page.etag)).is_unchanged
    assert fetcher(server).ask(Ask(old, etag=page.etag, validators_of=old)).content == b"x"


def test_a_validator_that_no_server_gave_is_left_out(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x", etag=TAG))
    assert fetcher(server).ask(Ask(url, etag="a\r\nb: c", last_modified="ü€")).content == b"x"
    assert not {"if-none-match", "if-modified-since"} & set(server.asks[-1].headers)


def _secrets_seen(server: SourceServer) -> list[bool]:
    return [SECRET in str(seen.headers) for seen in server.asks]


def test_a_secret_goes_along_within_its_host(server: SourceServer) -> None:
    server.put("a.example", "/old", redirect("/new"))
    server.put("a.example", "/new", Stand(b"x"))
    fetcher(server).ask(Ask(server.url("a.example", "/old"), secret_headers={"x-api-key": SECRET}))
    assert _secrets_seen(server) == [True, True]


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "Cookie", "PRIVATE-TOKEN", "X-Secret", "Proxy-Auth"])
def test_a_secret_goes_to_no_other_host_and_never_back(server: SourceServer, name: str) -> None:
    server.put("a.example", "/old", redirect(server.url("b.example", "/x")))
    server.put("b.example", "/x", redirect(server.url("a.example", "/chosen-by-b")))
    server.put("a.example", "/chosen-by-b", Stand(b"x"))
    for given_ in ({"secret_headers": {name: SECRET}}, {"headers": {name: SECRET}}):
        server.asks.clear()
        fetcher(server).ask(Ask(server.url("a.example", "/old"), **given_))
        assert _secrets_seen(server) == [True, False, False]


def test_a_secret_goes_to_no_other_port(server: SourceServer) -> None:
    with SourceServer() as other:
        server.put("a.example", "/", redirect(other.put("a.example", "/", Stand(b"x"))))
        fetcher(server).ask(Ask(server.url("a.example"), headers={"X-Open": "y"}, secret_headers={"x-api-key": SECRET}))
        assert (_secrets_seen(server), _secrets_seen(other)) == ([True], [False])
        assert other.asks[0].headers["x-open"] == "y"


def test_a_secret_stands_in_no_error_log_or_repr(server: SourceServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bad = [
        Stand(hangs=True),
        Stand(b"xx", breaks_off=1),
        Stand(b"x" * 99, drips=0.05),
        refusal(500),
        redirect("/"),
        redirect("ftp://x/"),
    ]
    for number, stand in enumerate(bad):
        ask = Ask(server.put("a.example", "/", stand), secret_headers={"x-api-key": SECRET}, seconds=1.0)
        try:
            said = repr(fetcher(server).ask(ask))
        except (InputError, UnavailableError) as error:
            said = f"{error} {error!r} {error.__cause__} {error.__suppress_context__ or error.__context__}"
        assert SECRET not in said + repr(ask), number
    assert SECRET not in caplog.text
    assert _secrets_seen(server)[0]


def test_the_way_is_told_hop_by_hop_and_whether_it_is_for_good(server: SourceServer) -> None:
    end = server.put("c.example", "/end", Stand(b"x"))
    middle = server.put("b.example", "/middle", redirect(end, 301))
    first = server.put("a.example", "/first", redirect(middle, 308))
    page = fetcher(server).ask(Ask(first))
    assert (page.url, page.hops, page.is_moved_for_good) == (end, (Hop(first, 308), Hop(middle, 301)), True)
    server.put("b.example", "/middle", redirect(end, 302))
    assert not fetcher(server).ask(Ask(first)).is_moved_for_good
    assert not fetcher(server).ask(Ask(end)).is_moved_for_good


def test_a_redirect_without_a_location_is_an_answer(server: SourceServer) -> None:
    assert fetcher(server).ask(Ask(server.put("a.example", "/", Stand(status=301)))).status == 301


def test_redirects_that_never_end_end(server: SourceServer) -> None:
    one, two = server.url("a.example", "/one"), server.url("b.example", "/two")
    server.put("a.example", "/one", redirect(two))
    server.put("b.example", "/two", redirect(one))
    with pytest.raises(UnavailableError, match="more than 3 redirects"):
        fetcher(server).ask(Ask(one))
    assert len(server.asks) == 4


@pytest.mark.parametrize("hops", [0, 1, 2])
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("169.254.169.254", "169.254.169.254"),
        ("10.0.0.1", "10.0.0.1"),
        ("[::1]", "::1"),
        ("127.1", "127.0.0.2"),
        ("inside.example", "192.168.0.1"),
    ],
)
def test_no_hop_leads_to_a_private_address(server: SourceServer, hops: int, host: str, address: str) -> None:
    url = f"http://{host}:{server.port}/"
    for number in range(hops):
        url = server.put(f"n{number}.example", "/", redirect(url))
    found = {host.strip("[]"): [address]}
    guarded = Fetcher(
        FetchLimits(schemes=PLAIN),
        allowed=lambda each: is_public(each) or server.allowed(each),
        look_up=lambda name, port: found.get(name) or server.look_up(name, port),
    )
    with pytest.raises(PrivateAddressError, match="not a public address"):
        guarded.ask(Ask(url))
    assert len(server.asks) == hops


def test_plain_http_is_the_wish_of_an_ask(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x"))
    strict = Fetcher(allowed=server.allowed, look_up=server.look_up)
    with pytest.raises(InputError, match="only https is fetched"):
        strict.ask(Ask(url))
    assert strict.ask(Ask(url, schemes=PLAIN)).content == b"x"


def test_an_international_address_arrives(server: SourceServer) -> None:
    server.put("xn--bcher-kva.example", "/%C3%BCber", redirect("/n\xe4chstes"))
    server.put("xn--bcher-kva.example", "/n%E4chstes", Stand(b"x"))
    page = fetcher(server).ask(Ask(f"http://bücher.example:{server.port}/über"))
    assert (page.content, page.url) == (b"x", server.url("xn--bcher-kva.example", "/n%E4chstes"))


def test_a_packed_answer_is_unpacked_within_the_bound(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(b"x" * 100_000, packs=True))
    page = fetcher(server).ask(Ask(url, octets=100_000))
    assert (page.content, page.headers["content-encoding"]) == (b"x" * 100_000, "gzip")
    with pytest.raises(LargeAnswerError, match="larger than 99999 octets"):
        fetcher(server).ask(Ask(url, octets=99_999))
    assert server.asks[-1].headers["accept-encoding"] == "gzip"


def test_a_bomb_ends_at_the_bound(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(gzip.compress(bytes(10_000_000)), headers={"Content-Encoding": "x-gzip"}))
    with pytest.raises(LargeAnswerError, match="when it is unpacked"):
        fetcher(server).ask(Ask(url))


@pytest.mark.parametrize(
    ("content", "coding", "said"),
    [
        (b"<rss/>", "gzip", "cannot be unpacked"),
        (gzip.compress(b"<rss/>", mtime=0)[:-3], "GZip", "breaks off"),
        (b"x", "br", r"packed \(br\) although"),
        (b"x", "deflate", "packed"),
        (b"x", "zstd", "packed"),
        (b"x", "gzip, gzip", "packed"),
    ],
)
def test_what_cannot_be_unpacked_is_told(server: SourceServer, content: bytes, coding: str, said: str) -> None:
    url = server.put("a.example", "/", Stand(content, headers={"Content-Encoding": coding}))
    with pytest.raises(BrokenAnswerError, match=said):
        fetcher(server).ask(Ask(url))


@pytest.mark.parametrize(
    ("stand", "error"),
    [
        (Stand(b"x" * 5001), LargeAnswerError),
        (Stand(b"x" * 100, endless=True), LargeAnswerError),
        (Stand(hangs=True), SlowAnswerError),
        (Stand(b"x" * 1000, drips=0.02), SlowAnswerError),
        (Stand(b"x" * 1000, drips_head=True), SlowAnswerError),
        (redirect("/"), UnavailableError),
    ],
)
def test_what_is_too_much_ends(server: SourceServer, stand: Stand, error: type[Exception]) -> None:
    url = server.put("a.example", "/", stand)
    with pytest.raises(error):
        fetcher(server).ask(Ask(url, octets=5000, seconds=0.4 if error is SlowAnswerError else 20.0))


def test_an_ask_never_takes_more_seconds_than_its_fetcher_gives(server: SourceServer) -> None:
    url = server.put("a.example", "/", Stand(hangs=True))
    with pytest.raises(SlowAnswerError, match=r"within 0\.2 s"):
        fetcher(server, seconds=0.2).ask(Ask(url, seconds=60))


def test_all_hops_share_the_seconds(server: SourceServer) -> None:
    third = server.put("c.example", "/", Stand(b"x", waits=0.4))
    second = server.put("b.example", "/", Stand(status=302, headers={"Location": third}, waits=0.4))
    first = server.put("a.example", "/", Stand(status=302, headers={"Location": second}, waits=0.4))
    with pytest.raises(SlowAnswerError):
        fetcher(server).ask(Ask(first, seconds=0.9))
    assert fetcher(server).ask(Ask(first, seconds=20)).content == b"x"


@pytest.mark.parametrize(
    "stand",
    [
        Stand(b"no" * 99, 503, drips=0.05),
        Stand(b"x" * 50_000, 503),
        Stand(b"x", 503, headers={"Content-Encoding": "br"}),
        Stand(b"xx", 503, breaks_off=1),
    ],
)
def test_a_refusal_is_one_however_badly_it_is_worded(server: SourceServer, stand: Stand) -> None:
    page = fetcher(server).ask(Ask(server.put("a.example", "/", stand), octets=10, seconds=3.0))
    assert page.status == 503
    assert len(page.content) <= 16 * 1024


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "120", 120.0),
        (503, "Sat, 09 May 2026 06:01:00 GMT", 60.0),
        (429, "999999", 86_400.0),
        (503, "", None),
        (200, "5", None),
    ],
)
def test_how_long_to_wait_is_told_in_seconds_from_now(
    server: SourceServer, status: int, said: str, seconds: float | None
) -> None:
    url = server.put("a.example", "/", refusal(status, said))
    clock = _Started(datetime(2026, 5, 9, 6, 0, tzinfo=UTC))
    page = Fetcher(FetchLimits(schemes=PLAIN), clock=clock, allowed=server.allowed, look_up=server.look_up).ask(
        Ask(url)
    )
    assert page.retry_after == seconds


class _Started(SettableClock):
    """A calendar that stands still, while seconds pass as they do."""

    def monotonic(self) -> float:
        return SystemClock().monotonic()
