"""The desk's page of images: a form, and the line of each image."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.images.keeping import Upload
from newsletter.model import Image
from newsletter.model.rights import Role
from newsletter.store.database import Database
from newsletter.web import bodies
from newsletter.web.app import create_app
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR
from tests.parts.pictures import png
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

PAGE = "/desk/tide/images"
OURS = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    add_publication(sqlite_database)
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def send(browser: Browser, *, csrf: str | None = None, page: str = PAGE, **files: Any) -> httpx.Response:
    words = {name: files.pop(name) for name in ("alt", "caption") if name in files}
    data = {"csrf": browser.csrf if csrf is None else csrf} | words
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return browser._ask("POST", page, headers=OURS | {"cookie": cookies}, data=data, files=files)


def rows(parts: Parts) -> list[Image]:
    with parts.database.read() as session:
        return list(session.scalars(select(Image).order_by(Image.id)))


def test_an_image_is_added_and_its_line_stands_there_to_copy(parts: Parts, browser: Browser) -> None:
    assert "No image yet" in browser.get(PAGE).text
    dark = ("dark.png", png(shade=9), "image/png")
    answer = send(browser, image=("a chart.png", png(), "image/png"), dark=dark, alt="A <chart>", caption="May")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=kept")
    image, other = rows(parts)
    assert (image.name, image.alt, image.caption, image.dark_image_id) == ("a chart.png", "A <chart>", "May", other.id)
    assert image.created_by.startswith("editor ")
    shown = browser.get(PAGE).text
    assert f'![A \\<chart>](/images/{image.digest}.png "May")' in unescape(shown)
    assert f'<img src="/images/{image.digest}.png" alt="A &lt;chart&gt;"' in shown
    assert f'srcset="/images/{other.digest}.png"' in shown


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({}, "no image was chosen"),
        ({"image": ("", b"", "application/octet-stream")}, "no image was chosen"),
        ({"image": ("a.svg", b"<svg></svg>", "image/png")}, "SVG"),
        ({"image": ("a.png", b"\0\n\r\n--words", "image/png")}, "no PNG"),
        ({"image": ("a.png", png(), "image/png"), "dark": ("b.png", b"x", "image/png")}, "no PNG"),
    ],
)
def test_what_is_no_image_is_told_with_the_words_still_there(
    parts: Parts, browser: Browser, files: dict[str, Any], word: str
) -> None:
    browser.get(PAGE)
    answer = send(browser, **files, alt="What I wrote") if files else browser.post(PAGE, alt="What I wrote")
    assert answer.status_code == 422
    assert word.lower() in answer.text.lower()
    assert 'value="What I wrote"' in answer.text
    assert rows(parts) == []


def test_a_form_that_is_not_ours_or_of_one_who_may_not_adds_nothing(parts: Parts, browser: Browser) -> None:
    browser.get(PAGE)
    picture = ("a.png", png(), "image/png")
    assert send(browser, csrf="made up", image=picture).status_code == 403
    reader = Browser(create_app(parts))
    reader.take_seat(parts, add_editor(parts, "ana@tide.example.org", "Ana", role=Role.ANALYST))
    assert "Add image" not in reader.get(PAGE).text
    assert send(reader, image=picture).status_code == 403
    assert rows(parts) == []


def test_a_large_file_is_taken_here_and_one_larger_than_that_is_not(parts: Parts, browser: Browser) -> None:
    browser.get(PAGE)
    filler = b"\x89PNG\r\n\x1a\n" + bytes(3 * 1024 * 1024)
    assert "cannot be read" in unescape(send(browser, image=("a.png", filler, "image/png")).text) or rows(parts) == []
    too_large = bytes(bodies.MAX_UPLOAD)
    assert send(browser, image=("a.png", too_large, "image/png")).status_code == 413
    assert send(browser, page="/desk/tide/readers", image=("a.png", filler, "image/png")).status_code == 413


def test_a_form_of_far_too_many_parts_is_refused(browser: Browser) -> None:
    browser.get(PAGE)
    many = {f"x{n}": (f"{n}", b"x", "image/png") for n in range(bodies.MOST_PARTS)}
    assert send(browser, **many).status_code == 422


def test_the_list_turns_its_pages(parts: Parts, browser: Browser) -> None:
    with parts.database.read() as session:
        home = session.scalar(select(Image.id)) or 1
    uploads = [Upload(f"n{n}.png", png(20 + n, 20)) for n in range(26)]
    parts.keeping_images.add(home, uploads, by=OPERATOR)
    first = browser.get(PAGE).text
    assert "n25.png" in first and "n1.png" not in first
    assert f"{PAGE}?before=3" in first
    assert "n1.png" in browser.get(f"{PAGE}?before=3").text
    assert "Nothing further" in browser.get(f"{PAGE}?before=1").text
    assert browser.get(f"{PAGE}?before=x").status_code == 422
