"""What others name is fetched with care: against a real server, real TLS, and a resolver that lies."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.errors import InputError, UnavailableError
from newsletter.fetch import Fetcher, FetchLimits, PrivateAddressError, is_public
from tests.parts.certificates import make_certificates

PLAIN = ("http", "https")


class Site:
    """A web server on loopback whose pages are functions."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                site.pages[self.path](self)

            def log_message(self, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a guest who leaves early is none
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def page(content: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def near(**limits: object) -> Fetcher:
    """A fetcher that may call this machine."""
    return Fetcher(FetchLimits(**{"schemes": PLAIN, **limits}), allowed=lambda _: True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::127.0.0.1",
        "fe80::1",
        "fe80::1%lo",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:7f00:1::",
    ],
)
def test_an_address_that_not_everyone_reaches_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_an_address_that_everyone_reaches_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_called_however_it_is_written(host: str, site: Site) -> None:
    with pytest.raises(InputError, match="not a public address"):
        Fetcher(FetchLimits(schemes=PLAIN))(site.url(host=host))
    assert site.asked == []


def test_a_host_with_one_private_address_among_its_own_is_not_called(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    _resolve(monkeypatch, {"two.example": ["93.184.216.34", "127.0.0.1"]})
    monkeypatch.setattr(socket, "create_connection", lambda *given, **_: connected.append(given))
    with pytest.raises(InputError, match=r"two\.example is at 127\.0\.0\.1"):
        Fetcher(FetchLimits(schemes=PLAIN))(site.url(host="two.example"))
    assert connected == []


def test_the_connection_goes_to_the_address_that_was_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers otherwise the second time is not asked a second time."""
    site.pages["/"] = page(b"here")
    asked = _resolve(monkeypatch, {"moving.example": ["127.0.0.1"]})
    assert near()(site.url(host="moving.example")) == b"here"
    assert asked == ["moving.example"]
    assert site.asked[0][1]["host"] == f"moving.example:{site.port}"


def test_the_next_address_is_tried_when_the_first_does_not_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/"] = page(b"here")
    _resolve(monkeypatch, {"two.example": ["127.0.0.2", "127.0.0.1"]})
    assert near()(site.url(host="two.example")) == b"here"


def _resolve(monkeypatch: pytest.MonkeyPatch, known: dict[str, list[str]]) -> list[str]:
    real, asked = socket.getaddrinfo, []

    def look_up(host: str, port: int, *given: object, **more: object) -> list[object]:
        if host not in known:
            return real(host, port, *given, **more)  # an address
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "no absolute URL"),
        ("ftp://example.org/", "only https"),
        ("http://example.org/", "only https"),
        ("//example.org/", "only https"),
        ("https://user@example.org/", "user name"),
        ("https://user:word@example.org/", "user name"),
        ("https://example.org:99999/", "no absolute URL"),
        ("https://example.org/a b", "no absolute URL"),
        ("https://example.org/\r\nX: y", "no absolute URL"),
        ("https://bücher.example/", "no absolute URL"),
        ("https:///x", "no absolute URL"),
        ("https://[::1/", "no absolute URL"),
        ("", "no absolute URL"),
    ],
)
def test_a_url_of_another_kind_is_refused_in_words(url: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Fetcher()(url)


def test_a_name_nobody_has_is_said_to_be_missing() -> None:
    with pytest.raises(UnavailableError, match="is not found"):
        Fetcher()("https://nobody.invalid/")


def test_a_redirect_is_followed_and_told(site: Site) -> None:
    site.pages["/"] = page(b"", 302, Location="/there")
    site.pages["/there"] = page(b"here", Content_Type="text/plain")
    found = near().get(site.url())
    assert (found.content, found.status, found.headers["content-type"]) == (b"here", 200, "text/plain")
    assert found.url == site.url("/there")


def test_a_redirect_to_a_private_address_is_refused(site: Site) -> None:
    site.pages["/"] = page(b"", 302, Location="http://169.254.169.254/latest/meta-data/")
    fetcher = Fetcher(FetchLimits(schemes=PLAIN), allowed=lambda address: str(address) == "127.0.0.1")
    with pytest.raises(InputError, match=r"169\.254\.169\.254 is at"):
        fetcher(site.url())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user@127.0.0.1/"])
def test_a_redirect_to_another_kind_of_address_is_refused(target: str, site: Site) -> None:
    site.pages["/"] = page(b"", 301, Location=target)
    with pytest.raises(InputError):
        near()(site.url())


def test_redirects_end(site: Site) -> None:
    site.pages["/"] = page(b"", 302, Location="/")
    with pytest.raises(UnavailableError, match="more than 3 redirects"):
        near()(site.url())
    assert len(site.asked) == 4
    with pytest.raises(UnavailableError, match="more than 0 redirects"):
        near(redirects=0)(site.url())


def test_another_status_is_an_error_when_only_the_body_is_wanted(site: Site) -> None:
    site.pages["/"] = page(b"gone", 410)
    assert near().get(site.url()).content == b"gone"
    with pytest.raises(UnavailableError, match="410"):
        near()(site.url())


@pytest.mark.parametrize("announced", [True, False])
def test_more_octets_than_allowed_are_not_read(announced: bool, site: Site) -> None:
    def large(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header(*(("Content-Length", "1001") if announced else ("Connection", "close")))
        handler.end_headers()
        handler.wfile.write(b"x" * 1001)
        handler.close_connection = True

    site.pages["/"] = large
    site.pages["/right"] = page(b"x" * 1000)
    with pytest.raises(UnavailableError, match="larger than 1000"):
        near(octets=1000)(site.url())
    assert len(near(octets=1000)(site.url("/right"))) == 1000


def test_a_packed_answer_is_refused_before_it_is_unpacked(site: Site) -> None:
    site.pages["/"] = page(b"\x1f\x8b", Content_Encoding="gzip")
    with pytest.raises(UnavailableError, match="packed"):
        near()(site.url())
    assert site.asked[0][1]["accept-encoding"] == "identity"


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_ends_when_its_time_is_over(part: str, site: Site) -> None:
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " if part == "head" else b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(200):  # each octet well within any time for one read
            if over.wait(0.02):
                break
            handler.wfile.write(b"x")
            handler.wfile.flush()
        handler.close_connection = True

    site.pages["/"] = drip
    try:
        with pytest.raises(UnavailableError, match=r"no answer within 0\.2 s"):
            near(seconds=0.2)(site.url())
    finally:
        over.set()


def test_a_server_that_says_nothing_is_left(site: Site) -> None:
    quiet = threading.Event()
    site.pages["/"] = lambda _: quiet.wait(10) and None
    with pytest.raises(UnavailableError, match="no answer within"):
        near(seconds=0.1)(site.url())
    quiet.set()


def test_an_answer_that_breaks_off_or_is_no_http_is_an_error(site: Site) -> None:
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        handler.close_connection = True

    def noise(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n")
        handler.close_connection = True

    site.pages["/short"], site.pages["/noise"] = short, noise
    for path in site.pages:
        with pytest.raises(UnavailableError, match="cannot be fetched"):
            near()(site.url(path))


def test_nothing_of_ours_goes_along(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    site.pages["/"] = page(b"", 302, Location="/there", Set_Cookie="a=b")
    site.pages["/there"] = page(b"here")
    near()(site.url("/#part"))
    assert [path for path, _ in site.asked] == ["/", "/there"]
    for _, headers in site.asked:
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    trusted, context = make_certificates(tmp_path_factory.mktemp("certificates"))
    return ssl.create_default_context(cafile=trusted), context


def test_https_is_checked_against_the_hosts_name_and_those_we_trust(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust, own = tls
    site = Site(own)
    site.pages["/"] = page(b"safe")
    site.pages["/away"] = page(b"", 302, Location=site.url("/").replace("https", "http"))
    fetcher = Fetcher(FetchLimits(schemes=PLAIN), allowed=lambda _: True, trust=trust)
    assert fetcher(site.url(scheme="https")) == b"safe"

    with pytest.raises(InputError, match="away from https"):
        fetcher(site.url("/away", scheme="https"))
    with pytest.raises(UnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
        near()(site.url(scheme="https"))
    _resolve(monkeypatch, {"other.example": ["127.0.0.1"]})
    with pytest.raises(UnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
        fetcher(site.url(host="other.example", scheme="https"))
    site.server.shutdown()
    site.server.server_close()


def test_words_of_errors_name_the_host_and_no_more(site: Site) -> None:
    site.pages["/?token=secret"] = page(b"", 500)
    with pytest.raises(UnavailableError) as raised:
        near()(site.url("/?token=secret"))
    assert str(raised.value) == "127.0.0.1: the answer is 500"


def test_a_glance_reads_no_more_than_it_was_asked_for(site: Site) -> None:
    site.pages["/large"] = page(b"x" * 5_000_000)
    assert near().glance(site.url("/large"), octets=100).content == b"x" * 100
    assert near().glance(site.url("/large")).content == b""


def test_a_glance_follows_and_says_how_it_came_there(site: Site) -> None:
    site.pages["/old"] = page(b"", 301, Location="/older")
    site.pages["/older"] = page(b"", 308, Location="/new")
    site.pages["/new"] = page(b"", 404)
    found = near().glance(site.url("/old"))
    assert (found.url, found.status, found.moves) == (site.url("/new"), 404, (301, 308))


def test_a_glance_ends_when_its_own_time_is_over(site: Site) -> None:
    over = threading.Event()
    site.pages["/slow"] = lambda handler: (over.wait(10), page(b"")(handler))[1]
    with pytest.raises(UnavailableError, match=r"no answer within 0\.3 s"):
        near().glance(site.url("/slow"), seconds=0.3)
    over.set()


def test_a_private_address_has_an_error_of_its_own() -> None:
    with pytest.raises(PrivateAddressError):
        Fetcher(FetchLimits(schemes=PLAIN)).glance("http://127.0.0.1/")
