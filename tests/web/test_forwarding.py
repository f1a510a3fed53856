"""Which address counts: peer x header x trusted list, what the consent record keeps, and whether the inbox opens."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.model import ConsentRecord, SignUp
from newsletter.networks import address_of, read_networks
from newsletter.store.database import Database
from newsletter.web.app import create_app
from newsletter.web.forwarding import MOST_HOPS, client_of
from tests.web.places import add_publication, make_parts

PROXIES = "10.0.0.1, 172.30.0.0/16 2001:db8:ffff::/48"
LONG = ", ".join(["192.0.2.66"] * 900)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    peer: str
    forwarded_for: tuple[str, ...]
    counts: str = ""
    trusted: str = PROXIES


TABLE = [
    # nobody is trusted, or not this peer: what it says of others is nothing
    Row("192.0.2.1", (), "192.0.2.1"),
    Row("192.0.2.1", ("198.51.100.7",), "192.0.2.1"),
    Row("10.0.0.1", ("198.51.100.7",), "10.0.0.1", trusted=""),
    Row("127.0.0.1", ("198.51.100.7",), "127.0.0.1"),
    Row("::1", ("198.51.100.7",), "::1"),
    Row("10.0.0.2", ("198.51.100.7",), "10.0.0.2"),
    Row("192.0.2.1", ("10.0.0.1",), "192.0.2.1"),
    # a trusted proxy: the right-most address that is not a proxy's
    Row("10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
    Row("10.0.0.1", ("192.0.2.66, 198.51.100.7",), "198.51.100.7"),
    Row("10.0.0.1", ("192.0.2.66", "198.51.100.7"), "198.51.100.7"),  # two lines
    Row("10.0.0.1", ("192.0.2.66, 198.51.100.7, 172.30.9.9",), "198.51.100.7"),
    Row("10.0.0.1", ("192.0.2.66, 198.51.100.7", "172.30.9.9, 172.30.0.1"), "198.51.100.7"),
    Row("172.30.4.4", ("198.51.100.7",), "198.51.100.7"),
    Row("10.0.0.1", ("127.0.0.1",), "127.0.0.1"),
    Row("10.0.0.1", ("172.30.1.1",), "172.30.1.1"),  # a proxy asks for itself
    Row("10.0.0.1", ("172.30.1.1, 172.30.2.2",), "172.30.1.1"),
    # spellings
    Row("10.0.0.1", ("198.51.100.7:51234",), "198.51.100.7"),
    Row("10.0.0.1", ("  198.51.100.7\t",), "198.51.100.7"),
    Row("10.0.0.1", ("2001:db8::7",), "2001:db8::7"),
    Row("10.0.0.1", ("2001:DB8:0:0::7",), "2001:db8::7"),
    Row("10.0.0.1", ("[2001:db8::7]",), "2001:db8::7"),
    Row("10.0.0.1", ("[2001:db8::7]:443",), "2001:db8::7"),
    Row("10.0.0.1", ("::ffff:198.51.100.7",), "198.51.100.7"),
    Row("10.0.0.1", ("[::ffff:198.51.100.7]:80",), "198.51.100.7"),
    Row("10.0.0.1", ("198.51.100.7, ::ffff:172.30.1.1",), "198.51.100.7"),
    Row("::ffff:10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
    Row("::ffff:192.0.2.1", ("198.51.100.7",), "192.0.2.1"),
    Row("2001:db8:ffff::1", ("198.51.100.7",), "198.51.100.7"),
    # nonsense never becomes the address: the last one that a trusted proxy told counts, or the proxy itself
    *(
        Row("10.0.0.1", (nonsense,), "10.0.0.1")
        for nonsense in (
            *(
                "",
                ",",
                ", ,",
                "unknown",
                "_hidden",
                "localhost",
                "news.example.org",
                "198.51.100",
                "198.51.100.256",
                "0x7f.1",
            ),
            *(
                "198.51.100.07",
                "198.51.100.7 ",
                "[198.51.100.7",
                "198.51.100.7]",
                "198.51.100.7:",
                "198.51.100.7:123456",
            ),
            *(
                "198.51.100.7:80:80",
                "2001:db8::7%eth0",
                "fe80::1%" + "x" * 9_000,
                "[2001:db8::7]x",
                "2001:db8:::7",
                "1::2::3",
            ),
            *(
                "for=198.51.100.7",
                '"198.51.100.7"',
                "198.51.100.7;",
                "<script>",
                "'; DROP TABLE",
                "\x7f",
                "é",
                "1" * 10_000,
            ),
            *(
                "198.51.100.7, unknown",
                "198.51.100.7,",
                "192.0.2.66 198.51.100.7",
                "[",
                "[]",
                "[]:80",
                ":80",
                "3325256711",
            ),
        )
        if nonsense.strip(" \t") != "198.51.100.7"
    ),
    Row("10.0.0.1", ("198.51.100.7, nonsense, 172.30.1.1",), "172.30.1.1"),
    Row("10.0.0.1", (f"{LONG}, 198.51.100.7",), "198.51.100.7"),  # 10 kB
    Row("10.0.0.1", (LONG, "198.51.100.7"), "198.51.100.7"),
    Row(
        "10.0.0.1", (", ".join(["198.51.100.7", *["172.30.1.1"] * MOST_HOPS]),), "172.30.1.1"
    ),  # not looked at for ever
    # what is no address at all, such as a Unix socket, is nobody's proxy
    Row("", ("198.51.100.7",), ""),
    Row("testclient", ("198.51.100.7",), "testclient"),
]


def app_of(parts: Parts) -> FastAPI:
    """Return the application over these parts, made once: with its first request it learns its routes, which takes half a second."""
    if "app of the test" not in parts.__dict__:
        parts.__dict__["app of the test"] = create_app(parts)
    made: FastAPI = parts.__dict__["app of the test"]
    return made


def ask(parts: Parts, row: Row, path: str = "/inbox", **more: str) -> httpx.Response:
    """Ask for `path` as this row's peer would, by a loopback name."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app_of(parts), client=(row.peer, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8025") as client:
            headers = [("x-forwarded-for", value.encode("utf-8")) for value in row.forwarded_for]
            named = [(name.replace("_", "-"), value.encode()) for name, value in more.items()]
            return await client.get(path, headers=[*headers, *named])

    return asyncio.run(asked())


