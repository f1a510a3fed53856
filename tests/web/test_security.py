"""What the shield refuses and hides; that it stands around every answer is in `test_every_answer`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.web.app import create_app
from newsletter.web.bodies import MAX_BODY
from newsletter.web.security import CONTENT_SECURITY_POLICY, PRIVATE_POLICY
from tests.web.places import Visitor, make_parts
from tests.web.seats import Browser, add_editor

FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


def test_the_policy_allows_nothing_inline_and_no_framing() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_past_the_cap_is_413_whether_announced_or_not(
    parts: Parts, orchard: Publication, announced: bool
) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"address=" + b"a" * (MAX_BODY // 16)

    content = b"a" * (MAX_BODY + 1) if announced else trickle()
    answer = Visitor(create_app(parts)).ask("POST", "/orchard/subscribe", content=content, headers=FORM_TYPE)
    assert answer.status_code == 413
    assert "Too large" in answer.text


def test_a_bug_is_a_page_without_its_insides(
    parts: Parts, orchard: Publication, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def explode(*_: object, **__: object) -> str:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(parts.renderer, "web", explode)
    answer = Visitor(create_app(parts)).get("/orchard/2026-03-02")
    assert answer.status_code == 500
    assert "Something broke" in answer.text and "secret inside" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    logged = capsys.readouterr().out
    assert "RuntimeError" in logged and "in explode" in logged
    assert "secret inside" not in logged.replace('raise RuntimeError("the secret inside")', "")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/%00",
            "/orchard/%00",
            "/orchard/all/%00",
            "/orchard?before=%00",
            "/%FF",
            "/orchard?x=%FF",
            "/%ED%A0%80",
            "/u/%C3",
        ),
        *(
            "/" + "x" * 9_000,
            "/orchard?before=" + "x" * 9_000,
            "/orchard?" + "&" * 9_000,
            "/static/%00",
            "/c/%00/1",
            "/o/%00.gif",
        ),
        *("/desk/%00", "/inbox/%00", "/inbox/%00/raw", "/hooks/%00", "/healthz?%00"),
    ],
)
def test_an_address_that_can_name_nothing_is_404(parts: Parts, orchard: Publication, address: str) -> None:
    app = create_app(parts)
    for method in ("GET", "HEAD", "POST", "PUT"):
        answer = Visitor(app).ask(method, address)
        assert answer.status_code == 404
        assert "content-security-policy" in answer.headers


def test_only_public_pages_load_images_from_elsewhere(parts: Parts, orchard: Publication) -> None:
    app = create_app(parts)
    browser = Browser(app)
    browser.take_seat(parts, add_editor(parts))
    for path in (
        "/desk",
        "/desk/sign-in",
        "/desk/orchard/readers",
        "/desk/orchard/issues/1",
        "/desk/nowhere/at/all",
        "/inbox",
        "/inbox/none",
    ):
        policy = browser.get(path).headers["content-security-policy"]
        assert policy == PRIVATE_POLICY, path
    assert "https:" not in PRIVATE_POLICY
    for path in ("/", "/orchard", "/orchard/2026-03-02", "/nowhere"):
        assert browser.get(path).headers["content-security-policy"] == CONTENT_SECURITY_POLICY


SITE = "https://news.test"


@pytest.mark.parametrize(
    ("host", "origin", "site", "taken"),
    [
        ("news.test", "https://news.test", None, True),
        ("news.test", None, None, True),
        ("127.0.0.1:8025", "https://news.test", "same-origin", True),  # a proxy that asks for its upstream
        ("127.0.0.1:8025", "https://NEWS.test", None, True),
        ("other.test", "https://other.test", None, True),  # a second name of the same service
        ("other.test", "http://other.test", None, True),  # the proxy takes the TLS off
        ("127.0.0.1:8025", "https://evil.test", None, False),
        ("news.test", "https://evil.test", None, False),
        ("news.test", "https://news.test.evil.test", None, False),
        ("news.test", "https://news.test:444", None, False),
        ("news.test", "null", None, False),
        ("news.test", "", None, False),
        ("news.test", "https://[", None, False),
        ("news.test", "news.test", None, False),
        ("news.test", "https://news.test", "cross-site", False),
        ("news.test", "https://news.test", "same-site", False),
        ("news.test", None, "cross-site", False),
    ],
)
def test_a_form_is_taken_from_the_name_that_was_asked_for_or_the_public_one(
    sqlite_database: Database,
    clock: SettableClock,
    tmp_path: Path,
    host: str,
    origin: str | None,
    site: str | None,
    taken: bool,
) -> None:
    app = create_app(make_parts(sqlite_database, clock, tmp_path, base_url=SITE))
    headers = {"host": host, "origin": origin, "sec-fetch-site": site} | FORM_TYPE
    given = {name: value for name, value in headers.items() if value is not None}
    answer = Visitor(app).ask("POST", "/desk/sign-in", headers=given, content="address=x&password=y")
    assert answer.status_code == (422 if taken else 403)


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://news.test:443", "news.test"),
        ("http://news.test:80/", "news.test"),
        ("https://News.Test:8443", "news.test:8443"),
        ("https://bücher.test", "xn--bcher-kva.test"),
        ("http://[::1]:8025", "[::1]:8025"),
    ],
)
def test_the_public_host_is_spelled_as_browsers_do(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, base_url: str, host: str
) -> None:
    assert make_parts(sqlite_database, clock, tmp_path, base_url=base_url).settings.public_host == host


@pytest.mark.parametrize(
    "base_url", ["https://", "https://[", "https://news.test:x", "https://news.test:99999", "https://a..é"]
)
def test_an_address_that_no_browser_takes_is_no_setting(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, base_url: str
) -> None:
    with pytest.raises(ValueError, match="as a browser takes them"):
        make_parts(sqlite_database, clock, tmp_path, base_url=base_url)
