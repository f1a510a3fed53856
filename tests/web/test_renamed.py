"""Old addresses of what was renamed lead to the new ones, for readers and at the desk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.issues.renaming import Renaming
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_issue, id_of_publication
from tests.web.places import make_document, publish
from tests.web.scene import Scene

PAGES = (
    "",
    "/subscribe",
    "/feed.atom",
    "/feed.json",
    "/2026-03-01",
    "/2026-03-01.md",
    "/all/papers",
    "/2026-03-01/papers/grafting-1",
)


@pytest.fixture
def scene(database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service on each database, whose publication has another slug by now."""
    made = Scene(database, clock, tmp_path)
    Renaming(database, clock).rename_publication(id_of_publication(database, "orchard"), "grove", by=OPERATOR)
    return made


@pytest.mark.parametrize("page", PAGES)
def test_each_page_of_a_renamed_publication_leads_to_the_new_address(scene: Scene, page: str) -> None:
    answer = scene.stranger().ask("GET", f"/orchard{page}?x=1")
    assert (answer.status_code, answer.headers["location"]) == (301, f"/grove{page}?x=1")
    assert scene.stranger().ask("GET", f"/grove{page}").status_code == 200


def test_a_form_that_was_open_meanwhile_is_sent_on_with_what_it_holds(scene: Scene) -> None:
    data = {"address": "new@pear.example", "token": scene.fill("{form}")}
    answer = scene.stranger().ask("POST", "/orchard/subscribe", data=data)
    assert (answer.status_code, answer.headers["location"]) == (308, "/grove/subscribe")
    assert scene.stranger().ask("POST", "/grove/subscribe", data=data).status_code == 303


def test_the_desk_leads_on_too(scene: Scene) -> None:
    answer = scene.seated().ask("GET", scene.fill("/desk/orchard/issues/{draft}?kind=text"))
    assert (answer.status_code, answer.headers["location"]) == (301, scene.fill("/desk/grove/issues/{draft}?kind=text"))
    page = scene.seated().ask("GET", scene.fill("/desk/grove/issues/{draft}"))
    assert page.status_code == 200 and "the publication must be" not in page.text, "the text names the old slug still"


def test_an_issue_that_was_renamed_is_found_by_its_old_addresses_and_names_only_the_new_one(scene: Scene) -> None:
    scene.parts.renaming.rename_issue(id_of_issue(scene.database, "2026-03-01", "grove"), "spring", by=OPERATOR)
    nobody = scene.stranger()
    for page in ("", ".md", "/papers/grafting-1"):
        answer = nobody.ask("GET", f"/grove/2026-03-01{page}")
        assert (answer.status_code, answer.headers["location"]) == (301, f"/grove/spring{page}")
        shown = nobody.ask("GET", f"/grove/spring{page}")
        assert shown.status_code == 200
        assert "/grove/2026-03-01" not in shown.text and "/orchard/" not in shown.text
    both = nobody.ask("GET", "/orchard/2026-03-01")
    assert both.headers["location"] == "/grove/2026-03-01", "and from there it is led on"


def test_a_draft_that_was_renamed_is_no_more_public_than_before(scene: Scene) -> None:
    scene.parts.renaming.rename_issue(id_of_issue(scene.database, "2026-05-01", "grove"), "secret", by=OPERATOR)
    answer = scene.stranger().ask("GET", "/grove/2026-05-01")
    assert answer.status_code == 404 and "secret" not in answer.text


def test_another_issue_that_has_the_old_slug_by_now_is_shown_there(scene: Scene) -> None:
    scene.parts.renaming.rename_issue(id_of_issue(scene.database, "2026-03-01", "grove"), "spring", by=OPERATOR)
    publish(scene.database, scene.publication, make_document("2026-03-01", date(2026, 3, 1)))
    assert scene.stranger().ask("GET", "/grove/2026-03-01").status_code == 200