def with_proxies(database: Database, clock: SettableClock, folder: Path, trusted: str) -> Parts:
    """Return parts of a service on its own machine that trusts these proxies."""
    made = make_parts(database, clock, folder, base_url="http://127.0.0.1:8025")
    parts = Parts(Settings(**{**made.settings.model_dump(), "trusted_proxies": trusted}, _env_file=None), clock)
    parts.__dict__["database"] = database
    return parts


def test_the_table_of_peers_headers_and_trusted_proxies(
    database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    """What counts is what the consent record keeps; the inbox opens only to this machine's own visitor."""
    add_publication(database)
    wrong = []
    served: dict[str, Parts] = {}
    for row in TABLE:
        if row.trusted not in served:
            served[row.trusted] = with_proxies(database, clock, tmp_path, row.trusted)
        parts = served[row.trusted]
        kept, opens = consent_of(parts, row), ask(parts, row).status_code == 200
        at_home = row.counts in {"127.0.0.1", "::1"} and not row.forwarded_for
        if (kept, opens) != (row.counts, at_home):
            wrong.append((row, kept, opens))
    assert wrong == []


def consent_of(parts: Parts, row: Row) -> str:
    """Sign up as this row's visitor, and return the address that the consent record keeps."""
    app = app_of(parts)

    async def signed_up() -> None:
        transport = httpx.ASGITransport(app, client=(row.peer, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8025") as client:
            page = await client.get("/orchard/subscribe")
            token = re.search(r'name="token" value="([^"]+)"', page.text)
            assert token is not None
            parts.clock.sleep(
                timedelta(days=2).total_seconds() / 96
            )  # half an hour: limits by address are forgotten meanwhile
            count = len(consents(parts))
            headers = [("x-forwarded-for", value.encode("utf-8")) for value in row.forwarded_for]
            form = {"address": f"reader{count}@pear.test", "token": token[1]}
            answer = await client.post("/orchard/subscribe", data=form, headers=headers)
            assert answer.status_code == 303, answer.text

    asyncio.run(signed_up())
    with parts.database.read() as session:
        waiting = list(session.scalars(select(SignUp.id)))
    for sign_up_id in waiting:
        parts.sign_ups.answer(sign_up_id)
    return consents(parts)[-1].ip


def consents(parts: Parts) -> list[ConsentRecord]:
    with parts.database.read() as session:
        return list(session.scalars(select(ConsentRecord).order_by(ConsentRecord.id)))


@given(st.text(max_size=200), st.sampled_from(["", "198.51.100.7, ", "10.0.0.1, "]))
def test_whatever_is_forwarded_the_result_is_an_address(text: str, before: str) -> None:
    peer = address_of("10.0.0.1")
    assert peer is not None
    found = client_of(peer, before + text, read_networks(PROXIES))
    assert address_of(str(found)) == found


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "http, HTTPS", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "gopher", "http"),
        ("10.0.0.1", "", "http"),
        ("192.0.2.1", "https", "http"),
    ],
)
def test_the_scheme_is_believed_like_the_address(parts: Parts, peer: str, said: str, scheme: str) -> None:
    from newsletter.web.forwarding import Forwarded

    seen = {}

    async def inner(scope, receive, send) -> None:
        seen.update(scope)

    scope = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": [(b"x-forwarded-proto", said.encode())]}
    asyncio.run(Forwarded(inner, read_networks(PROXIES))(scope, None, None))
    assert seen["scheme"] == scheme


