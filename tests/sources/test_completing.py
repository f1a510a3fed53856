"""What arXiv's RSS leaves out comes from its API: asked once, in a turn of its own, and only for what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from newsletter.model import Candidate, GatheringLine
from newsletter.model.sources import SourceKind
from newsletter.sources.completing import MOST, incomplete
from newsletter.sources.found import FoundCandidate, Reading
from newsletter.sources.outcomes import AskedSource, GatherResult, Outcome
from newsletter.store.database import Database
from tests.parts.source_server import Stand, refusal
from tests.sources.gathering_rig import Rig, rig_on

RSS, API = "rss.arxiv.org", "export.arxiv.org"
WHOLE, BARE, NAMELESS = "2605.01111", "2605.02222", "2605.03333"


def announced(number: str, title: str, *, abstract: str = "", authors: str = "") -> str:
    """Return an item as arXiv's RSS writes one, with what is given of it."""
    said = f"arXiv:{number}v1 Announce Type: new\nAbstract: {abstract}" if abstract else ""
    creator = f"<dc:creator>{authors}</dc:creator>" if authors else ""
    return (
        f"<item><title>{title}</title><link>https://arxiv.org/abs/{number}</link><description>{said}</description>"
        f"<guid isPermaLink='false'>oai:arXiv.org:{number}v1</guid><category>cs.CL</category>"
        f"<arxiv:announce_type>new</arxiv:announce_type>{creator}</item>"
    )


def rss(*items: str) -> bytes:
    """Return a day of a category of ours."""
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"'
    head = "<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link>"
    return f'<rss version="2.0" {spaces}><channel>{head}{"".join(items)}</channel></rss>'.encode()


def told(*entries: tuple[str, str, str]) -> bytes:
    """Return an answer of the API: number, abstract and author of each paper."""
    inner = "".join(
        f"<entry><id>http://arxiv.org/abs/{number}v1</id><published>2026-05-07T10:00:00Z</published><title>Other words</title>"
        f"<summary>{abstract}</summary><author><name>{author}</name></author>"
        f'<arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">9 pages</arxiv:comment></entry>'
        for number, abstract, author in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/x</id>{inner}</feed>'.encode()


THREE = rss(
    announced(WHOLE, "On tides", abstract="Tides rise.", authors="Ada Lind"),
    announced(BARE, "On sand", authors="Bo Sund"),
    announced(NAMELESS, "On reeds", abstract="Reeds bend."),
)


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication with one category of arXiv, whose RSS leaves something out, on each database."""
    with rig_on(database, tmp_path) as made:
        made.clock.goes_since = made.clock.monotonic()  # turns are three seconds apart
        made.server.put(RSS, "/rss/cs.CL", Stand(THREE))
        made.add(RSS, "/rss/cs.CL", kind=SourceKind.ARXIV, section="research")
        completing = replace(made.parts.gathering.completing, api=made.server.url(API, "/api/query"))
        made.parts.__dict__["gathering"] = replace(made.parts.gathering, completing=completing)
        yield made


def papers(rig: Rig) -> dict[str, Candidate]:
    with rig.database.read() as session:
        return {each.key.removeprefix("arxiv:"): each for each in session.scalars(select(Candidate))}


def words(rig: Rig) -> str:
    with rig.database.read() as session:
        return session.scalars(select(GatheringLine)).one().words


def test_what_was_left_out_is_asked_for_once_and_what_was_said_stays(rig: Rig) -> None:
    rig.server.put(API, "/api/query", Stand(told((BARE, "Sand shifts.", "Somebody"), (NAMELESS, "No.", "Cai Mor"))))
    rig.gather()
    found = papers(rig)
    assert found[WHOLE].text == "Tides rise."
    assert (found[BARE].text, found[BARE].attributes["authors"]) == ("Sand shifts.", ["Bo Sund"])
    assert (found[NAMELESS].text, found[NAMELESS].attributes["authors"]) == ("Reeds bend.", ["Cai Mor"])
    assert found[BARE].title == "On sand", "the words that were announced"
    assert found[BARE].attributes["announce"] == "new"
    [ask] = rig.server.asked(API)
    assert parse_qs(urlsplit(ask.path).query)["id_list"] == [f"{BARE},{NAMELESS}"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Stand(b"Rate exceeded."), "at its limit"),
        (refusal(429), "its answer is 429"),
        (Stand(b"<html>sorry</html>", content_type="text/html"), "no feed of arXiv"),
        (Stand(leaves=True), ""),
        (Stand(told((BARE, "Sand shifts.", "Somebody"))), "1 without abstract or authors"),
    ],
)
def test_what_cannot_be_had_is_told_and_the_papers_come_as_they_were_announced(
    rig: Rig, answer: Stand, why: str
) -> None:
    rig.server.put(API, "/api/query", answer)
    rig.gather()
    assert set(papers(rig)) == {WHOLE, BARE, NAMELESS}
    assert "without abstract or authors, which arXiv's API did not tell" in words(rig)
    assert why in words(rig)


def test_what_nobody_foresaw_in_completing_loses_nothing_of_what_was_read(rig: Rig) -> None:
    def breaks(*_: object, **__: object) -> Reading:
        raise RuntimeError("unforeseen")

    rig.server.put(API, "/api/query", Stand(told((BARE, "Sand shifts.", "Somebody"))))
    completing = replace(rig.parts.gathering.completing, read=breaks)
    rig.parts.__dict__["gathering"] = replace(rig.parts.gathering, completing=completing)
    rig.gather()
    assert set(papers(rig)) == {WHOLE, BARE, NAMELESS}
    assert words(rig).endswith("which arXiv's API did not tell: RuntimeError")


def test_without_a_turn_for_it_the_papers_come_as_they_were_announced(rig: Rig) -> None:
    rig.server.put(API, "/api/query", Stand(told((BARE, "Sand shifts.", "Somebody"))))
    rig.clock.goes_since = None  # time stands still, and so does the turn that the announcement took
    hurried = replace(rig.parts.gathering.asking_all, seconds=2.0)
    rig.parts.__dict__["gathering"] = replace(rig.parts.gathering, asking_all=hurried)
    rig.gather()
    assert set(papers(rig)) == {WHOLE, BARE, NAMELESS} and rig.server.asked(API) == []


def test_where_nothing_is_missing_nobody_is_asked(rig: Rig) -> None:
    rig.server.put(RSS, "/rss/cs.CL", Stand(rss(announced(WHOLE, "On tides", abstract="Tides rise.", authors="Ada"))))
    rig.gather()
    assert rig.server.asked(API) == [] and set(papers(rig)) == {WHOLE}


def test_no_more_are_asked_for_than_fit_into_one_question_and_none_of_another_kind() -> None:
    many = tuple(FoundCandidate(f"arxiv:2605.{n:05}", f"Paper {n}") for n in range(MOST + 5))
    outcome = Outcome(GatherResult.NEW, reading=Reading(many))
    asked = AskedSource(1, "arXiv", SourceKind.ARXIV, "https://rss.arxiv.org/rss/cs.CL")
    assert len(incomplete(asked, outcome)) == MOST
    assert incomplete(replace(asked, kind=SourceKind.FEED), outcome) == []
    assert incomplete(asked, replace(outcome, result=GatherResult.UNCHANGED)) == []
