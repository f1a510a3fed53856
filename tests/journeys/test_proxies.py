"""The demonstration behind real proxies, set up as docs/production.md says: what a visitor may do, and whose address counts."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from newsletter.audience.asking import FORM_MIN_SECONDS
from tests.parts.ports import free_port
from tests.parts.proxies import NAME, Caddy, Nginx, PlainNginx, Proxy
from tests.parts.waiting import comes_true

READER, OTHER_READER, EDITOR = "127.0.0.21", "127.0.0.22", "127.0.0.23"
MOST_SIGN_UPS = 12
OWNER, PASSWORD = "olga@tide.example.org", "correct horse battery"


@contextmanager
def demo(folder: Path, port: int, **settings: str) -> Iterator[None]:
    """Run what `make run` runs."""
    given = {"DATA_DIR": str(folder / "data"), "PORT": str(port), **settings}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "newsletter", "demo"],
            stdout=log,
            stderr=log,
            cwd=folder,
            env=clean | {f"NEWSLETTER_{name}": value for name, value in given.items()},
        )
    try:
        assert comes_true(lambda: b"Ctrl-C" in (folder / "demo.log").read_bytes(), within=120)
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait(20)


class Visitor:
    """A browser at one address, in front of the proxy."""

    def __init__(self, proxy: Proxy, source: str) -> None:
        context = ssl.create_default_context(cafile=str(proxy.trusted))
        transport = httpx.HTTPTransport(verify=context, local_address=source)
        headers = {"host": f"{NAME}:{proxy.port}", "accept": "text/html"}
        self.origin = f"https://{NAME}:{proxy.port}"
        self._client = httpx.Client(
            transport=transport, base_url=f"https://127.0.0.1:{proxy.port}", headers=headers, timeout=60
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET a page."""
        return self._client.get(path, headers=headers)

    def post(self, path: str, headers: dict[str, str] | None = None, **data: str) -> httpx.Response:
        """Send a form, as this site's own page would."""
        return self._client.post(path, data=data, headers={"origin": self.origin, **(headers or {})})

    def open_form(self) -> str:
        """Return the token of a form that is opened now."""
        token = re.search(r'name="token" value="([^"]+)"', self.get("/demo/subscribe").text)
        assert token is not None
        return token[1]

    def sign_up(self, address: str, token: str, **headers: str) -> int:
        """Send a form that was opened a while ago, and return the status."""
        return self.post("/demo/subscribe", headers, address=address, token=token).status_code

    def become_owner(self, folder: Path) -> httpx.Response:
        """Follow the link that the demonstration printed."""
        (path,) = re.findall(r"/desk/sign-in/link/[\w-]{43}", (folder / "demo.log").read_text(encoding="utf-8"))
        return self.post(path, address=OWNER, name="Olga", password=PASSWORD, again=PASSWORD)

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        """Sign in as the demonstration's owner."""
        return self.post("/desk/sign-in", address=OWNER, password=password, next="/inbox")

    def close(self) -> None:
        """Leave."""
        self._client.close()


@pytest.fixture
def visitors() -> Iterator[list[Visitor]]:
    come: list[Visitor] = []
    yield come
    for visitor in come:
        visitor.close()


def consents(folder: Path, address: str) -> list[tuple[str, str]]:
    """Return action and IP address of a reader's consent records."""
    ledger = sqlite3.connect(folder / "data" / "newsletter.db")
    try:
        return ledger.execute(
            "select action, ip from consent_records c join subscriptions s on s.id = c.subscription_id"
            " join subscribers r on r.id = s.subscriber_id where r.address = ? order by c.id",
            (address,),
        ).fetchall()
    finally:
        ledger.close()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", [Nginx, Caddy], ids=["nginx", "caddy"])
