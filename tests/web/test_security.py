from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Base, Publication
from newsletter.store.database import Database
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from newsletter.web.bodies import MAX_BODY
from newsletter.web.security import CONTENT_SECURITY_POLICY
from tests.web.places import Visitor, make_parts

GIVEN = {
    "pub": "orchard",
    "issue": "2026-03-02",
    "section": "papers",
    "key": "grafting-1",
    "digits": "1f5f8b",
    "path": "site.css",
}
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


def routes(router: Any) -> Iterator[Any]:
    """Yield every route under `router`, those of included routers too."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from routes(inner)


def addresses(app: FastAPI) -> list[str]:
    """Return one address of every public route that answers GET, and some that nothing answers."""
    token = app.state.parts.signer.issue(Purpose.UNSUBSCRIBE, 7)
    paths = {route.path for route in routes(app) if "GET" in (getattr(route, "methods", None) or ())}
    public = sorted(path for path in paths if not path.startswith(("/desk", "/inbox")))
    nowhere = ["/unknown", "/orchard/", "/orchard/2026-03-09", "/a/b/c/d/e", "/static/nothing.css"]
    return ["/static/site.css", *nowhere, *(path.format(**GIVEN, token=token) for path in public)]


def test_every_answer_has_the_security_headers(parts: Parts, orchard: Publication) -> None:
    app = create_app(parts)
    visitor = Visitor(app)
    seen = addresses(app)
    assert len(seen) > 15
    for path in seen:
        for method in ("GET", "POST", "HEAD", "DELETE", "OPTIONS"):
            headers = visitor.ask(method, path).headers
            assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY, path
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] in {"no-referrer", "strict-origin-when-cross-origin"}
            assert "strict-transport-security" not in headers
            assert "set-cookie" not in headers


def test_the_policy_allows_nothing_inline_and_no_framing() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


def test_https_is_remembered_when_the_service_is_on_https(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = make_parts(sqlite_database, clock, tmp_path, base_url="https://news.test")
    assert "max-age=" in Visitor(create_app(parts)).get("/robots.txt").headers["strict-transport-security"]


def test_no_page_holds_an_inline_style_or_script(parts: Parts, orchard: Publication) -> None:
    app = create_app(parts)
    for path in addresses(app):
        answer = Visitor(app).get(path)
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert " style=" not in answer.text and "<style" not in answer.text, path
            assert "<script" not in answer.text and " onclick" not in answer.text, path


def test_get_and_head_never_write(parts: Parts, orchard: Publication) -> None:
    app = create_app(parts)

    def contents() -> list[tuple[str, int]]:
        with parts.database.read() as session:
            return [(t.name, session.scalar(select(func.count()).select_from(t))) for t in Base.metadata.sorted_tables]

    before = contents()
    for path in addresses(app):
        for method in ("GET", "HEAD"):
            Visitor(app).ask(method, path)
    assert contents() == before


def test_head_is_answered_as_get_without_the_content(parts: Parts, orchard: Publication) -> None:
    app = create_app(parts)
    for path in addresses(app):
        full, head = Visitor(app).get(path), Visitor(app).ask("HEAD", path)
        assert (head.status_code, head.content) == (full.status_code, b""), path
        if path != "/metrics":
            assert head.headers.get("content-length") == full.headers.get("content-length"), path


def test_a_method_that_makes_no_sense_is_405(parts: Parts, orchard: Publication) -> None:
    visitor = Visitor(create_app(parts))
    for method, path in (("DELETE", "/orchard"), ("PUT", "/orchard/subscribe"), ("POST", "/robots.txt")):
        answer = visitor.ask(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"]


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
