"""Reading in a child: what it makes of an answer comes back whole, and a hostile answer costs its own time alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from newsletter.guarded_child import ChildDiedError, ChildSlowError
from newsletter.model.sources import SourceKind
from newsletter.sources.found import BrokenAnswerError, FoundCandidate, FoundTable, LimitedAnswerError, Reading
from newsletter.sources.reading import Reader
from newsletter.sources.reading_child import answer, asked, reading_from
from tests.sources.kinds.asking import item, question, rss

DYING = "import sys; from newsletter.guarded_child import serve; serve(lambda _: sys.exit('no more memory'), pieces=3)"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reading = Reader(seconds=60)  # as long as a busy machine needs
    yield reading
    reading.close()


def test_what_the_child_reads_is_what_the_reader_reads(reader: Reader) -> None:
    content = rss(item("Café", more="<pubDate>Fri, 08 May 2026 07:00:00 GMT</pubDate><category>c</category>"))
    asking = question("https://lab.example/feed.xml")
    reading = reader.read(SourceKind.FEED, content, asking)
    assert reading == reading_from(answer(asked(SourceKind.FEED, content, asking)))
    (found,) = reading.candidates
    assert (found.title, found.published, found.attributes) == (
        "Café",
        datetime(2026, 5, 8, 7, tzinfo=UTC),
        {"categories": ["c"]},
    )


def test_every_part_of_a_reading_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Reading(
        candidates=(
            FoundCandidate(
                "k", "T", "u", "t", datetime(2026, 5, 8, tzinfo=UTC), {"a": ["b"], "c": 1.5, "d": True}, "g", 7
            ),
        ),
        told=("something",),
        table=FoundTable(({"title": "Score"},), (("k", ("x", 1.5, None)),), "by them"),
        stars={"1": 2},
        offered=(("https://x.example/", "X"),),
    )
    monkeypatch.setattr("newsletter.sources.kinds.feed.read", lambda *_: whole)
    assert reading_from(answer(asked(SourceKind.FEED, b"", question()))) == whole


def test_what_is_broken_comes_back_with_what_could_be_read(reader: Reader) -> None:
    with pytest.raises(BrokenAnswerError, match="no feed"):
        reader.read(SourceKind.FEED, b"hello", question())
    with pytest.raises(LimitedAnswerError) as limited:
        reader.read(SourceKind.ARXIV, b"Rate exceeded. Retry after 60 s", question())
    assert limited.value.seconds == 60


def test_an_answer_that_is_too_large_is_not_given_to_the_child(reader: Reader) -> None:
    with pytest.raises(BrokenAnswerError, match="4 MB"):
        reader.read(SourceKind.FEED, b"x" * (4 << 20) + b"x", question())


def test_one_that_takes_too_long_and_one_that_dies_are_told_apart() -> None:
    slow = Reader(seconds=0.2)
    with pytest.raises(ChildSlowError):  # a parser takes the square of this: minutes
        slow.read(
            SourceKind.FEED, rss(item(more="".join(f"<category>{n}</category>" for n in range(100_000)))), question()
        )
    slow.close()
    dead = Reader(command=(sys.executable, "-c", DYING))
    with pytest.raises(ChildDiedError):
        dead.read(SourceKind.FEED, b"", question())
    dead.close()


def test_a_reader_that_was_killed_reads_the_next(reader: Reader) -> None:
    reader.close()
    assert len(reader.read(SourceKind.FEED, rss(item()), question()).candidates) == 1
