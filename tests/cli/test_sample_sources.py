"""The sources of the demonstration are read without a word of complaint on both of its days, and its fetcher opens no other door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.cli.demo_gazette import _SOURCES as SOURCES
from newsletter.cli.sample_sources import FOLDER, HOST, SampleSources, rendered
from newsletter.clock import SettableClock, SystemClock
from newsletter.errors import NewsletterError
from newsletter.fetch.guard import PrivateAddressError
from newsletter.fetch.values import Ask
from newsletter.model.sources import SourceKind
from newsletter.sources.kinds import KINDS, chosen_kind
from newsletter.sources.kinds.question import Question
from tests.conftest import SHARED, absent

NOW = datetime(2026, 5, 9, 8, tzinfo=UTC)
TOLD = {
    "repositories.json": {"1 archived repository is left out"},
    "evenness-index.json": {"1 row without 'Score' left out: Plumb line"},
}
FOUND = {
    "lantern-lab.rss.xml": (2, 4),
    "harbour-institute.atom.xml": (1, 3),
    "evening-wire.atom.xml": (2, 5),
    "slow-notes.feed.json": (2, 4),
    "front-page.json": (3, 7),
    "papers.rss.xml": (3, 9),
    "evenness-index.json": (6, 7),
    "mending-board.csv": (6, 6),
    "repositories.json": (6, 7),
}
"""Candidates of the first and of the second day."""


@pytest.fixture
def samples() -> Iterator[SampleSources]:
    with SampleSources(NOW) as served:
        yield served


def test_every_sample_is_a_source_and_the_other_way_round() -> None:
    assert {name for name, _ in SOURCES} == set(FOUND) == {each.name for each in FOLDER.iterdir()}


@pytest.mark.parametrize("second_day", [False, True])
@pytest.mark.parametrize("name", sorted(FOUND))
def test_a_sample_is_what_its_kind_reads_on_both_days(name: str, second_day: bool) -> None:
    new = dict(SOURCES)[name]
    text = rendered((FOLDER / name).read_text(encoding="utf-8"), NOW, second_day=second_day)
    assert "@" not in text.replace("@demo", "")
    now = NOW if second_day else NOW - timedelta(days=1)
    reading = KINDS[SourceKind(new.kind)].read(text.encode(), Question(f"http://{HOST}/{name}", now, new.mapping))
    assert chosen_kind(text.encode(), f"http://{HOST}/{name}") == new.kind
    assert len(reading.candidates) == FOUND[name][second_day]
    told = {each for each in reading.told if "no news here" not in each}
    assert told <= TOLD.get(name, set())
    for candidate in reading.candidates:
        assert candidate.published is None or now - timedelta(days=1) < candidate.published + timedelta(
            hours=24
        ) <= now + timedelta(days=1)
        assert (
            ".example/" in candidate.url
            or candidate.url.startswith(("https://arxiv.org/", "https://news.ycombinator.com/"))
            or not candidate.url
        )


def test_no_sentence_of_them_is_of_somebody_elses_samples() -> None:
    if not SHARED.is_dir():
        absent("the folder of samples")
    theirs = {
        line.strip()
        for file in (SHARED / "sources").iterdir()
        if file.suffix != ".md"
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(line.split()) > 6
    }
    ours = {line.strip() for file in FOLDER.iterdir() for line in file.read_text(encoding="utf-8").splitlines()}
    shapes = {line for line in theirs & ours if line.startswith(("<rss", "<feed", "<?xml"))}
    assert (theirs & ours) - shapes == set()


def test_a_sample_is_served_with_a_validator_and_not_twice(samples: SampleSources, clock: SettableClock) -> None:
    fetcher, address = samples.fetcher(SystemClock()), samples.address("slow-notes.feed.json")
    first = fetcher.ask(Ask(address, schemes=("http",)))
    assert (first.status, samples.served) == (200, 1) and b"Queues are where" in first.content
    again = fetcher.ask(Ask(address, schemes=("http",), etag=first.headers["etag"], validators_of=address))
    assert again.is_unchanged and samples.served == 1
    samples.second_day = False
    before = fetcher.ask(Ask(address, schemes=("http",), etag=first.headers["etag"], validators_of=address))
    assert before.status == 200 and b"Queues are where" not in before.content
    for name in ("nothing.xml", "../issue.md", "..%2fissue.md", ""):
        assert fetcher.ask(Ask(samples.address(name), schemes=("http",))).status == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "10.0.0.1", "127.0.0.2"])
def test_its_fetcher_leads_to_no_other_place_of_this_machine(samples: SampleSources, host: str) -> None:
    with pytest.raises(PrivateAddressError):
        samples.fetcher(SystemClock()).ask(Ask(f"http://{host}:{samples.port}/papers.rss.xml", schemes=("http",)))
    assert samples.served == 0


def test_its_name_leads_to_its_own_port_alone(samples: SampleSources, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> object:
        raise OSError("no such name")

    monkeypatch.setattr("newsletter.fetch.guard.socket.getaddrinfo", nobody)
    with pytest.raises(NewsletterError):
        samples.fetcher(SystemClock()).ask(Ask(f"http://{HOST}:1/papers.rss.xml", schemes=("http",)))


def test_a_port_that_is_taken_is_no_matter(samples: SampleSources) -> None:
    with SampleSources(NOW, samples.port) as other:
        assert other.port not in (0, samples.port)
