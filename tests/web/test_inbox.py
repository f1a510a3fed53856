"""The local inbox shows what was caught, to whom it may, and lets a mail do nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.mail.envelope import Envelope, Outcome
from newsletter.store.database import Database
from newsletter.transports.maildir import MaildirTransport
from newsletter.web.app import create_app
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

HOME = "http://127.0.0.1:8025"
MAIL = (
    b"From: Mara <mara@tide.example.org>\r\nTo: reader@example.org\r\nSubject: =?utf-8?q?Eb_&_Fl=C3=BCt?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain <words>\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><head></head><body><script>alert(1)</script><a href='https://x.example.org'>x</a></body></html>\r\n--b--\r\n"
)


class Nobody:
    """A witness that keeps nothing."""

    def wrote(self, delivery_id: int) -> None: ...
    def heard(self, delivery_id: int, outcome: Outcome) -> None: ...


def catch(parts: Parts, count: int = 1, content: bytes = MAIL) -> None:
    """Catch `count` messages, a second apart."""
    transport = MaildirTransport(parts.settings.inbox)
    envelopes = [Envelope(n, "bounce@tide.example.org", f"reader{n}@example.org", content) for n in range(count)]
    transport.send(envelopes, Nobody())
    for second, path in enumerate(sorted((parts.settings.inbox / "new").iterdir(), key=_number)):
        os.utime(path, (1_700_000_000 + second, 1_700_000_000 + second))


def _number(path: Path) -> int:
    found = re.search(r"D(\d+)\.", path.name)
    assert found is not None
    return int(found[1])


@pytest.fixture
def home(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts of a service on its own machine."""
    return make_parts(sqlite_database, clock, tmp_path, base_url=HOME)


def _at_home(parts: Parts) -> Browser:
    return Browser(create_app(parts), host="127.0.0.1:8025", ip="127.0.0.1")


def _open_first(browser: Browser) -> str:
    found = re.search(r'href="(/inbox/[^"?]+)"', browser.get("/inbox").text)
    assert found is not None
    return found[1]


def test_mail_is_listed_newest_first_and_opens_in_four_views(home: Parts) -> None:
    catch(home, 3)
    browser = _at_home(home)
    page = browser.get("/inbox").text
    assert [f"reader{n}@" for n in (2, 1, 0)] == re.findall(r"reader\d@", page)
    assert "Eb &amp; Flüt" in page
    first = _open_first(browser)
    assert "<iframe" in browser.get(first).text
    assert "plain &lt;words&gt;" in browser.get(f"{first}?tab=text").text
    assert "Return-Path" in browser.get(f"{first}?tab=headers").text
    assert "=?utf-8?q?Eb_" in browser.get(f"{first}?tab=source").text
    raw = browser.get(f"{first}/raw")
    assert raw.headers["content-type"] == "message/rfc822"
    assert "attachment" in raw.headers["content-disposition"]


def test_the_mail_itself_may_run_load_and_send_nothing(home: Parts) -> None:
    catch(home)
    browser = _at_home(home)
    first = _open_first(browser)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in browser.get(first).text
    frame = browser.get(f"{first}/html")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "form-action 'none'" in policy
    assert policy.endswith("sandbox allow-popups allow-popups-to-escape-sandbox")
    assert '<head><base target="_blank">' in frame.text


def test_pages_turn_without_repeating_and_a_search_finds_a_reader(home: Parts) -> None:
    catch(home, 60)
    browser = _at_home(home)
    first = browser.get("/inbox").text
    later = re.search(r'rel="next" href="([^"]+)"', first)
    assert later is not None
    second = browser.get(later[1].replace("&amp;", "&")).text
    seen = [re.findall(r"reader\d+@", page) for page in (first, second)]
    assert (len(seen[0]), len(seen[1])) == (50, 10)
    assert not set(seen[0]) & set(seen[1])
    assert re.findall(r"reader\d+@", browser.get("/inbox?q=READER42@").text) == ["reader42@"]
    assert "Nothing here" in browser.get("/inbox?q=%3Cb%3E").text


@pytest.mark.parametrize(
    "name", ["%2e%2e", "..%2f..%2fsecret_key", "new", ".hidden", "a%00b", "x" * 300, "%2Fetc%2Fpasswd"]
)
def test_no_name_leads_out_of_the_folder(home: Parts, name: str) -> None:
    catch(home)
    (home.settings.data_dir / "secret_key").write_text("secret words")
    for tail in ("", "/html", "/raw"):
        answer = _at_home(home).get(f"/inbox/{name}{tail}")
        assert answer.status_code in {303, 307, 404}
        assert "secret words" not in answer.text


def test_a_link_in_the_folder_is_not_followed(home: Parts) -> None:
    catch(home)
    (home.settings.data_dir / "secret_key").write_text("secret words")
    (home.settings.inbox / "new" / "link").symlink_to(home.settings.data_dir / "secret_key")
    browser = _at_home(home)
    assert browser.get("/inbox").status_code == 200
    assert browser.get("/inbox/link").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xff\xfe\x00",
        b"Content-Type: text/html; charset=no-such\n\n<p>\xe9",
        b"Subject: " + b"x" * 99_999,
    ],
)
def test_any_octets_can_be_shown(home: Parts, content: bytes) -> None:
    catch(home, content=content)
    browser = _at_home(home)
    first = _open_first(browser)
    for tab in ("html", "text", "headers", "source"):
        assert browser.get(f"{first}?tab={tab}").status_code == 200
    assert browser.get(f"{first}/html").status_code == 200


def test_an_empty_inbox_says_what_it_is(home: Parts) -> None:
    page = _at_home(home).get("/inbox")
    assert page.status_code == 200
    assert "No mail yet" in page.text


@pytest.mark.parametrize(
    ("host", "ip", "base_url"),
    [
        ("news.example.org", "127.0.0.1", HOME),  # another name bound to this machine (DNS rebinding)
        ("127.0.0.1:8025", "192.0.2.1", HOME),
        ("127.0.0.1:8025", "127.0.0.1", "http://news.example.org"),  # a public service behind a proxy on this machine
    ],
)
def test_away_from_home_an_editor_must_be_signed_in(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, host: str, ip: str, base_url: str
) -> None:
    made = make_parts(sqlite_database, clock, tmp_path, base_url=base_url)
    editor = add_editor(made)
    catch(made)
    browser = Browser(create_app(made), host=host, ip=ip)
    answer = browser.get("/inbox")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?next=/inbox")
    browser.take_seat(made, editor)
    assert browser.get("/inbox").status_code == 200


def test_a_server_that_listens_everywhere_is_not_at_home(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    home = make_parts(sqlite_database, clock, tmp_path, base_url=HOME)
    made = _with(home, host="0.0.0.0")
    assert _at_home(made).get("/inbox").status_code == 303


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:25", "memory:"])
def test_there_is_no_inbox_when_mail_really_goes_out(home: Parts, url: str) -> None:
    assert _at_home(_with(home, smtp_url=url)).get("/inbox").status_code == 404


def test_a_maildir_named_by_the_operator_is_shown(home: Parts, tmp_path: Path) -> None:
    catch(home)
    moved = home.settings.inbox.rename(tmp_path / "elsewhere")
    assert "reader0@" in _at_home(_with(home, smtp_url=f"maildir:{moved}")).get("/inbox").text


def _with(parts: Parts, **changes: str) -> Parts:
    settings = Settings(**{**parts.settings.model_dump(), **changes}, _env_file=None)
    made = Parts(settings, parts.clock)
    made.__dict__["database"] = parts.database
    return made