FORWARDING = [
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Prefix",
    "X-Forwarded",
    "X-Real-IP",
    "Via",
    "CF-Connecting-IP",
    "CF-Ray",
    "CF-Visitor",
    "CDN-Loop",
    "True-Client-IP",
    "X-Client-IP",
    "Client-IP",
    "X-Cluster-Client-IP",
    "Fly-Client-IP",
    "Fastly-Client-IP",
    "X-Original-Forwarded-For",
    "X-Original-URL",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-ProxyUser-Ip",
    "X-Remote-IP",
    "X-Remote-Addr",
    "X-Envoy-External-Address",
    "X-Envoy-Expected-Rq-Timeout-Ms",
    "X-Azure-ClientIP",
    "X-Azure-SocketIP",
    "X-ARR-SSL",
    "X-ARR-LOG-ID",
    "X-AppEngine-User-IP",
    "X-Amzn-Trace-Id",
    "X-Request-Id",
    "X-Scheme",
    "X-URL-Scheme",
    "Front-End-Https",
    "X-Nginx-Proxy",
    "X-Varnish",
    "Surrogate-Capability",
    "Max-Forwards",
    "WL-Proxy-Client-IP",
    "Proxy-Client-IP",
    "Proxy-Connection",
    "X-BlueCoat-Via",
    "Tailscale-User-Login",
    "X-SSL-Client-Verify",
    "Akamai-Origin-Hop",
    "X-Vercel-Forwarded-For",
    "DO-Connecting-IP",
    "Ali-CDN-Real-IP",
    "Incap-Client-IP",
    "X-Sucuri-ClientIP",
    "X-Appengine-Remote-Addr",
    "Traceparent",
    "B3",
]


@pytest.mark.parametrize("name", FORWARDING)
@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
def test_any_header_of_a_proxy_means_that_nobody_is_at_home(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, name: str, trusted: str
) -> None:
    parts = with_proxies(sqlite_database, clock, tmp_path, trusted)
    for value in ("127.0.0.1", "", "::1", "localhost"):
        answer = ask(parts, Row("127.0.0.1", ()), **{name.lower().replace("-", "_"): value})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?next=/inbox")


@pytest.mark.parametrize("said", ["close", "Close", "close, TE", "keep-alive , close", "TE,close,"])
def test_who_hangs_up_after_each_request_is_a_proxy_however_that_is_written(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, said: str
) -> None:
    parts = with_proxies(sqlite_database, clock, tmp_path, "")
    assert ask(parts, Row("127.0.0.1", ()), connection=said).status_code == 303
    assert ask(parts, Row("127.0.0.1", ()), connection=said.lower().replace("close", "closely")).status_code == 200


def test_a_named_proxy_is_never_at_home_whatever_it_sends(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    assert ask(with_proxies(sqlite_database, clock, tmp_path, ""), Row("127.0.0.1", ())).status_code == 200
    assert ask(with_proxies(sqlite_database, clock, tmp_path, "127.0.0.0/8"), Row("127.0.0.1", ())).status_code == 303


def test_what_browsers_send_is_at_home(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> None:
    sent = {
        "accept": "text/html,*/*;q=0.8",
        "accept_encoding": "gzip, deflate, br, zstd",
        "accept_language": "de,en;q=0.7",
        "connection": "keep-alive",
        "cookie": "a=b",
        "referer": "http://127.0.0.1:8025/inbox",
        "upgrade_insecure_requests": "1",
        "user_agent": "Mozilla/5.0",
        "sec_fetch_dest": "document",
        "sec_fetch_mode": "navigate",
        "sec_fetch_site": "none",
        "sec_fetch_user": "?1",
        "sec_ch_ua": '"Chromium";v="140"',
        "sec_gpc": "1",
        "dnt": "1",
        "priority": "u=0, i",
        "te": "trailers",
        "pragma": "no-cache",
        "cache_control": "no-cache",
    }
    assert ask(with_proxies(sqlite_database, clock, tmp_path, ""), Row("127.0.0.1", ()), **sent).status_code == 200


@pytest.mark.parametrize(
    "host", ["[", "[::1", "127.0.0.1:x", "127.0.0.1:99999", "", "evil.example", "127.0.0.1.evil.example"]
)
def test_an_odd_host_is_nobody_at_home_and_no_broken_page(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, host: str
) -> None:
    answer = ask(with_proxies(sqlite_database, clock, tmp_path, ""), Row("127.0.0.1", ()), host=host)
    assert answer.status_code in ({200, 303} if host.startswith("127.0.0.1:") else {303})


def test_the_proxies_may_not_be_everybody_nor_names() -> None:
    for value in ("*", "0.0.0.0/0", "::/0", "::ffff:0:0/96", "proxy", "10.0.0.1/8", "10.0.0", "10.0.0.0/33"):
        with pytest.raises(ValueError, match="trusted_proxies"):
            Settings(trusted_proxies=value, _env_file=None)
