"""Sources of a publication: what may be one, what follows from adding it, and that nothing is half stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model.document import SectionKind
from newsletter.model.sources import SourceKind
from newsletter.model.states import SourceState
from newsletter.sources import listing
from newsletter.sources.keeping import Keeping, NewSource, SourceChange
from newsletter.sources.section_keeping import SectionKeeping
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_publication

FEED = "https://example.org/feed.xml"


@pytest.fixture
def home(database: Database, clock: SettableClock) -> int:
    """A publication."""
    return add_publication(database, clock).id


@pytest.fixture
def keeping(database: Database, clock: SettableClock) -> Keeping:
    """What keeps its sources."""
    return Keeping(database, clock)


def new(**given: Any) -> NewSource:
    return NewSource(**{"section": "wire", "kind": SourceKind.FEED, "address": FEED, **given})


def slugs(database: Database, clock: SettableClock, home: int) -> list[str]:
    return [each.slug for each in SectionKeeping(database, clock).planned(home)]


def test_the_first_source_writes_the_usual_plan_and_one_of_a_new_section_adds_it(
    keeping: Keeping, database: Database, clock: SettableClock, home: int
) -> None:
    added = keeping.add(home, new(), by=OPERATOR)
    assert (added.name, added.state, added.created_by) == ("example.org", SourceState.ACTIVE, "operator tests")
    assert slugs(database, clock, home) == ["labs", "wire", "papers", "benchmarks", "repositories"]
    keeping.add(home, new(section="robot-news", kind="arxiv", address="https://rss.arxiv.org/rss/cs.RO"), by=OPERATOR)
    plan = SectionKeeping(database, clock).planned(home)
    assert (plan[-1].slug, plan[-1].title, plan[-1].kind) == ("robot-news", "Robot news", SectionKind.PAPERS)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "feed"),
        ({"address": "https://rss.arxiv.org/rss/cs.CL"}, "arxiv"),
        ({"address": "https://api.github.com/search/repositories?q=x"}, "github"),
        ({"mapping": {"columns": [{"title": "Model", "path": "name"}], "key": "id"}}, "table"),
        ({"address": "", "name": "Board"}, "table"),
    ],
)
def test_a_kind_that_nobody_named_is_chosen(keeping: Keeping, home: int, given: dict[str, Any], kind: str) -> None:
    section = {"table": "benchmarks", "arxiv": "papers", "github": "repositories"}.get(kind, "wire")
    assert keeping.add(home, new(kind="", section=section, **given), by=OPERATOR).kind.value == kind


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"address": "example.org/feed"}, "address"),
        ({"address": "http://example.org/feed"}, "address"),
        ({"address": "feed://example.org/feed"}, "address"),
        ({"address": "file:///etc/passwd"}, "address"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "https://user:pass@example.org/"}, "address"),
        ({"address": "https://example.org/a b"}, "address"),
        ({"address": "https://example.org:port/"}, "address"),
        ({"address": "https://example.org/" + "a" * 2100}, "address"),
        ({"address": ""}, "address"),
        ({"kind": "podcast"}, "kind"),
        ({"section": "No slug"}, "section"),
        ({"section": "benchmarks"}, "section"),
        ({"section": "wire", "kind": "table", "mapping": {"columns": [{"title": "Model"}]}}, "section"),
        ({"section": "benchmarks", "kind": "table", "mapping": {"columns": []}}, "mapping columns"),
        (
            {
                "section": "benchmarks",
                "kind": "table",
                "mapping": {"columns": ["Model"], "format": "json", "rows": "a["},
            },
            "mapping",
        ),
        ({"name": "two\nlines\x00"}, "name"),
        ({"weight": 11}, "weight"),
        ({"most": 0}, "most"),
        ({"keep_days": 0}, "keep days"),
        ({"every_minutes": 5}, "every minutes"),
        ({"header": "x-api-key"}, "secret"),
        ({"secret": "example"}, "header"),
        ({"header": "Host", "secret": "example"}, "header"),
        ({"header": "x-api-key", "secret": "../etc/passwd"}, "secret"),
        ({"header": "x-api-key", "secret": "example", "address": "http://a.example/", "plain_http": True}, "secret"),
        ({"wished": ("a" * 81,)}, "wished"),
    ],
)
def test_what_will_not_do_is_told_with_its_field_and_a_remedy_and_nothing_is_stored(
    keeping: Keeping, database: Database, home: int, given: dict[str, Any], where: str
) -> None:
    with pytest.raises(InputError) as caught:
        keeping.add(home, new(**given), by=OPERATOR)
    assert caught.value.where == where and caught.value.remedy
    assert listing.every(database, home) == ()
    with database.read() as session:
        from newsletter.store.publications import publications

        assert publications.by_id(session, home).sections == []


def test_international_addresses_and_plain_http_by_wish_are_taken(keeping: Keeping, home: int) -> None:
    keeping.add(home, new(address="https://bücher.example/größe?q=ü"), by=OPERATOR)
    keeping.add(home, new(address="http://old.example/rss", plain_http=True), by=OPERATOR)


def test_the_same_address_in_the_same_section_and_the_same_name_are_refused(keeping: Keeping, home: int) -> None:
    keeping.add(home, new(), by=OPERATOR)
    with pytest.raises(ConflictError, match="fills 'wire' already"):
        keeping.add(home, new(name="Another"), by=OPERATOR)
    second = keeping.add(home, new(section="labs"), by=OPERATOR)
    assert second.name == "example.org 2"
    with pytest.raises(ConflictError, match=r"a source 'example\.org'"):
        keeping.add(home, new(address="https://example.org/2", name="example.org"), by=OPERATOR)
    with pytest.raises(ConflictError, match=r"a source 'example\.org'"):
        keeping.change(second.id, SourceChange(name="example.org"), by=OPERATOR)


def test_a_change_of_what_is_read_lets_the_next_answer_be_read_whatever_it_is(
    keeping: Keeping, database: Database, clock: SettableClock, home: int
) -> None:
    source = keeping.add(home, new(), by=OPERATOR)
    from newsletter.model import Source

    with database.write() as session:
        row = session.get_one(Source, source.id)
        row.etag, row.digest, row.validators_of, row.failures, row.state = '"1"', "d", FEED, 7, SourceState.RESTING
        row.validators_at = row.next_at = clock.now()
    changed = keeping.change(source.id, SourceChange(weight=9), by=OPERATOR)
    assert (changed.weight, changed.etag, changed.state) == (9, '"1"', SourceState.RESTING)
    changed = keeping.change(source.id, SourceChange(section="labs"), by=OPERATOR)
    assert (changed.section, changed.etag, changed.digest, changed.failures) == ("labs", "", "", 0)
    assert (changed.state, changed.next_at) == (SourceState.ACTIVE, None)


def test_a_source_is_switched_off_and_on_and_taken_away(keeping: Keeping, database: Database, home: int) -> None:
    source = keeping.add(home, new(), by=OPERATOR)
    assert keeping.switch_off(source.id, by=OPERATOR).state is SourceState.OFF
    with pytest.raises(ConflictError):
        keeping.switch_off(source.id, by=OPERATOR)
    assert keeping.switch_on(source.id, by=OPERATOR).state is SourceState.ACTIVE
    keeping.remove(source.id, by=OPERATOR)
    with pytest.raises(NotFoundError):
        listing.named(database, home, "example.org")
    with pytest.raises(NotFoundError):
        keeping.remove(source.id, by=OPERATOR)


def test_a_list_is_added_in_one_step_and_what_is_left_out_is_told(
    keeping: Keeping, database: Database, home: int
) -> None:
    wanted = [new(), new(), new(address="http://plain.example/"), new(address="https://b.example/", name="B")]
    came = keeping.add_all(home, wanted, by=OPERATOR)
    assert [source.name for source in came.added] == ["example.org", "B"]
    assert len(came.told) == 2 and "already" in came.told[0] and "http:" in came.told[1]
    assert [source.name for source in listing.every(database, home)] == ["example.org", "B"]


def test_sections_are_changed_added_ordered_and_dropped_unless_sources_fill_them(
    keeping: Keeping, database: Database, clock: SettableClock, home: int
) -> None:
    sections = SectionKeeping(database, clock)
    plan = sections.put(home, {"slug": "wire", "mailed": 20}, by=OPERATOR)
    assert next(each for each in plan if each.slug == "wire").mailed == 20
    sections.put(home, {"slug": "videos", "mailed": 3}, by=OPERATOR)
    order = ["videos", *slugs(database, clock, home)[:-1]]
    sections.order(home, order, by=OPERATOR)
    assert slugs(database, clock, home) == order
    keeping.add(home, new(section="videos"), by=OPERATOR)
    with pytest.raises(ConflictError, match="1 sources fill it"):
        sections.drop(home, "videos", by=OPERATOR)
    assert "labs" not in [each.slug for each in sections.drop(home, "labs", by=OPERATOR)]
    for wrong in (
        {"slug": "A b"},
        {"slug": "x", "kind": "sponsor"},
        {"slug": "x", "mailed": 101},
        {"slug": "x", "n": 1},
    ):
        with pytest.raises(InputError):
            sections.put(home, wrong, by=OPERATOR)
    with pytest.raises(InputError):
        sections.order(home, ["wire"], by=OPERATOR)


def test_a_source_is_found_by_name_before_number(
    keeping: Keeping, database: Database, home: int, tmp_path: Path
) -> None:
    first = keeping.add(home, new(), by=OPERATOR)
    second = keeping.add(home, new(address="https://b.example/", name=str(first.id)), by=OPERATOR)
    assert listing.named(database, home, str(first.id)).id == second.id
    assert listing.named(database, home, str(second.id)).id == second.id
    page = listing.page(database, home, size=1)
    assert page.rows[0].id == first.id == page.more
    assert listing.page(database, home, after=first.id, size=1).rows[0].id == second.id
