"""Two mornings of an issue that assembles itself: real sockets, children, mail server and engine; nothing of it is a stand-in but the world."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from newsletter.clock import SystemClock
from newsletter.delivery.progress import progress
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import Inspected, check
from newsletter.issues.starting import LEAD_TO_WRITE
from newsletter.model import Issue
from newsletter.model.document import Document, PaperItem, TableItem
from newsletter.rendering.markdown_file import write_markdown
from newsletter.sources.assembling import AssembledIssue
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.ledger import add_readers
from tests.parts.smtp import SmtpSink
from tests.parts.source_samples import beside, sample
from tests.rendering.documents import BRAND
from tests.sources import two_mornings
from tests.sources.gathering_rig import Rig, lines, results, rig_on
from tests.sources.two_mornings import CHANGED, CODING, EXPECTED, INDEX, SAMPLES, SOURCES, host_of
from workers import embedded

READERS = 20
LEAD = "A Friday with one model that stops when it is unsure."
OFFERED: Mapping[str, dict[str, Any]] = {
    "lab.rss.xml": {"section": "labs", "kind": "feed"},
    "wire.atom.xml": {"section": "wire", "kind": "feed"},
    "wire.feed.json": {"section": "wire", "kind": "feed"},
    "blog.rdf": {"section": "wire", "kind": "feed", "keep_days": 30},
    "hacker-news.json": {"section": "wire", "kind": "hacker-news"},
    "arxiv-rss.xml": {"section": "papers", "kind": "arxiv"},
    "hf-daily-papers.json": {"section": "papers", "kind": "hf-papers"},
    "leaderboard-index-day1.json": {"section": "benchmarks", "kind": "table", "mapping": INDEX},
    "leaderboard-coding.csv": {"section": "benchmarks", "kind": "table", "mapping": CODING},
    "github-search-day1.json": {"section": "repositories", "kind": "github"},
}
"""Samples that lie beside the project, and what a source of each is made of."""


@pytest.fixture
def rig(database: Database, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[Rig]:
    """A publication with sources and readers, on each database."""
    with rig_on(database, tmp_path, smtp_url=smtp_sink.url) as made:
        add_readers(database, made.clock, made.publication, READERS)
        yield made


def morning(rig: Rig) -> tuple[AssembledIssue, Issue]:
    """Assemble what was gathered; return what came of it, and the draft."""
    made = rig.parts.assembling.assemble(rig.publication.id, by=OPERATOR)
    assert made.issue_id is not None
    with rig.database.read() as session:
        return made, session.get_one(Issue, made.issue_id)


def send(rig: Rig, draft: Issue) -> None:
    """Write the lead of a draft, schedule it, and let the engine send it."""
    text = draft.source.replace(LEAD_TO_WRITE, LEAD)
    rig.parts.editing.save(draft.id, text=text, revision=draft.revision, by=OPERATOR)
    rig.clock.moment = SystemClock().now()  # an engine does not work by another clock than its database's
    rig.clock.goes_since = rig.clock.monotonic()
    rig.parts.publishing.schedule(draft.id, rig.clock.now(), despite=MEANT, by=OPERATOR)
    running = embedded.start(rig.parts)
    try:
        for _ in range(1200):
            if progress(rig.database, clock=rig.clock, issue_id=draft.id).state == "sent":
                return
            time.sleep(0.1)
        pytest.fail("the issue was not sent")
    finally:
        running.stop()
        rig.clock.goes_since = None


def check_outputs(rig: Rig, draft: Issue) -> None:
    """Every output shows each item once by its title, and the file is read back as it was written."""
    document = parse_issue(draft.source)
    assert document.model_dump(mode="json") == draft.content
    assert parse_issue(write_markdown(document)) == document
    renderer = rig.parts.renderer
    shown = {
        "mail": renderer.email(document, BRAND, byte_budget=100_000).html,
        "text": renderer.text(document, BRAND),
        "page": renderer.web(document, BRAND),
    }
    for name, output in shown.items():
        for section in document.sections:
            for item in section.items:
                for word in item.title.split()[:2]:
                    assert word in output or "&" in word or "|" in word, (name, item.title)
    findings = check(Inspected(document, BRAND, None, draft.source))
    assert [each.rule for each in findings if each.severity == "stop"] == ["starter"]


def urls(document: Document) -> list[str]:
    return [item.url for section in document.sections for item in section.items if item.url]


def tables(document: Document) -> dict[str, TableItem]:
    return {item.title: item for section in document.sections for item in section.items if isinstance(item, TableItem)}


def last_cells(table: TableItem) -> list[str]:
    return [row[-1] for row in table.rows]


def test_two_mornings_make_two_issues_and_nothing_is_told_twice(rig: Rig, smtp_sink: SmtpSink) -> None:
    two_mornings.put(rig.server, 1)
    two_mornings.add(rig)
    assert rig.gather().sentence == f"{len(SOURCES)} of {len(SOURCES)} sources"
    _, draft = morning(rig)
    assert draft.source == EXPECTED.read_text(encoding="utf-8")
    assert morning(rig)[1].revision == draft.revision, "doing it again changes nothing"
    check_outputs(rig, draft)
    send(rig, draft)
    received = [message_from_bytes(content, policy=default) for _, _, content in smtp_sink.messages]
    assert len(received) == READERS == len({recipient for _, recipient, _ in smtp_sink.messages})
    assert all(LEAD in each.get_body(("plain",)).get_content() for each in received)  # type: ignore[union-attr]
    first = parse_issue(draft.source)
    second, told = second_morning(rig)
    assert "Research Papers: arXiv announces nothing on the evenings of Friday and Saturday" in told
    assert not set(urls(first)) & set(urls(second))
    check_second(second)


def second_morning(rig: Rig) -> tuple[Document, tuple[str, ...]]:
    """Gather and assemble on the Saturday; return the draft, and what was told. The server counts what it sent."""
    rig.clock.moment = datetime(2026, 5, 9, 5, 30, tzinfo=UTC)
    two_mornings.put(rig.server, 2)
    report = rig.gather()
    assert report.missing == ()
    names = {given["name"]: sample for sample, given in SOURCES.items()}
    assert {names[name] for name, result in results(report).items() if result == "unchanged"} == set(SOURCES) - CHANGED
    for sample_name in SOURCES:
        bodies = rig.server.bodies[host_of(sample_name), f"/{sample_name}"]
        assert bodies == (2 if sample_name in CHANGED else 1), sample_name
    assert max(rig.server.most_at_once.values()) == 1
    made, draft = morning(rig)
    assert "arXiv announces nothing on the evenings of Friday and Saturday" in draft.source.partition("\n---\n")[0]
    check_outputs(rig, draft)
    return parse_issue(draft.source), made.told


def check_second(second: Document) -> None:
    boards = tables(second)
    index = boards["Invented Analysis: Index"]
    assert [row[1] for row in index.rows] == ["Ratchet 2", "Heather L", "Quillon 5 (May)", "Newcomer 1", "Oakum 70"]
    assert last_cells(index) == ["▲ up 2", "▼ down 1", "▼ down 1", "new", "▼ down 1"]
    assert set(last_cells(boards["Coding Board"])) == {"–"}  # noqa: RUF001 - as it is shown
    papers, trending = (
        next(each for each in second.sections if each.slug == slug) for slug in ("papers", "repositories")
    )
    assert papers.items == () and papers.all_title == "All papers"
    assert [(each.title, each.stars_today) for each in trending.items] == [("small-hours/lantern", 800)]  # type: ignore[union-attr]


def test_the_draft_has_every_section_and_table_of_the_issue_that_an_editor_typed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    wanted = parse_issue(beside("issues/2026-05-09.md"))
    with rig_on(sqlite_database, tmp_path) as rig:
        two_mornings.put(rig.server, 1)
        two_mornings.add(rig)
        rig.gather()
        document = parse_issue(morning(rig)[1].source)
        mail = rig.parts.renderer.email(document, BRAND, byte_budget=100_000).html
    told = [(each.slug, each.title, each.kind, each.all_title) for each in document.sections]
    for section in wanted.sections:
        assert (section.slug, section.title, section.kind, section.all_title) in told
        assert section.all_title and section.all_title in mail
    assert columns(document) == columns(wanted)


def columns(document: Document) -> list[list[str]]:
    return [[column.title for column in table.columns] for table in tables(document).values()]


def test_papers_have_their_category_and_their_whole_abstract_and_both_tables_all_columns() -> None:
    document = parse_issue(EXPECTED.read_text(encoding="utf-8"))
    announced = " ".join((SAMPLES / "day1" / "papers.rss.xml").read_text(encoding="utf-8").split())
    papers = [item for section in document.sections for item in section.items if isinstance(item, PaperItem)]
    assert {item.category for item in papers} == {"cs.CL", "cs.LG"}
    for item in papers:
        assert f"Abstract: {' '.join(item.body.split())}</description>" in announced
    assert columns(document) == [["#", "Model", "Score", "tok/s", "$/1M"], ["#", "Model", "Score"]]
    assert [section.all_title for section in document.sections] == [
        "All labs", "All feeds", "All papers", "Full tables", "All repositories",
    ]  # fmt: skip


def test_the_samples_beside_the_project_make_two_issues(sqlite_database: Database, tmp_path: Path) -> None:
    contents = {name: sample(name) for name in OFFERED}
    start = datetime(2026, 5, 8, 21, tzinfo=UTC)
    with rig_on(sqlite_database, tmp_path, start=start) as rig:
        for name, content in contents.items():
            two_mornings.stand(rig.server, name, content)
        two_mornings.add(rig, {name: {"name": name} | given for name, given in OFFERED.items()})
        report = rig.gather()
        assert report.missing == (), {name: line.words for name, line in lines(report).items()}
        first = parse_issue(morning(rig)[1].source)
        assert all(section.items for section in first.sections)
        check_outputs(rig, morning(rig)[1])
        boards = tables(first)
        assert [column.title for column in boards["leaderboard-index-day1.json"].columns] == [
            "#",
            "Model",
            "Score",
            "tok/s",
            "$/1M",
        ]
        rig.clock.moment += timedelta(days=1)
        for name in ("github-search-day1.json", "leaderboard-index-day1.json"):
            two_mornings.stand(rig.server, name, sample(name.replace("day1", "day2")))
        assert sorted(results(rig.gather()).values()) == ["new"] * 2 + ["unchanged"] * (len(OFFERED) - 2)
        second = parse_issue(morning(rig)[1].source)
        assert not set(urls(first)) & set(urls(second))
        stars = {
            item.stars_today for section in second.sections for item in section.items if hasattr(item, "stars_today")
        }
        assert stars
