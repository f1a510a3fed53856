"""The second publication of the demonstration: an issue of yesterday that is sent, and a draft of today with nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts, wire
from newsletter.cli import demo_gazette, processes
from newsletter.cli.sample_sources import SampleSources
from newsletter.config import load
from newsletter.issues.catalogue import newest
from newsletter.model import Issue, Source
from newsletter.model.document import Document, RepositoryItem, Section, TableItem
from newsletter.model.states import IssueState
from newsletter.service.readiness import migrate
from newsletter.sources import listing
from tests.parts.waiting import comes_true


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.chdir(tmp_path)
    made = wire(load(data_dir=tmp_path, database_url="", redis_url="", smtp_url="", base_url="http://127.0.0.1:8000"))
    migrate(made.database)
    yield made
    made.close()


@contextmanager
def demonstration(parts: Parts, *, sends: bool) -> Iterator[SampleSources]:
    """Run it as the demonstration does, without its pages."""
    sending = processes.embedded(parts) if sends else nullcontext()
    with SampleSources(parts.clock.now(), demo_gazette.port_of(parts)) as samples:
        parts.__dict__["source_fetcher"] = samples.fetcher(parts.clock)
        demo_gazette.begin(parts, samples)
        with demo_gazette.second_issue(parts, samples), sending:
            yield samples


def issues(parts: Parts) -> list[Issue]:
    """Return its issues, newest first."""
    return [issue for issue, owner in newest(parts.database, limit=9) if owner == demo_gazette.PUBLICATION]


def section(issue: Issue, slug: str) -> Section:
    return next(each for each in Document.model_validate(issue.content).sections if each.slug == slug)


def sources_of(parts: Parts) -> list[Source]:
    home = demo_gazette.the_publication(parts, demo_gazette.PUBLICATION).id
    return list(listing.every(parts.database, home))


@pytest.mark.timeout(600)
def test_it_sends_a_first_issue_and_leaves_a_second_as_a_draft_with_nothing_twice(parts: Parts) -> None:
    with demonstration(parts, sends=True) as samples:
        assert comes_true(lambda: len(issues(parts)) == 2, within=300)
        assert samples.served == 18
    second, first = issues(parts)
    assert (first.state, second.state) == (IssueState.SENT, IssueState.DRAFT)
    assert (second.dated - first.dated).days == 1
    assert [each.slug for each in Document.model_validate(second.content).sections] == [
        *("labs", "wire", "papers", "benchmarks", "repositories")
    ]
    addresses = [
        {item.url for each in Document.model_validate(one.content).sections for item in each.items if item.url}
        for one in (first, second)
    ]
    assert addresses[0] and addresses[1] and not addresses[0] & addresses[1]
    papers = section(second, "papers")
    assert len(papers.items) == 9 and sum(item.mailed for item in papers.items) == 6
    assert all(item.body and getattr(item, "category", "") for item in papers.items)
    trending = [item for item in section(second, "repositories").items if isinstance(item, RepositoryItem)]
    assert [item.stars_today for item in trending] == [185, 114, 91]
    boards = [item for item in section(second, "benchmarks").items if isinstance(item, TableItem)]
    assert [[column.title for column in board.columns][:3] for board in boards] == [["#", "Model", "Score"]] * 2
    assert boards[0].rows[0][:3] == ("1", "Wick 3", "68.4") and "new" in str(boards[0].rows)
    stops = {each.rule for each in parts.looking_over.look_over(second.id, None).findings if each.severity == "stop"}
    assert stops == {"starter"}, "its lead is to be written, and nothing else is wrong"
    ports = {source.address.split(":")[2].split("/")[0] for source in sources_of(parts)}
    with demonstration(parts, sends=False) as again:
        assert {str(again.port)} == ports, "where it was before"
    assert again.served == 0 and [each.revision for each in issues(parts)] == [second.revision, first.revision]
    with SampleSources(parts.clock.now()) as other:
        demo_gazette.begin(parts, other)
        assert {source.address.split(":")[2].split("/")[0] for source in sources_of(parts)} == {str(other.port)}
        assert len(sources_of(parts)) == 9 and other.served == 0
