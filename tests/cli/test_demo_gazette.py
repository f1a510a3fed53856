"""The second publication of the demonstration: an issue of yesterday that is sent, and a draft of today with nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts, wire
from newsletter.cli import demo_gazette
from newsletter.cli.sample_sources import SampleSources
from newsletter.config import load
from newsletter.issues.catalogue import newest
from newsletter.issues.looking_over import LookingOver
from newsletter.model import Issue
from newsletter.model.document import Document, RepositoryItem, Section
from newsletter.model.states import IssueState
from newsletter.service.readiness import migrate
from newsletter.sources import listing
from newsletter.sources.reporting import history_of


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.chdir(tmp_path)
    made = wire(load(data_dir=tmp_path, database_url="", redis_url="", smtp_url="", base_url="http://127.0.0.1:8000"))
    migrate(made.database)
    yield made
    made.close()


def fill(parts: Parts, port: int = 0) -> int:
    """Fill it as the demonstration does; return how many answers with a body its sources gave."""
    with SampleSources(parts.clock.now(), port or demo_gazette.port_of(parts)) as samples:
        parts.__dict__["source_fetcher"] = samples.fetcher(parts.clock)
        demo_gazette.fill(parts, samples)
        return samples.served


def issues(parts: Parts) -> list[Issue]:
    """Return its issues, newest first."""
    return [issue for issue, owner in newest(parts.database, limit=9) if owner == demo_gazette.PUBLICATION]


def section(issue: Issue, slug: str) -> Section:
    return next(each for each in Document.model_validate(issue.content).sections if each.slug == slug)


@pytest.mark.timeout(600)
def test_it_gathers_two_days_sends_the_first_issue_and_leaves_the_second_as_a_draft(parts: Parts) -> None:
    assert fill(parts) == 18
    second, first = issues(parts)
    assert (first.state, second.state) == (IssueState.SCHEDULED, IssueState.DRAFT)
    assert (second.dated - first.dated).days == 1
    sections = Document.model_validate(second.content).sections
    assert [each.slug for each in sections] == ["labs", "wire", "papers", "benchmarks", "repositories"]
    addresses = [
        {item.url for each in Document.model_validate(one.content).sections for item in each.items}
        for one in (first, second)
    ]
    assert addresses[0] and addresses[1] and not addresses[0] & addresses[1]
    papers = section(second, "papers")
    assert len(papers.items) == 9 and sum(item.mailed for item in papers.items) == 6
    assert all(item.body and getattr(item, "category", "") for item in papers.items)
    trending = [item for item in section(second, "repositories").items if isinstance(item, RepositoryItem)]
    assert [item.stars_today for item in trending] == [262, 185, 114]
    assert "The Unlikely Gazette" in first.title
    looking: LookingOver = parts.looking_over
    stops = {each.rule for each in looking.look_over(second.id, None).findings if each.severity == "stop"}
    assert stops == {"starter"}, "its lead is to be written, and nothing else is wrong"
    assert fill(parts) == 0, "a second start asks nobody"
    assert [each.revision for each in issues(parts)] == [second.revision, first.revision]
    home = demo_gazette.the_publication(parts, demo_gazette.PUBLICATION).id
    ports = {source.address.split(":")[2].split("/")[0] for source in listing.every(parts.database, home)}
    with SampleSources(parts.clock.now()) as other:
        demo_gazette.fill(parts, other)
        sources = listing.every(parts.database, home)
        assert {source.address.split(":")[2].split("/")[0] for source in sources} == {str(other.port)} != ports
        assert len(sources) == 9 and other.served == 0
    lines = [line for source in sources for _, _, line in history_of(parts.database, source.id, before=2**53, limit=9)]
    assert len(lines) == 18
