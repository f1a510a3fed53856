"""An editor moves a list in with a real browser: an archive is dropped, chosen for, tried, moved in and reported, by keyboard and without a script."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import ListMove, Subscriber, Subscription
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.moving.exports import substack, substack_row
from tests.journeys.pictures import look, picture
from tests.journeys.serving import Served
from tests.web.places import add_publication, make_parts
from tests.web.seats import ADDRESS, PASSWORD, add_editor

SIZES = ((390, 844), (1280, 900))
STANDINGS = ("dabei", "dabei", "weg", "Rücksprache")


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application with one editor and one publication."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_publication(sqlite_database)
    add_editor(made)
    served.start(create_app(made))
    yield made
    served.stop()


def archive(folder: Path) -> Path:
    """Return an archive of a product that nobody knows: columns and words in German, cells parted by semicolons, two rows at fault."""
    lines = io.StringIO()
    rows = csv.writer(lines, delimiter=";")
    rows.writerow(["Kontakt", "Vorname", "Mitgliedsstatus", "Eingetragen", "Themen", "Ort", "Kundennummer"])
    for number in range(40):
        address = f"leser{number}@example.org" if number % 20 != 7 else f"leser{number} example.org"
        rows.writerow(
            [address, f"Ada{number}", STANDINGS[number % 4], "2023-04-05", "Hafen,Wetter", "<b>Linz</b>", 1000 + number]
        )
    path = folder / "mitglieder.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("export/mitglieder.csv", lines.getvalue())
        packed.writestr("export/liesmich.pdf", "no list")
    return path


def sign_in(page: Page, parts: Parts) -> None:
    page.goto(f"{parts.settings.base_url}/desk/sign-in")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def work(parts: Parts) -> None:
    """Do what a worker does when it is rung."""
    with parts.database.read() as session:
        move = session.scalars(select(ListMove).order_by(ListMove.id.desc())).first()
    assert move is not None
    parts.list_move_work.run(move.id)


def check(page: Page, name: str) -> None:
    """Assert that a page is whole on each screen, and keep what it looks like."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            assert [each["id"] for each in Axe().run(page).response["violations"]] == [], (name, width, scheme)
            look(page, f"{name}-{width}-{scheme}")
    page.emulate_media(color_scheme="light")


def choose(page: Page, label: str, title: str) -> None:
    """Choose in a drop-down by the keyboard alone."""
    field = page.get_by_label(label, exact=True)
    field.focus()
    page.keyboard.type(title)
    expect(field.locator("option:checked")).to_have_text(title)


def standings(parts: Parts) -> dict[str, int]:
    counts: dict[str, int] = {}
    with parts.database.read() as session:
        for state in session.scalars(select(Subscription.state)):
            counts[state.value] = counts.get(state.value, 0) + 1
        assert all("@" in address for address in session.scalars(select(Subscriber.address)))
    return counts


