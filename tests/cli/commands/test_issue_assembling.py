"""`newsletter issue assemble`: what was gathered as a draft, by command."""

from __future__ import annotations

from newsletter.cli.opening import opened
from newsletter.clock import SystemClock
from newsletter.issues.parsing import parse_issue
from newsletter.store.issues import issues
from newsletter.store.publications import publications
from tests.cli.conftest import Newsletter
from tests.sources.rows import add_candidate


def _offer(*words: str) -> None:
    with opened() as parts:
        with parts.database.read() as session:
            home = publications.get(session, "daily")
        for place, word in enumerate(words):
            url, title = f"https://wire.example/{word}", f"Story {word}"
            add_candidate(parts.database, SystemClock(), home, url, title=title, rank_sum=9.0 - place)


def _source(slug: str) -> str:
    with opened() as parts, parts.database.read() as session:
        return issues.get(session, "daily", slug).source


def test_a_draft_is_begun_then_added_to_and_nothing_else(daily: Newsletter) -> None:
    _offer("a", "b")
    dry = daily("issue", "assemble", "daily", "--date", "2026-05-08", "--dry-run", "--json")
    assert dry.json == {
        "id": None, "slug": "2026-05-08", "added": 2, "kept": 0, "told": ["nothing was gathered yet"], "dry_run": True,
    }  # fmt: skip
    assert daily("issue", "list", "--json").json == []
    made = daily("issue", "assemble", "daily", "--date", "2026-05-08")
    assert made.code == 0, made.err
    assert "2026-05-08 has got 2 items to be mailed, and 0 for the archive alone; write its lead at http" in made.out
    assert "nothing was gathered yet" in made.err
    before = _source("2026-05-08")
    assert daily("issue", "assemble", "daily", "--date", "2026-05-08").out == "nothing new for 2026-05-08\n"
    assert _source("2026-05-08") == before
    _offer("c")
    assert daily("issue", "assemble", "daily", "--date", "2026-05-08", "--json").json["added"] == 1
    document = parse_issue(_source("2026-05-08"))
    assert [item.title for each in document.sections for item in each.items] == ["Story a", "Story b", "Story c"]
    assert daily("issue", "send", "2026-05-08", "--despite", "other-date").code == 2, "its lead is not written"


def test_what_cannot_be_is_said_with_a_remedy(daily: Newsletter) -> None:
    wrong = daily("issue", "assemble", "daily", "--date", "9 May")
    assert (wrong.code, "write it like 2026-05-09" in wrong.err) == (2, True)
    assert daily("issue", "assemble", "weekly").code == 3
