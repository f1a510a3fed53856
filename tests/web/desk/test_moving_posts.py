"""The desk's way in for past issues: a file is looked at, every post is told, and what moves in stands in the archive."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import AuditEntry, Issue, ListMove, Subscriber
from newsletter.model.rights import Role
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.conftest import SHARED
from tests.issues.moving.exports import substack, substack_row
from tests.issues.samples import add_publication
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

PAGE = "/desk/tide/issues/move-in"
OURS = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}
HTML = "<p>The mud is wide.</p><h2>Birds</h2><p>Three <b>terns</b>.</p>"
IMPORTS = SHARED / "imports"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    add_publication(database)
    return make_parts(database, clock, tmp_path / "data")


@pytest.fixture
def browser(parts: Parts) -> Browser:
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def archive(folder: Path, *posts: tuple[dict[str, str], str]) -> bytes:
    """Return an export of Substack as it is downloaded."""
    substack(folder, *posts)
    return packed(folder)


def packed(folder: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(folder))
    return made.getvalue()


def send(browser: Browser, content: bytes, name: str = "substack.zip", **more: str) -> httpx.Response:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    data, files = {"csrf": browser.csrf} | more, {"list_file": (name, content, "application/zip")}
    return browser._ask("POST", PAGE, headers=OURS | {"cookie": cookies}, data=data, files=files)


def work(parts: Parts, address: str) -> str:
    parts.list_move_work.run(int(address.rpartition("/")[2]))
    return address


def looked(parts: Parts, browser: Browser, content: bytes, name: str = "substack.zip") -> str:
    answer = send(browser, content, name)
    assert answer.status_code == 303, answer.text
    return work(parts, answer.headers["location"])


def choose(browser: Browser, address: str, act: str, **changes: str) -> httpx.Response:
    """Send the form of a page as it stands there, with changes."""
    page = browser.get(address).text
    given = {"seen": re.findall(r'name="seen" value="([^"]*)"', page)[0], "act": act}
    for name in ("product", "images"):
        given[name] = re.findall(rf'name="{name}".*?<option value="([^"]*)" selected', page, re.DOTALL)[0]
    given["site"] = re.findall(r'name="site".*?value="([^"]*)"', page)[0]
    return browser.post(address, **(given | changes))


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") :])).split())


def moved(parts: Parts) -> ListMove:
    with parts.database.read() as session:
        return session.scalars(select(ListMove).order_by(ListMove.id.desc())).first()  # type: ignore[return-value]


def states(parts: Parts) -> dict[str, str]:
    with parts.database.read() as session:
        return {slug: state.value for slug, state in session.execute(select(Issue.slug, Issue.state))}


def three(folder: Path) -> bytes:
    paid = substack_row("78.high-water", title="High <i>water</i>", audience="only_paid")
    page = substack_row("79.about", title="About", type="page")
    return archive(folder, (substack_row(), HTML), (paid, HTML), (page, HTML))


def test_an_archive_is_looked_at_moves_in_and_is_told_post_by_post(
    parts: Parts, browser: Browser, tmp_path: Path
) -> None:
    assert PAGE in browser.get("/desk/tide/issues").text
    at = looked(parts, browser, three(tmp_path / "export"))
    page = browser.get(at).text
    said = words_of(page)
    assert "in the archive, under their own dates 1" in said and "drafts 1" in said and "left out 1" in said
    assert "It was for payers only." in said and "It is a page." in said and "2021-05-06" in said
    assert states(parts) == {}
    assert choose(browser, at, "move").status_code == 303
    said = words_of(browser.get(work(parts, at)).text)
    assert "1 in the archive and 1 as drafts of 3 posts" in said
    assert states(parts) == {"low-water": "archived", "high-water": "draft"}
    links = re.findall(r'href="(/desk/tide/issues/\d+)"', browser.get(at).text)
    assert len(links) == 2 and all(browser.get(link).status_code == 200 for link in links)
    with parts.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    begun = [action for action in actions if action.startswith("issues.")]
    assert begun == ["issues.look_at_posts", "issues.move_posts_in"]
    kept = parts.settings.uploads / moved(parts).kept_as
    assert sorted(path.name for path in kept.rglob("*") if path.is_file()) == ["0.errors.csv", "posts.jsonl"]


def test_what_did_not_come_as_it_was_is_downloaded_and_is_no_formula(
    parts: Parts, browser: Browser, tmp_path: Path
) -> None:
    bad = substack_row("78.sum", title="=HYPERLINK(1)", audience="only_paid")
    at = looked(parts, browser, archive(tmp_path / "x", (substack_row(), HTML), (bad, HTML)))
    answer = browser.get(f"{at}/errors.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["title"], row["state"], row["reason"]) == ("'=HYPERLINK(1)", "draft", "it was for payers only")


def test_other_choices_are_looked_at_before_they_are_done(parts: Parts, browser: Browser, tmp_path: Path) -> None:
    at = looked(parts, browser, three(tmp_path / "export"))
    assert choose(browser, at, "move", include_paid="yes").status_code == 303
    assert moved(parts).state == "looking"
    assert "in the archive, under their own dates 2" in words_of(browser.get(work(parts, at)).text)
    refused = choose(browser, at, "look", site="letters.example.org")
    assert refused.status_code == 422 and "is no address" in words_of(refused.text)
    assert 'value="letters.example.org"' in refused.text
    assert choose(browser, at, "move", include_paid="yes", site="https://letters.example.org").status_code == 303
    assert choose(browser, work(parts, at), "look", seen="1.000").status_code == 409


def test_a_thousand_posts_are_shown_page_by_page(parts: Parts, browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    posts = [(substack_row(f"{n}.post-{n}", title=f"Post {n}", type="page"), "") for n in range(1000, 2001)]
    at = looked(parts, browser, archive(folder, *posts))
    found: list[str] = []
    address = at
    while address:
        page = browser.get(address).text
        found += re.findall(r"Post (\d{4})", page)
        more = re.findall(r'rel="next" href="([^"#]*)', page)
        address = unescape(more[0]) if more else ""
    assert found == [str(n) for n in range(1000, 2001)]
    assert browser.get(f"{at}?after=999999999").status_code == 200


def test_a_writer_looks_and_only_who_may_send_makes_public(parts: Parts, browser: Browser, tmp_path: Path) -> None:
    writer = Browser(create_app(parts))
    writer.take_seat(parts, add_editor(parts, "wil@tide.example.org", "Wil", role=Role.WRITER))
    at = looked(parts, writer, three(tmp_path / "export"))
    said = words_of(writer.get(at).text)
    assert "Somebody who may send issues can move them in" in said and "Move 3 posts in" not in said
    assert choose(writer, at, "move").status_code == 403 and states(parts) == {}
    assert writer.get("/desk/tide/readers/move-in").status_code == 403
    analyst = Browser(create_app(parts))
    analyst.take_seat(parts, add_editor(parts, "ana@tide.example.org", "Ana", role=Role.ANALYST))
    assert analyst.get(PAGE).status_code == 403 and send(analyst, b"x" * 200_000).status_code == 403
    assert choose(browser, at, "move").status_code == 303
    work(parts, at)
    assert states(parts)["low-water"] == "archived"


def test_a_move_of_issues_is_no_move_of_readers(parts: Parts, browser: Browser, tmp_path: Path) -> None:
    at = looked(parts, browser, three(tmp_path / "export"))
    number = at.rpartition("/")[2]
    assert browser.get(f"/desk/tide/readers/move-in/{number}").status_code == 404
    assert "substack.zip" not in browser.get("/desk/tide/readers/move-in").text
    assert "substack.zip" in browser.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.zip", b"PK\x03\x04" + bytes(500), "cannot be read"),
        ("a.json", b'{"db": [{"data": {"posts": ', "no export of Ghost"),
        ("a.csv", b"email\na@example.org\n", "no past issue"),
        ("a.pdf", b"%PDF-1.4 \x93", "no past issue"),
        ("a.zip", b"", "empty"),
    ],
)
def test_a_file_that_holds_none_is_told_in_a_sentence(
    parts: Parts, browser: Browser, name: str, content: bytes, words: str
) -> None:
    answer = send(browser, content, name)
    page = answer.text
    if answer.status_code == 303:
        page = browser.get(work(parts, answer.headers["location"])).text
    assert words in words_of(page) and "nobody foresaw" not in page and str(parts.settings.uploads) not in page


def test_what_a_title_holds_stays_text(parts: Parts, browser: Browser, tmp_path: Path) -> None:
    bad = {"id": "g1", "title": "<script>alert(1)</script>Ebb", "slug": "ebb", "html": "<p>Sand</p>", "status": "<b>odd</b>"}  # fmt: skip
    content = json.dumps({"db": [{"data": {"posts": [bad]}}]}).encode()
    at = looked(parts, browser, content, "<img src=x onerror=alert(1)>.json")
    page = browser.get(at).text
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>odd" not in page


def test_it_is_forgotten_after_a_day_and_the_issues_stay(
    parts: Parts, browser: Browser, clock: SettableClock, tmp_path: Path
) -> None:
    at = looked(parts, browser, three(tmp_path / "export"))
    choose(browser, at, "move")
    work(parts, at)
    clock.advance(400 * 86_400)
    parts.list_move_rounds.tick()
    assert list(parts.settings.uploads.iterdir()) == []
    browser.take_seat(parts, add_editor(parts, "new@tide.example.org", "Ned"))
    assert "was kept for a day" in words_of(browser.get(at).text)
    assert browser.get(f"{at}/errors.csv").status_code == 404
    assert states(parts)["low-water"] == IssueState.ARCHIVED


@pytest.mark.parametrize("product", ["substack", "ghost", "buttondown", "mailchimp", "beehiiv"])
def test_the_samples_of_products_move_in(parts: Parts, browser: Browser, product: str) -> None:
    if not IMPORTS.exists():
        pytest.skip("the sample exports of other products are not beside this checkout")
    at = looked(parts, browser, packed(IMPORTS / product))
    assert moved(parts).trouble == ""
    assert choose(browser, at, "move").status_code == 303
    told: dict[str, Any] = moved(parts).report
    work(parts, at)
    done = moved(parts).report
    assert {name: done[name] for name in ("archived", "draft", "failed", "found")} == {
        name: told[name] for name in ("archived", "draft", "failed", "found")
    }
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Issue)) == done["archived"] + done["draft"]
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 0
