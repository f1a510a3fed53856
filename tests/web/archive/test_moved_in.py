"""An issue that moved in: its page, the way to it from its old address, and no feed that announces it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model.rights import Role
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.moving.exports import issue_named, move, substack, substack_row
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR
from tests.web.places import Visitor, make_parts
from tests.web.seats import Browser, add_editor


@pytest.fixture
def moved(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    add_publication(sqlite_database)
    made = make_parts(sqlite_database, clock, tmp_path / "data")
    draft = substack_row("78.not-yet", title="Not yet", is_published="false")
    move(made, substack(tmp_path / "in", (substack_row(), "<h2>Mud</h2><p>Dry flats.</p>"), (draft, "<p>x</p>")))
    return made


def test_it_stands_in_the_archive_and_in_the_map_of_pages_and_in_no_feed(moved: Parts) -> None:
    visitor = Visitor(create_app(moved))
    assert "Dry flats." in visitor.get("/tide/low-water").text
    assert "May 6, 2021" in visitor.get("/tide/low-water").text
    assert "Low water" in visitor.get("/tide").text
    assert "/tide/low-water<" in visitor.get("/sitemap.xml").text
    assert "low-water" not in visitor.get("/tide/feed.atom").text
    assert visitor.get("/tide/feed.json").json()["items"] == []
    assert visitor.get("/tide/low-water.md").status_code == 200


@pytest.mark.parametrize("path", ["/p/low-water", "/tide/p/low-water", "/p/low-water?utm_source=x"])
def test_its_old_address_leads_to_it_for_good(moved: Parts, path: str) -> None:
    answer = Visitor(create_app(moved)).get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, "/tide/low-water")


@pytest.mark.parametrize("path", ["/p/not-yet", "/p/nothing", "/desk/p/low-water", "/p", "/p/low-water/more"])
def test_no_other_address_leads_anywhere(moved: Parts, path: str) -> None:
    assert Visitor(create_app(moved)).get(path).status_code != 301


def test_after_it_was_renamed_its_old_address_leads_to_its_new_name(moved: Parts) -> None:
    with moved.database.read() as session:
        issue_id = issues.get(session, "tide", "low-water").id
    moved.renaming.rename_issue(issue_id, "ebb", by=OPERATOR)
    visitor = Visitor(create_app(moved))
    assert visitor.get("/p/low-water").headers["location"] == "/tide/ebb"
    assert visitor.get("/tide/low-water").headers["location"] == "/tide/ebb"


def test_the_desk_shows_it_and_offers_nothing_to_send(moved: Parts) -> None:
    browser = Browser(create_app(moved))
    browser.take_seat(moved, add_editor(moved))
    with moved.database.read() as session:
        issue_id = issues.get(session, "tide", "low-water").id
    assert "archived" in browser.get("/desk/tide/issues").text
    answer = browser.get(f"/desk/tide/issues/{issue_id}")
    assert answer.status_code == 200
    assert 'action="/desk/tide/issues/1/cancel"' not in answer.text


def test_at_the_desk_it_is_asked_deleted_and_restored(moved: Parts) -> None:
    app = create_app(moved)
    browser, writer = Browser(app), Browser(app)
    browser.take_seat(moved, add_editor(moved))
    writer.take_seat(moved, add_editor(moved, "wil@tide.example.org", "Wil", role=Role.WRITER))
    at = f"/desk/tide/issues/{issue_named(moved, 'low-water').id}"
    assert "can be restored with them" in browser.get(at).text
    assert "Delete it" not in writer.get(at).text
    assert writer.post(f"{at}/delete").status_code == 403
    answer = browser.post(f"{at}/delete")
    assert answer.headers["location"] == "/desk/bin?done=deleted"
    assert Visitor(app).get("/tide/low-water").status_code == 404
    assert Visitor(app).get("/p/low-water").status_code == 404
    assert "moved in" in browser.get("/desk/bin").text and "/restore" not in writer.get("/desk/bin").text
    assert browser.post(f"/desk/tide/bin/{at.rpartition('/')[2]}/restore").status_code == 303
    assert Visitor(app).get("/p/low-water").headers["location"] == "/tide/low-water"
    assert Visitor(app).get("/tide/low-water").status_code == 200
