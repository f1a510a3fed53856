"""Items of earlier issues are found by words of title and address, the newest first, in the newest issues alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues import finding_items
from newsletter.issues.finding_items import find_items
from newsletter.store.database import Database
from tests.parts.looking import looking
from tests.web.places import add_publication, make_document, make_parts, publish


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    return make_parts(database, clock, tmp_path)


def test_the_newest_come_first_and_all_words_must_be_there(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    home, other = add_publication(parts.database), add_publication(parts.database, slug="grove")
    for day in (1, 2, 3):
        publish(parts.database, home, make_document(f"2026-03-0{day}", date(2026, 3, day)))
    publish(parts.database, home, make_document("2026-03-09", date(2026, 3, 9)), shown=False)
    publish(parts.database, other, make_document("2026-03-08", date(2026, 3, 8), publication="grove"))

    def seen(words: str) -> list[tuple[str, str]]:
        return [(each.issue_slug, each.title) for each in find_items(parts.database, home.id, words)]

    days = ("2026-03-03", "2026-03-02", "2026-03-01")
    assert seen("GRAFTING\tnumber") == [(day, f"Grafting number {n} of {day}") for day in days for n in (1, 2)]
    assert seen("journal.test/2026-03-02/1") == [("2026-03-02", "Grafting number 1 of 2026-03-02")]
    assert seen("100%") == [] and seen("pear") == []
    monkeypatch.setattr(finding_items, "ISSUES", 1)
    assert {slug for slug, _ in seen("grafting")} == {"2026-03-03"}


def test_an_item_is_said_as_its_issue_file_said_it(parts: Parts) -> None:
    home = add_publication(parts.database)
    publish(parts.database, home, make_document("2026-03-01", date(2026, 3, 1)))
    [found] = find_items(parts.database, home.id, "sweetness")
    assert found.section == "tables" and found.markdown.startswith("### Sweetness") and "| Pippin |" in found.markdown


def test_the_search_reads_the_items_of_the_newest_issues_alone(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    home = add_publication(parts.database)
    monkeypatch.setattr(finding_items, "ISSUES", 3)
    read = []
    for day in range(1, 29):
        publish(parts.database, home, make_document(f"2026-02-{day:02}", date(2026, 2, day), papers=40))
        if day in (4, 28):
            with looking(parts.database, "issue_items") as looked_at:
                assert find_items(parts.database, home.id, "nothing has these words") == []
            read.append(looked_at[0])
    assert 0 < read[1] <= 2 * read[0], "the cost grows with issues that are not looked through"
