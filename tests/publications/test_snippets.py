"""Snippets of a publication: kept by name, changed, removed, each with an entry in the audit trail."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import AuditEntry, Publication
from newsletter.publications import snippets as room
from newsletter.publications.snippets import Snippets
from newsletter.store.database import Database
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR


@pytest.fixture
def kept(database: Database, clock: SettableClock) -> Snippets:
    return Snippets(database, clock)


@pytest.fixture
def home(database: Database) -> Publication:
    return add_publication(database)


def names(kept: Snippets, home: Publication) -> list[str]:
    return [each.name for each in kept.listed(home.id)]


def test_a_snippet_is_added_changed_and_removed(kept: Snippets, home: Publication, database: Database) -> None:
    thanks = kept.keep(home.id, "  Thanks ", "\nThank *you*.\r\n\r\nMara\n", by=OPERATOR)
    kept.keep(home.id, "Bye", "Until tomorrow.", by=OPERATOR)
    assert names(kept, home) == ["Bye", "Thanks"] and kept.listed(home.id)[1].text == "Thank *you*.\n\nMara"
    kept.keep(home.id, "Thank you", "Thanks.", snippet_id=thanks.id, by=OPERATOR)
    assert names(kept, home) == ["Bye", "Thank you"]
    kept.remove(home.id, thanks.id, by=OPERATOR)
    assert names(kept, home) == ["Bye"]
    with database.read() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "snippet").order_by(AuditEntry.id))
        assert list(acts) == ["snippet.add", "snippet.add", "snippet.change", "snippet.remove"]


def test_a_name_is_given_once_in_a_publication_and_a_snippet_may_keep_its_own(
    kept: Snippets, home: Publication
) -> None:
    thanks = kept.keep(home.id, "Thanks", "One.", by=OPERATOR)
    bye = kept.keep(home.id, "Bye", "Two.", by=OPERATOR)
    for taken in (None, bye.id):
        with pytest.raises(ConflictError, match="there is a snippet 'Thanks' already"):
            kept.keep(home.id, "Thanks", "Three.", snippet_id=taken, by=OPERATOR)
    kept.keep(home.id, "Thanks", "Four.", snippet_id=thanks.id, by=OPERATOR)
    assert [each.text for each in kept.listed(home.id)] == ["Two.", "Four."]


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "x"), ("n" * 101, "x"), ("two\nlines", "x"), ("n", " \n "), ("n", "x" * 20_001), ("n", "a\0b")],
)
def test_what_is_no_name_or_no_text_is_refused(kept: Snippets, home: Publication, name: str, text: str) -> None:
    with pytest.raises(InputError):
        kept.keep(home.id, name, text, by=OPERATOR)
    assert names(kept, home) == []


def test_there_is_an_end_to_them(kept: Snippets, home: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 1)
    kept.keep(home.id, "Thanks", "One.", by=OPERATOR)
    with pytest.raises(InputError, match="at most 1 snippets"):
        kept.keep(home.id, "Bye", "Two.", by=OPERATOR)


def test_those_of_another_publication_are_not_found(kept: Snippets, home: Publication, database: Database) -> None:
    other = add_publication(database, slug="moon")
    snippet = kept.keep(other.id, "Thanks", "One.", by=OPERATOR)
    with pytest.raises(NotFoundError):
        kept.remove(home.id, snippet.id, by=OPERATOR)
    with pytest.raises(NotFoundError):
        kept.keep(home.id, "Mine", "Two.", snippet_id=snippet.id, by=OPERATOR)
    assert names(kept, home) == [] and names(kept, other) == ["Thanks"]
