"""Bodies and forms: within bounds, read beside the loop, and the same to a view however they were spelled."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form, Request
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bootstrap import Parts
from newsletter.feedback.intake import MAX_OCTETS, MAX_WEBHOOK_OCTETS
from newsletter.model import Publication
from newsletter.transports.providers.registry import READERS
from newsletter.web import bodies
from newsletter.web.app import create_app
from newsletter.web.bodies import FORM, MAX_BODY, MAX_DESK_BODY, MOST_FIELDS, Bodies
from tests.web.places import Visitor

URLENCODED = {"content-type": FORM}
PARTS = {"content-type": "multipart/form-data; boundary=b"}


def part(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


@pytest.fixture
def echo(parts: Parts) -> FastAPI:
    """An application that answers with what a view gets of a form."""
    app = FastAPI()
    app.state.parts = parts

    @app.post("/form")
    @app.post("/desk/form")
    def form(text: Annotated[str, Form()] = "", one_click: Annotated[str, Form(alias="List-Unsubscribe")] = ""):
        return [text, one_click]

    @app.post("/hooks/raw")
    async def raw(request: Request):
        return [(await request.body()).decode("latin-1"), request.headers["content-type"]]

    app.add_middleware(Bodies)
    return app


def sent(app: FastAPI, path: str, content: bytes, **headers: str) -> httpx.Response:
    return Visitor(app).ask("POST", path, content=content, headers=URLENCODED | headers)


@pytest.mark.parametrize(
    ("path", "cap"),
    [
        ("/orchard/subscribe", MAX_BODY),
        ("/confirm/x", MAX_BODY),
        ("/u/x/tracking", MAX_BODY),
        ("/nowhere", MAX_BODY),
        ("/desk/sign-in", MAX_BODY),
        ("/desk/orchard/issues/1", MAX_DESK_BODY),
        ("/hooks/mail", MAX_OCTETS),
        *((f"/hooks/{provider}", MAX_WEBHOOK_OCTETS) for provider in READERS),
    ],
)
def test_each_place_has_its_cap_to_the_octet(parts: Parts, orchard: Publication, path: str, cap: int) -> None:
    app = create_app(parts)
    assert sent(app, path, b"x=" + b"a" * (cap - 2)).status_code != 413
    assert sent(app, path, b"x=" + b"a" * (cap - 1)).status_code == 413
    assert sent(app, path, b"", **{"content-length": str(cap + 1)}).status_code == 413


def test_public_forms_take_64_kib() -> None:
    assert (MAX_BODY, MAX_DESK_BODY) == (64 * 1024, 2 * 1024**2)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_view_gets_what_was_typed(text: str) -> None:
    fields = bodies.read_form(httpx.QueryParams({"text": text, "List-Unsubscribe": "One-Click"}).__str__().encode())
    assert dict(fields) == {"text": text, "List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a b+c&d=e%f",
        "Élodie ✓ 𝄞",
        "line\r\nline\n\rline",
        "--b\r\n--b--",
        '"quoted"; name="x"',
        "a" * 60_000,
    ],
)
def test_every_spelling_of_a_form_reaches_the_view(echo: FastAPI, text: str) -> None:
    content = str(httpx.QueryParams({"text": text, "List-Unsubscribe": "One-Click"})).encode()
    if len(content) <= MAX_BODY:
        assert sent(echo, "/form", content).json() == [text, "One-Click"]
    assert sent(echo, "/desk/form", content).json() == [text, "One-Click"]
    if "--b" not in text:
        answer = sent(echo, "/form", part("text", text) + part("List-Unsubscribe", "One-Click") + b"--b--\r\n", **PARTS)
        assert answer.json() == [text, "One-Click"]


def test_what_comes_raw_in_utf_8_is_read_too(echo: FastAPI) -> None:
    assert sent(echo, "/form", "text=Élodie".encode()).json() == ["Élodie", ""]


def test_a_body_that_is_no_form_is_an_empty_one(echo: FastAPI) -> None:
    for kind in (
        "application/json",
        "text/plain",
        "",
        "application/x-www-form-urlencoded, multipart/form-data",
        "x" * 300,
    ):
        assert sent(echo, "/form", b"text=x", **{"content-type": kind}).json() == ["", ""]


def test_a_hook_gets_the_octets_that_came(echo: FastAPI) -> None:
    content = b"&&&=%00\xff" * 500
    assert sent(echo, "/hooks/raw", content).json() == [content.decode("latin-1"), FORM]


@pytest.mark.parametrize(
    "content",
    [
        b"text=%00",
        b"%00=text",
        b"text=\0",
        b"other=%00",
        b"text=%FF",
        b"text=\xff",
        b"text=%ED%A0%80",
        b"text=%C3",
        b"&" * 64_000,
        b"a&" * 32_000,
        b"a=b&" * 16_000,
        b"a=b&" * MOST_FIELDS + b"a",
        b"text=x;" + b"&" * 200,
    ],
)
def test_what_is_no_text_or_far_too_much_of_it_is_422(echo: FastAPI, content: bytes) -> None:
    for path in ("/form", "/desk/form"):
        answer = sent(echo, path, content)
        assert answer.status_code == 422
        assert "cannot be read" in answer.text


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data; boundary=b", part("text", "a\0b") + b"--b--\r\n"),
        ("multipart/form-data; boundary=b", part("x", "") * 1000 + b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"a: b\r\n" * 1000 + b"\r\n\r\n--b--\r\n"),
        ("multipart/form-data", part("text", "x") + b"--b--\r\n"),
        ("multipart/form-data; boundary=" + "b" * 71, part("text", "x") + b"--b--\r\n"),
        ('multipart/form-data; boundary="b\\"; charset=utf-16; x=\\""', part("text", "x") + b"--b--\r\n"),
    ],
)
def test_a_multipart_body_that_nobody_makes_is_422(echo: FastAPI, kind: str, content: bytes) -> None:
    assert sent(echo, "/form", content, **{"content-type": kind}).status_code == 422


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "utf-16", "utf-7", "raw_unicode_escape", "punycode", "no-such", "zip"]
)
@pytest.mark.parametrize(
    "pattern", ["{0}; charset={1}", "{0}; charset=utf-8; charset={1}", "{0}; charset={1}; charset=utf-8"]
)
def test_the_sender_chooses_no_charset(echo: FastAPI, charset: str, pattern: str) -> None:
    """One that makes lone surrogates of plain letters would break the database behind it."""
    kind = pattern.format(PARTS["content-type"], charset)
    answer = sent(echo, "/form", part("text", "\\ud800\\x00+2AA-") + b"--b--\r\n", **{"content-type": kind})
    assert answer.json() == ["\\ud800\\x00+2AA-", ""]


def test_a_broken_multipart_body_is_no_broken_page(echo: FastAPI) -> None:
    whole = part("text", "x") + part("List-Unsubscribe", "y") + b"--b--\r\n"
    for end in range(0, len(whole), 7):
        assert sent(echo, "/form", whole[:end], **PARTS).status_code in {200, 400}


def test_large_forms_are_read_beside_the_loop(echo: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    read = bodies.read_form

    def watched(body: bytes):
        threads.append(threading.current_thread())
        return read(body)

    monkeypatch.setattr(bodies, "read_form", watched)
    assert sent(echo, "/desk/form", b"text=" + b"%41" * 300_000).json() == ["A" * 300_000, ""]
    assert threads[0] is not threading.main_thread()


def test_the_application_finds_the_end_of_a_large_form_without_looking_at_each_octet() -> None:
    """What is handed on holds as many octets as the text: no percent sign is left to be looked at on the loop."""
    handed = bodies._as_parts([("text", "%41" * 10 + "é")], "b")
    assert "%41" * 10 + "é" in handed.decode()
    assert bodies._as_parts([('x"\r\nEvil: 1', "y"), ("x" * 101, "y"), ("é", "y")], "b") == b"--b--\r\n"


def test_only_a_few_large_bodies_are_in_memory_at_a_time(parts: Parts) -> None:
    """Sixteen senders that never finish a large body keep out large ones, and no small one."""
    reached = asyncio.Event()

    async def inner(scope, receive, send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    gate = Bodies(inner)
    app = FastAPI()
    app.state.parts = parts

    async def slow():
        reached.set()
        await asyncio.Event().wait()

    def scope() -> dict:
        headers = [(b"content-type", FORM.encode())]
        return {
            "type": "http",
            "method": "POST",
            "path": "/desk/x",
            "query_string": b"",
            "headers": headers,
            "app": app,
        }

    def receiver(first: bytes):
        begun = []

        async def receive():
            if not begun:
                begun.append(1)
                return {"type": "http.request", "body": first, "more_body": True}
            return await slow()

        return receive

    async def asked(body: bytes) -> int:
        statuses = []

        async def send(message) -> None:
            statuses.append(message.get("status", 0))

        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            return waiting.pop()

        await gate(scope(), receive, send)
        return statuses[0]

    async def all_of_it() -> list[int]:
        large = b"x=" + b"a" * MAX_BODY
        tasks = [asyncio.create_task(gate(scope(), receiver(large), None)) for _ in range(bodies.MOST_LARGE)]
        await asyncio.sleep(0)
        await reached.wait()
        found = [await asked(large), await asked(b"x=small")]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [*found, await asked(large), gate.large]

    assert asyncio.run(all_of_it()) == [503, 200, 200, 0]


def test_a_client_that_goes_away_half_way_is_no_bug(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app(parts)

    async def asked() -> list:
        told = []
        waiting = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"x", "more_body": True}]

        async def receive():
            return waiting.pop()

        async def send(message) -> None:
            told.append(message)

        headers = [(b"content-type", FORM.encode()), (b"host", b"news.test")]
        path = {"path": "/orchard/subscribe", "raw_path": b"/orchard/subscribe", "query_string": b"", "root_path": ""}
        await app(
            {"type": "http", "method": "POST", "headers": headers, "client": ("192.0.2.7", 1), **path}, receive, send
        )
        return told

    assert asyncio.run(asked()) == []
    assert "broke" not in capsys.readouterr().out
