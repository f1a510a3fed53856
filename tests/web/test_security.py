"""What the shield refuses and hides; that it stands around every answer is in `test_every_answer`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from newsletter.web.app import create_app
from newsletter.web.bodies import MAX_BODY
from newsletter.web.security import CONTENT_SECURITY_POLICY
from tests.web.places import Visitor

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
