"""The desk's way in for lists: a file is streamed to the disk, looked at, chosen for, moved in, and let go."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import AuditEntry, ConsentRecord, ListMove, Subscriber, Subscription
from newsletter.model.rights import Role
from newsletter.store.database import Database
from newsletter.web import uploads
from newsletter.web.app import create_app
from tests.issues.samples import add_publication
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

PAGE = "/desk/tide/readers/move-in"
OURS = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}
LIST = "Email,Name,Status\nada@example.org,Ada,in\nbo@example.org,Bo,out\ncy@example.org,Cy,perhaps\nnobody,Di,in\n"
KIT = "Subscriber ID,First Name,Last Name,Email Address,State,Created At,Tags,Location\n"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    add_publication(database)
    made = make_parts(database, clock, tmp_path)
    yield made
    assert not list(made.settings.uploads.glob("incoming-*"))


@pytest.fixture
def browser(parts: Parts) -> Browser:
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def send(browser: Browser, content: bytes | str, name: str = "people.csv", **more: str) -> httpx.Response:
    data = {"csrf": browser.csrf} | more
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    octets = content.encode() if isinstance(content, str) else content
    files = {"list_file": (name, octets, "text/csv")}
    return browser._ask("POST", PAGE, headers=OURS | {"cookie": cookies}, data=data, files=files)


def looked(parts: Parts, browser: Browser, content: bytes | str, name: str = "people.csv") -> str:
    """Send a file, have a worker look at it, and return the address of its page."""
    answer = send(browser, content, name)
    assert answer.status_code == 303, answer.text
    return work(parts, answer.headers["location"])


def work(parts: Parts, address: str) -> str:
    parts.list_move_work.run(int(address.rpartition("/")[2]))
    return address


def choose(browser: Browser, address: str, act: str, page: str = "", **changes: Any) -> httpx.Response:
    """Send the form of a page as it stands there, with changes."""
    page = page or browser.get(address).text
    form = page[page.index('class="choices"') :]
    chosen = {
        name: re.findall(rf'name="{name}".*?<option value="([^"]*)" selected', form, re.DOTALL)
        for name in ("field", "meaning")
    }
    given: dict[str, Any] = {"seen": re.findall(r'name="seen" value="([^"]*)"', form)[0], "act": act, **chosen}
    return browser.post(address, **(given | changes))


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") :])).split())


def state_of(parts: Parts) -> ListMove:
    with parts.database.read() as session:
        return session.scalars(select(ListMove).order_by(ListMove.id.desc())).first()  # type: ignore[return-value]


def standings(parts: Parts) -> dict[str, str]:
    query = select(Subscriber.address, Subscription.state).join(Subscription)
    with parts.database.read() as session:
        return {address: state.value for address, state in session.execute(query)}


def test_a_list_is_looked_at_explained_and_moved_in(parts: Parts, browser: Browser) -> None:
    at = looked(parts, browser, LIST)
    page = browser.get(at).text
    assert "may name people who left" in words_of(page) and "say below what each word means" in words_of(page)
    assert standings(parts) == {}
    meanings = {"in": "active", "out": "unsubscribed", "perhaps": "pending"}
    order = re.findall(r'for="word-\d+">Means: (\w+) in', page)
    answer = choose(browser, at, "move", meaning=[meanings[word] for word in order], consent="At the fair", agreed="y")
    assert answer.status_code == 303 and state_of(parts).state == "looking"  # seen before it is done
    page = browser.get(work(parts, at)).text
    said = words_of(page)
    assert "1 active, 1 pending, 1 unsubscribed" in said and "cannot be used 1" in said and "rows 4" in said
    assert "a…@example.org" in said and "ada@example.org" not in page and standings(parts) == {}
    refused = choose(browser, at, "move", agreed="yes")
    assert refused.status_code == 422 and "nobody says how these people agreed" in refused.text.lower()
    refused = choose(browser, at, "move", consent="At the fair, in May")
    assert refused.status_code == 422 and "At the fair, in May" in refused.text
    assert choose(browser, at, "move", consent="At the fair, in May", agreed="yes").status_code == 303
    said = words_of(browser.get(work(parts, at)).text)
    assert "3 added of 4 rows" in said
    assert standings(parts) == {
        "ada@example.org": "active",
        "bo@example.org": "unsubscribed",
        "cy@example.org": "pending",
    }
    errors = browser.get(f"{at}/errors/0.csv")
    assert errors.text.splitlines()[1].startswith("nobody,Di,in,5,email,")
    with parts.database.read() as session:
        words = session.scalars(select(ConsentRecord.wording)).all()
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert any("At the fair, in May" in each for each in words)
    looks = ["subscribers.look_at_list"] * 2
    assert actions[-4:] == [*looks, "subscribers.move_list_in", "subscribers.import"]
    assert not (parts.settings.uploads / state_of(parts).kept_as / "list" / "people.csv").exists()


def test_columns_are_chosen_where_none_is_known(parts: Parts, browser: Browser) -> None:
    at = looked(parts, browser, "Kontakt;Wer;Ort\nada@example.org;Ada;Wien\n", "liste.csv")
    page = browser.get(at).text
    assert "there is no column of addresses" in words_of(page).lower()
    assert choose(browser, at, "look", field=["address", "name", "field"]).status_code == 303
    page = words_of(browser.get(work(parts, at)).text)
    assert "cells parted by semicolons" in page and "1 active" in page
    assert choose(browser, at, "move", consent="By hand", agreed="yes").status_code == 303
    work(parts, at)
    assert standings(parts) == {"ada@example.org": "active"}


def test_a_column_of_leaving_is_explained_by_what_an_empty_cell_means(parts: Parts, browser: Browser) -> None:
    rows = "ada@example.org;\nbo@example.org;01.02.2022\ncy@example.org;soon\n"
    at = looked(parts, browser, f"E-Mail;Abgemeldet am\n{rows}")
    page = browser.get(at).text
    assert "the column 'abgemeldet am' looks like one" in words_of(page) and "Means: empty in abgemeldet am" in page
    assert choose(browser, at, "look", meaning=["active"]).status_code == 303
    assert "1 active, 2 unsubscribed" in words_of(browser.get(work(parts, at)).text)
    assert choose(browser, at, "move", consent="By the form", agreed="yes").status_code == 303
    work(parts, at)
    assert standings(parts) == {
        "ada@example.org": "active",
        "bo@example.org": "unsubscribed",
        "cy@example.org": "unsubscribed",
    }


def test_a_word_of_leaving_in_a_column_of_remarks_is_explained_where_it_is_told(parts: Parts, browser: Browser) -> None:
    at = looked(parts, browser, "E-Mail;Bemerkung\nada@example.org;\nbo@example.org;Abgemeldet\n")
    page = browser.get(at).text
    assert "the column 'bemerkung' says 'Abgemeldet'" in words_of(page) and "Means: abgemeldet in bemerkung" in page
    assert choose(browser, at, "look", meaning=["unsubscribed"]).status_code == 303
    said = words_of(browser.get(work(parts, at)).text)
    assert "1 pending, 1 unsubscribed" in said and "(empty) bemerkung" in said


def test_a_mended_row_of_a_list_of_those_who_left_makes_nobody_active(parts: Parts, browser: Browser) -> None:
    at = looked(parts, browser, "ada@example.org\nbo\n", "unsubscribed.txt")
    errors = browser.get(f"{at}/errors/0.csv")
    name = re.findall(r'filename="([^"]+)"', errors.headers["content-disposition"])[0]
    assert name.startswith("unsubscribed-list-")
    page = words_of(browser.get(looked(parts, browser, errors.text.replace("bo,", "bo@example.org,"), name)).text)
    assert "may name people who left" in page and "the file's name says 'unsubscribed'" in page


def test_an_archive_is_known_by_its_product_and_again_it_changes_nothing(parts: Parts, browser: Browser) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("kit/subscribers.csv", KIT + "1,Ada,M,ada@example.org,active,2023-01-15,vip,Ulm\n")
        archive.writestr("readme.pdf", "no list")
    for added in ("1 added of 1 rows", "0 added of 1 rows"):
        at = looked(parts, browser, packed.getvalue(), "export.zip")
        said = words_of(browser.get(at).text)
        assert "kit/subscribers.csv : Kit, because it has the columns" in said and "readme.pdf is not read" in said
        assert choose(browser, at, "move", consent="By the form", agreed="yes").status_code == 303
        assert added in words_of(browser.get(work(parts, at)).text)


def test_two_lists_at_once_are_refused_in_words(parts: Parts, browser: Browser) -> None:
    assert "The file your product gave you" in browser.get(PAGE).text
    send(browser, LIST)
    assert "is being read" in browser.get(PAGE).text
    answer = send(browser, LIST, "other.csv")
    assert answer.status_code == 409 and "another file is being read here" in words_of(answer.text).lower()
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ListMove)) == 1


HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "people.csv", "empty"),
    "no list": (b"%PDF-1.4 \x93 what", "people.csv", "no column of addresses"),
    "wrong ending": (b"email\na@example.org\n", "people.exe", "no list of readers"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "people.csv", "nul octet"),
    "spreadsheet": (b"PK\x03\x04" + bytes(500), "people.xlsx", "spreadsheet"),
    "broken archive": (b"PK\x03\x04" + bytes(500), "people.zip", "cannot be read"),
    "endless cell": (b'email,note\na@example.org,"' + b"x" * 300_000 + b'"\n', "people.csv", "longer than"),
    "open quote": (b'email,note\na@example.org,"x\n', "people.csv", "never closed"),
    "long line": (b"email," + b"x" * (9 << 20), "people.csv", "mib"),
    "script as name": (b"email,<script>alert(1)</script>\nx,words\n", '<script>alert("1").csv', "cannot be used"),
    "many columns": (
        b"email," + b",".join(b"c%d" % n for n in range(100_000)) + b"\na@example.org,1\n",
        "people.csv",
        "columns",
    ),
}


def bomb(name: str, content: bytes = b"0" * (60 << 20)) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


HOSTILE["bomb"] = (bomb("people.csv"), "people.zip", "swells more than")
HOSTILE["slip"] = (bomb("../../people.csv", b"email\n"), "people.zip", "leads out of the archive")


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_file_is_told_in_a_sentence_and_stores_nothing(parts: Parts, browser: Browser, name: str) -> None:
    content, called, words = HOSTILE[name]
    answer = send(browser, content, called)
    page = answer.text
    if answer.status_code == 303:
        page = browser.get(work(parts, answer.headers["location"])).text
    else:
        assert answer.status_code == 422
    assert words in words_of(page).lower()
    assert "nobody foresaw" not in page and "Traceback" not in page and "<script>alert" not in page
    assert str(parts.settings.uploads) not in page
    assert standings(parts) == {}


def test_names_of_files_lead_nowhere(parts: Parts, browser: Browser) -> None:
    for name in ("../../../etc/passwd.csv", "..", "C:\\x\\..\\y.csv", "=cmd|' /C calc'!A0.csv", "ü" * 300 + ".csv", "a\u202eb.csv"):  # fmt: skip
        answer = send(browser, "email\na@example.org\n", name)
        assert answer.status_code == 303
        at = work(parts, answer.headers["location"])
        kept = parts.settings.uploads / state_of(parts).kept_as
        assert [path.parent for path in kept.rglob("*") if path.is_file()] == [kept / "list"]
        browser.post(at, act="discard", seen="")
        assert not kept.exists()


def test_a_file_is_written_only_for_somebody_who_may_move_lists_in(
    parts: Parts, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    monkeypatch.setattr(uploads._Form, "write", lambda *_: written.append(1))
    stranger = Browser(create_app(parts))
    assert send(stranger, "x" * 200_000).status_code in {303, 403}
    analyst = Browser(create_app(parts))
    analyst.take_seat(parts, add_editor(parts, "ana@tide.example.org", "Ana", role=Role.ANALYST))
    assert send(analyst, "x" * 200_000).status_code == 403
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    foreign = {"origin": "http://evil.test", "cookie": cookies}
    files = {"list_file": ("a.csv", b"x" * 200_000, "text/csv")}
    assert browser._ask("POST", PAGE, headers=foreign, data={"csrf": browser.csrf}, files=files).status_code == 403
    assert written == [] and not parts.settings.uploads.exists()


def test_a_file_without_the_token_of_the_session_is_not_taken(parts: Parts, browser: Browser) -> None:
    assert send(browser, LIST, csrf="guessed").status_code == 403
    assert not list(parts.settings.uploads.iterdir())


def test_a_file_that_is_too_large_or_breaks_off_is_refused(
    parts: Parts, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OCTETS", 100_000)
    assert send(browser, b"x" * 200_000).status_code == 413
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    kind = {"content-type": "multipart/form-data; boundary=b", "cookie": cookies} | OURS
    for body in (b"", b"--b\r\n", b'--b\r\nContent-Disposition: form-data; name="list_file"; filename="a"\r\n\r\nx'):
        assert browser._ask("POST", PAGE, headers=kind, content=body).status_code == 422


def test_what_is_not_moved_in_is_forgotten_after_a_day(parts: Parts, browser: Browser, clock: SettableClock) -> None:
    looked(parts, browser, KIT + "1,Ada,M,ada@example.org,active,2023-01-15,vip,Ulm\nx,,,nobody,active,,,\n")
    kept = parts.settings.uploads / state_of(parts).kept_as
    stray = parts.settings.uploads / "incoming-1"
    stray.write_text("left by a process that ended")
    clock.advance(23 * 3600)
    parts.list_move_rounds.tick()
    assert {path.name for path in kept.iterdir()} == {"list", "0.errors.csv"}
    clock.advance(400 * 86_400)
    parts.list_move_rounds.tick()
    assert list(parts.settings.uploads.iterdir()) == []
    move = state_of(parts)
    assert (move.state, move.survey, "samples" in move.report) == ("discarded", {}, False)


def test_progress_leads_to_the_page_when_it_is_done(parts: Parts, browser: Browser) -> None:
    at = send(browser, LIST).headers["location"]
    answer = browser.get(f"{at}/progress")
    assert "Waiting for a worker" in answer.text and "HX-Redirect" not in answer.headers
    work(parts, at)
    assert browser.get(f"{at}/progress").headers["HX-Redirect"] == at


def test_a_form_about_an_older_look_is_told(parts: Parts, browser: Browser) -> None:
    at = looked(parts, browser, LIST)
    old = browser.get(at).text
    assert choose(browser, at, "look", old).status_code == 303
    work(parts, at)
    assert choose(browser, at, "look", old, seen="1.000").status_code == 409
