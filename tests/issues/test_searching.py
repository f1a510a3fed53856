"""Words of a search are words, and a year, a month or a day is its dates."""

from __future__ import annotations

from datetime import date

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import InputError
from newsletter.issues import catalogue, searching
from newsletter.issues.editing import Editing
from newsletter.model import Publication
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR


@pytest.fixture
def home(database: Database, clock: SettableClock) -> Publication:
    made = add_publication(database)
    add_publication(database, "other")
    for slug, subject, day in (
        ("springs", "Springs and NEAPS", "2026-01-01"),
        ("harbour", "A new pier, 100 % built", "2026-02-28"),
        ("n-1", "Storms", "2025-12-31"),
    ):
        text = issue_text(slug, f'"{subject}"').replace("date: 2026-01-01", f"date: {day}")
        Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR)
        Editing(database, clock).import_issue(
            text.replace("publication: tide", "publication: other"), source="x", by=OPERATOR
        )
    return made


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", {"springs", "harbour", "n-1"}),
        ("neaps", {"springs"}),
        ("and springs", {"springs"}),
        ("100 %", {"harbour"}),
        ("%", {"harbour"}),
        ("n-1", {"n-1"}),
        ("2026", {"springs", "harbour"}),
        ("2026-02", {"harbour"}),
        (" 2025-12-31 ", {"n-1"}),
        ("2025-12-30", set()),
        ("9999", set()),
        ("0000", set()),
        ("nothing of it", set()),
    ],
)
def test_a_search_finds(database: Database, home: Publication, words: str, found: set[str]) -> None:
    wanted = searching.wanted(home, searching.read_tab(""), words)
    rows, _ = catalogue.shelf_page(database, wanted, before=None, limit=50)
    assert {row.issue.slug for row in rows} == found


def test_a_tab_has_the_states_it_names(database: Database, home: Publication) -> None:
    with database.write() as session:
        issues.get(session, "tide", "springs").state = IssueState.SENT
        issues.get(session, "tide", "harbour").state = IssueState.PAUSED
    for word, slugs in (("drafts", ["n-1"]), ("scheduled", ["harbour"]), ("sent", ["springs"]), ("waiting", [])):
        rows, _ = catalogue.shelf_page(
            database, searching.wanted(home, searching.read_tab(word), ""), before=None, limit=50
        )
        assert [row.issue.slug for row in rows] == slugs


def test_every_state_stands_in_one_tab() -> None:
    states = [state for tab in searching.TABS[1:] if not tab.waits for state in tab.states]
    assert sorted(states) == sorted(IssueState)
    with pytest.raises(InputError):
        searching.read_tab("unknown")


def test_days_are_those_of_the_calendar(home: Publication) -> None:
    wanted = searching.wanted(home, searching.read_tab(""), "2024-02")
    assert (wanted.first, wanted.last) == (date(2024, 2, 1), date(2024, 2, 29))
    december = searching.wanted(home, searching.read_tab(""), "9999-12")
    assert december.last is not None and december.last.year == 9999
    assert searching.wanted(home, searching.read_tab(""), "2026-13").words == "2026-13"