def test_sign_up_sign_in_and_inbox_behind_a_proxy_are_as_documented(
    tmp_path: Path, visitors: list[Visitor], kind: type[Proxy]
) -> None:
    port = free_port()
    proxy = kind(tmp_path, port)
    try:
        base_url = f"https://{NAME}:{proxy.port}"
        with demo(tmp_path, port, BASE_URL=base_url, TRUSTED_PROXIES="127.0.0.1"):
            visitors += [Visitor(proxy, source) for source in (READER, OTHER_READER, EDITOR)]
            reader, other, editor = visitors
            # sign-up: the consent record keeps the reader's own address, whatever the reader writes into headers
            forms, others = [reader.open_form() for _ in range(MOST_SIGN_UPS)], [other.open_form() for _ in range(2)]
            time.sleep(FORM_MIN_SECONDS + 1)  # a person is not faster
            assert reader.sign_up("pip@pear.example", forms.pop()) == 303
            forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
            assert other.sign_up("quince@pear.example", others.pop(), **forged) == 303
            assert comes_true(lambda: consents(tmp_path, "pip@pear.example") == [("asked", READER)], within=30)
            assert comes_true(lambda: consents(tmp_path, "quince@pear.example") == [("asked", OTHER_READER)], within=30)

            # limits: one visitor has used up what one network may do, and the other one notices nothing
            answers = [reader.sign_up(f"pip{n}@pear.example", form, **forged) for n, form in enumerate(forms)]
            assert (answers[0], answers[-1]) == (303, 429)
            assert other.sign_up("medlar@pear.example", others.pop()) == 303

            # inbox: behind a proxy it is for editors, though the proxy comes from this very machine
            for visitor in (reader, other, editor):
                for headers in (
                    {},
                    {"X-Forwarded-For": "127.0.0.1"},
                    {"X-Forwarded-For": "::1", "X-Real-IP": "127.0.0.1"},
                ):
                    shut = visitor.get("/inbox", **headers)
                    assert (shut.status_code, shut.headers["location"]) == (303, "/desk/sign-in?next=/inbox")

            # sign-in: from here, and not from another site's form
            assert editor.post("/desk/sign-in", {"origin": "https://evil.example"}, address="x").status_code == 403
            assert editor.become_owner(tmp_path).status_code == 303
            signed_in = editor.sign_in()
            assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/inbox")
            assert editor.get("/desk").status_code == 200
            assert comes_true(lambda: "pip@pear.example" in editor.get("/inbox?q=pip%40pear").text, within=60)
            mail = re.search(r'href="(/inbox/[^"?]+)', editor.get("/inbox?q=pip%40pear").text)
            assert mail is not None
            link = re.search(rf"{re.escape(base_url)}(/confirm/[\w-]+)", editor.get(f"{mail[1]}?tab=text").text)
            assert link is not None
            assert reader.post(link[1]).status_code == 200
            assert ("confirmed", READER) in consents(tmp_path, "pip@pear.example")

            # bounds, and doors that are shut
            assert reader.get("/metrics").status_code == 404
            assert reader.get("/healthz").status_code == 200
            assert reader.post("/demo/subscribe", address="a" * 70_000).status_code == 413
            assert reader.post("/hooks/mail", address="a" * 11_000_000).status_code == 413
            led = reader.get("/demo/")
            assert (led.status_code, led.headers["location"]) == (308, f"{base_url}/demo")
    finally:
        proxy.stop()


@pytest.mark.timeout(300)
def test_a_plain_nginx_opens_no_inbox_and_still_lets_an_editor_in(tmp_path: Path, visitors: list[Visitor]) -> None:
    """No header tells of the visitor, and `Host` is the web server's own address."""
    port = free_port()
    proxy = PlainNginx(tmp_path, port)
    try:
        with demo(tmp_path, port):  # as `make run` does it: without a public address
            assert httpx.get(f"http://127.0.0.1:{port}/inbox", timeout=60).status_code == 200, "at home it is open"
            assert httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).status_code == 200
            visitors.append(Visitor(proxy, READER))
            assert visitors[0].get("/inbox").status_code == 303
            assert visitors[0].get("/metrics").status_code == 404
        with demo(tmp_path, port, BASE_URL=f"https://{NAME}:{proxy.port}"):
            assert visitors[0].get("/inbox").status_code == 303
            assert visitors[0].become_owner(tmp_path).status_code == 303
            assert visitors[0].sign_in().status_code == 303
            assert visitors[0].get("/inbox").status_code == 200
    finally:
        proxy.stop()


def test_readers_tokens_stay_out_of_the_log_of_nginx(tmp_path: Path, visitors: list[Visitor]) -> None:
    proxy = Nginx(tmp_path, free_port())  # nobody is behind it
    try:
        visitors.append(Visitor(proxy, READER))
        for path in ("/u/TOKEN", "/u/TOKEN/tracking", "/c/TOKEN/1", "/o/TOKEN.gif", "/confirm/TOKEN", "/seen"):
            assert visitors[0].get(path).status_code == 502
        assert comes_true(lambda: "/seen" in (tmp_path / "access.log").read_text(encoding="utf-8"))
        assert "TOKEN" not in (tmp_path / "access.log").read_text(encoding="utf-8")
    finally:
        proxy.stop()