@pytest.mark.pictures
def test_an_archive_moves_in_with_mapping_dry_run_and_report(browser: Browser, parts: Parts, tmp_path: Path) -> None:
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900})
    page, faults = context.new_page(), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, parts)
    page.goto(f"{parts.settings.base_url}/desk/orchard/readers")
    page.get_by_role("link", name="Move readers in").click()
    check(page, "move-in-1-file")
    page.get_by_label("The file your product gave you").set_input_files(archive(tmp_path))
    page.get_by_role("button", name="Look at it").press("Enter")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    check(page, "move-in-2-progress")
    work(parts)
    expect(page.get_by_role("alert")).to_contain_text("There is no column of addresses")  # the page came by itself
    check(page, "move-in-3-no-address")
    choose(page, "Becomes: kontakt", "Address")
    choose(page, "Becomes: kundennummer", "Not taken along")
    choose(page, "Becomes: eingetragen", "Agreed at")
    choose(page, "Becomes: themen", "Tags")
    page.get_by_role("button", name="Look again with these choices").press("Enter")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    work(parts)
    expect(page.get_by_role("alert")).to_contain_text("may name people who left")
    check(page, "move-in-4-words")
    choose(page, "Means: dabei in mitgliedsstatus", "Active")
    choose(page, "Means: weg in mitgliedsstatus", "Unsubscribed")
    choose(page, "Means: rücksprache in mitgliedsstatus", "Pending")
    page.get_by_role("button", name="Look again with these choices").press("Enter")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    work(parts)
    expect(page.get_by_role("region", name="What would be done")).to_contain_text("cannot be used")
    check(page, "move-in-5-dry-run")
    picture(page, "desk-move-in")
    assert standings(parts) == {}
    page.get_by_label("How these people agreed").focus()
    page.keyboard.type("Written in the book at our counter")
    page.get_by_role("checkbox").press("Space")
    page.get_by_role("button", name="Move 40 rows in").press("Enter")
    expect(page.get_by_text("it goes on, and the report will stand here")).to_be_visible()
    work(parts)
    expect(page.get_by_role("status")).to_contain_text("38 added of 40 rows")
    check(page, "move-in-6-report")
    assert standings(parts) == {"active": 20, "unsubscribed": 10, "pending": 8}
    with page.expect_download() as told:
        page.get_by_role("link", name="Rows at fault").click()
    errors = Path(told.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(errors) == 3 and errors[1].startswith("leser7 example.org,")
    assert faults == []
    context.close()


def test_without_a_script_a_list_moves_in_as_well(browser: Browser, parts: Parts, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, parts)
    path = tmp_path / "people.csv"
    path.write_text("email,name\nada@example.org,Ada\n")
    page.goto(f"{parts.settings.base_url}/desk/orchard/readers/move-in")
    page.get_by_label("The file your product gave you").set_input_files(path)
    page.get_by_role("button", name="Look at it").click()
    work(parts)
    page.get_by_role("link", name="See how far it is now").click()
    page.get_by_label("How these people agreed").fill("At the fair")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Move 1 rows in").click()
    work(parts)
    page.get_by_role("link", name="See how far it is now").click()
    expect(page.get_by_role("status")).to_contain_text("1 added of 1 rows")
    assert standings(parts) == {"active": 1}
    context.close()


def posts(folder: Path) -> Path:
    """Return an export of Substack: public posts, one for payers, a draft, a page, and links that lead nowhere."""
    written = []
    for number in range(9):
        row = substack_row(f"{140 + number}.letter-{number}", title=f"Letter {number}: of tides and birds")
        row |= {"post_date": f"2021-0{number + 1}-06T05:00:00.000Z"}
        row |= {6: {"audience": "only_paid"}, 7: {"is_published": "false"}, 8: {"type": "page"}}.get(number, {})
        lost = '<p>See <a href="javascript:void(0)">there</a>.</p>' if number == 2 else ""
        written.append((row, f"<h2>Mud</h2><p>The flats lie dry for {number} hours.</p>{lost}"))
    export = substack(folder / "export", *written)
    path = folder / "substack-export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for each in sorted(export.rglob("*.*")):
            packed.write(each, each.relative_to(export))
    return path


@pytest.mark.pictures
def test_past_issues_move_in_and_one_is_deleted_and_restored(browser: Browser, parts: Parts, tmp_path: Path) -> None:
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900})
    page, faults = context.new_page(), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, parts)
    page.goto(f"{parts.settings.base_url}/desk/orchard/issues")
    check(page, "move-posts-0-issues")
    page.get_by_role("link", name="Move past issues in").click()
    check(page, "move-posts-1-file")
    page.get_by_label("The file your product gave you").set_input_files(posts(tmp_path))
    page.get_by_role("button", name="Look at it").press("Enter")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    work(parts)
    expect(page.get_by_role("region", name="What would be done")).to_contain_text("in the archive")
    check(page, "move-posts-2-dry-run")
    picture(page, "desk-move-posts")
    choose(page, "Pictures on the web", "Are copied here")
    page.get_by_role("button", name="Look again with these choices").press("Enter")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    check(page, "move-posts-3-progress")
    work(parts)
    expect(page.get_by_role("button", name="Move 9 posts in")).to_be_visible()
    page.get_by_role("button", name="Move 9 posts in").press("Enter")
    expect(page.get_by_text("it goes on, and the report will stand here")).to_be_visible()
    work(parts)
    expect(page.get_by_role("status")).to_contain_text("6 in the archive and 2 as drafts of 9 posts")
    check(page, "move-posts-4-report")
    with page.expect_download() as told:
        page.get_by_role("link", name="Drafts, posts left out, and what was lost").click()
    assert "it was for payers only" in Path(told.value.path()).read_text(encoding="utf-8")
    page.get_by_role("link", name="Letter 1: of tides and birds").click()
    page.get_by_text("Delete this issue…").click()
    check(page, "move-posts-5-archived")
    page.get_by_role("button", name="Delete it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It can be restored from here")
    check(page, "move-posts-6-bin")
    page.get_by_role("button", name="Restore Letter 1: of tides and birds").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("it stands in the archive again")
    assert faults == []
    context.close()
