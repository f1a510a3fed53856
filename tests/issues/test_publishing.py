"""An issue is frozen whole; what a delivery points at never changes again (law 3)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.issues.editing import Editing
from newsletter.issues.preflight import OTHER_DATE
from newsletter.issues.publishing import Publishing
from newsletter.mail.slots import Slot
from newsletter.model import Delivery, Edition, EditionBody, EditionLink, Issue, IssueItem, IssueSection
from newsletter.model.base import Base
from newsletter.model.states import CandidateState, DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.sources import candidates
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_issue, id_of_publication
from tests.sources.rows import add_candidate

LATER = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A draft on each database."""
    add_publication(database)
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)


def _schedule(
    database: Database,
    clock: SettableClock,
    at: datetime = LATER,
    *,
    slug: str = "2026-01-02",
    despite: Sequence[str] = (),
) -> Edition:
    return Publishing(database, clock, RENDERER, SETTINGS).schedule(
        id_of_issue(database, slug, "tide"), at, despite=[OTHER_DATE, *despite], by=OPERATOR
    )


def _undo(database: Database, clock: SettableClock) -> None:
    Publishing(database, clock, RENDERER, SETTINGS).undo(id_of_issue(database, "2026-01-02", "tide"), by=OPERATOR)


def _rows(database: Database, table: type[Base]) -> list[Base]:
    with database.read() as session:
        return list(session.scalars(select(table).order_by(*table.__mapper__.primary_key)))


def test_scheduling_freezes_all_that_a_delivery_needs(database: Database, clock: SettableClock, draft: Issue) -> None:
    edition = _schedule(database, clock)
    [issue], bodies = _rows(database, Issue), {body.form: body for body in _rows(database, EditionBody)}
    body = bodies["none"]
    assert (issue.state, issue.scheduled_at, issue.published_at) == (IssueState.SCHEDULED, LATER, None)
    assert (body.edition_id, body.form) == (edition.id, "none")
    assert body.content_type.startswith("multipart/alternative")
    assert body.body.count(Slot.UNSUBSCRIBE.encode()) >= 2
    assert b"Waves that meet" in body.body
    assert edition.html_octets > 1000
    assert len(edition.digest) == 64
    assert edition.content == issue.content


def test_what_a_scheduled_issue_holds_is_used_until_it_is_taken_back(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    with database.read() as session:
        home = issues.publication_of(session, draft)
    pier = add_candidate(database, clock, home, "http://www.pier.example.org/?utm_source=feed", section="labs")
    other = add_candidate(database, clock, home, "https://pier.example.org/other")

    def states() -> list[tuple[CandidateState, int | None]]:
        with database.read() as session:
            return [(each.state, each.issue_id) for each in candidates.by_ids(session, [pier.id, other.id])]

    _schedule(database, clock)
    assert states() == [(CandidateState.USED, draft.id), (CandidateState.NEW, None)]
    assert "pier.example.org/" in {item.address_key for item in _rows(database, IssueItem)}  # type: ignore[attr-defined]
    _undo(database, clock)
    assert states() == [(CandidateState.SHORTLISTED, draft.id), (CandidateState.NEW, None)]
    _schedule(database, clock)
    assert states()[0] == (CandidateState.USED, draft.id)


def test_each_form_of_tracking_carries_its_own_links(database: Database, clock: SettableClock, draft: Issue) -> None:
    edition = _schedule(database, clock)
    bodies = {body.form: body.body.replace(b"=\r\n", b"") for body in _rows(database, EditionBody)}
    assert sorted(bodies) == ["aggregate", "individual", "none"]
    counted, tracked = f"/l/{edition.id}/1".encode(), f"/c/{Slot.CLICK}/1".encode()
    assert [(counted in bodies[f], tracked in bodies[f], Slot.OPEN.encode() in bodies[f]) for f in sorted(bodies)] == [
        (True, False, False),
        (False, True, True),
        (False, False, False),
    ]
    assert b"9999999999" not in b"".join(bodies.values())
    hidden = f"/c/{Slot.CLICK}/0".encode()  # followed by machines only
    assert [form for form in sorted(bodies) if hidden in bodies[form]] == ["individual"]


def test_the_archive_gets_every_section_and_item(database: Database, clock: SettableClock, draft: Issue) -> None:
    _schedule(database, clock)
    sections = [(s.position, s.slug, s.all_title) for s in _rows(database, IssueSection)]
    assert sections == [(0, "harbours", "All harbours"), (1, "papers", "All papers"), (2, "quiet", "All quiet")]
    items = [(i.section_slug, i.position, i.title, i.category, i.dated) for i in _rows(database, IssueItem)]
    assert items == [
        ("harbours", 0, "A new pier", "", draft.dated),
        ("papers", 0, "Waves that meet", "physics.ao", draft.dated),
    ]


def test_links_are_numbered_and_know_their_item(database: Database, clock: SettableClock, draft: Issue) -> None:
    edition = _schedule(database, clock)
    links = {link.url: link for link in _rows(database, EditionLink)}
    assert sorted(link.number for link in links.values()) == list(range(1, len(links) + 1))
    waves = links["https://waves.example.org/1"]
    assert (waves.edition_id, bool(waves.item_key)) == (edition.id, True)


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1), timedelta(minutes=5)])
def test_a_moment_that_has_just_passed_means_now(
    database: Database, clock: SettableClock, draft: Issue, late: timedelta
) -> None:
    _schedule(database, clock, clock.now() - late)
    assert _rows(database, Issue)[0].scheduled_at == clock.now()


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (timedelta(minutes=5, seconds=1), "5 minutes"),
        (timedelta(minutes=8), "8 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=2000), "2,000 days"),
    ],
)
def test_a_moment_that_is_past_is_refused_and_nothing_is_frozen(
    database: Database, clock: SettableClock, draft: Issue, late: timedelta, told: str
) -> None:
    with pytest.raises(InputError, match=f"that was {told} ago: send now, or choose a time"):
        _schedule(database, clock, clock.now() - late)
    assert (_rows(database, Edition), _rows(database, Issue)[0].state) == ([], IssueState.DRAFT)


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59-12:00",
        "9999-12-31T23:59+00:00",
        "9999-12-31T12:00+14:00",
        "0001-01-01T00:00+14:00",
        "0001-01-01T00:00+00:00",
    ],
)
def test_a_moment_at_the_end_of_the_calendar_is_refused(
    database: Database, clock: SettableClock, draft: Issue, moment: str
) -> None:
    with pytest.raises(InputError, match="end of the calendar"):
        _schedule(database, clock, datetime.fromisoformat(moment))
    assert _rows(database, Issue)[0].state == IssueState.DRAFT


def test_a_moment_in_another_zone_is_kept_in_utc(database: Database, clock: SettableClock, draft: Issue) -> None:
    _schedule(database, clock, LATER.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert _rows(database, Issue)[0].scheduled_at == LATER


def test_a_moment_without_zone_is_refused(database: Database, clock: SettableClock, draft: Issue) -> None:
    with pytest.raises(InputError, match="zone"):
        _schedule(database, clock, datetime(2026, 1, 5, 6, 0))  # noqa: DTZ001 - that is the point
    assert _rows(database, Edition) == []


@pytest.mark.parametrize(("word", "rule"), [("TK", "tk"), ("TODO", "TODO"), ("{{ name }}", "merge-tag")])
def test_unfinished_words_stop_a_send_until_they_are_named(
    database: Database, clock: SettableClock, draft: Issue, word: str, rule: str
) -> None:
    text = issue_text().replace("It opens in spring.", f"It opens in {word}.")
    Editing(database, clock).save(draft.id, text=text, revision=1, by=OPERATOR)
    for despite in ([], ["starter", "lorem"]):
        with pytest.raises(InputError, match="not fit to be sent") as refused:
            _schedule(database, clock, despite=despite)
        assert f"--despite {rule}".casefold() in refused.value.remedy.casefold()
    assert _rows(database, Edition) == []
    _schedule(database, clock, despite=[rule])
    assert _rows(database, Issue)[0].state == IssueState.SCHEDULED


def test_a_rule_that_is_misspelt_lets_nothing_pass(database: Database, clock: SettableClock, draft: Issue) -> None:
    with pytest.raises(InputError, match="there is no rule tkk") as refused:
        _schedule(database, clock, despite=["TK", "TKK"])
    assert "merge-tag" in refused.value.remedy
    assert _rows(database, Edition) == []


def test_the_starters_words_are_not_sent(database: Database, clock: SettableClock, draft: Issue) -> None:
    begun = Editing(database, clock).new(id_of_publication(database, "tide"), by=OPERATOR)
    with pytest.raises(InputError, match="every new issue begins with"):
        _schedule(database, clock, slug=begun.slug)


def test_a_second_schedule_is_a_conflict(database: Database, clock: SettableClock, draft: Issue) -> None:
    _schedule(database, clock)
    with pytest.raises(ConflictError):
        _schedule(database, clock)
    assert len(_rows(database, Edition)) == 1


def test_an_issue_that_preflight_refuses_is_not_frozen(sqlite_database: Database, clock: SettableClock) -> None:
    add_publication(sqlite_database)
    head = issue_text().partition("\nThe **moon**")[0]
    Editing(sqlite_database, clock).import_issue(head, source="x.md", by=OPERATOR)
    with pytest.raises(InputError, match="nothing to read"):
        _schedule(sqlite_database, clock)
    assert _rows(sqlite_database, Edition) == []
    assert _rows(sqlite_database, Issue)[0].state == IssueState.DRAFT


def test_an_unknown_issue_is_not_found(sqlite_database: Database, clock: SettableClock) -> None:
    with pytest.raises(NotFoundError):
        _schedule(sqlite_database, clock)


def test_undo_makes_it_a_draft_that_can_be_changed(database: Database, clock: SettableClock, draft: Issue) -> None:
    _schedule(database, clock)
    _undo(database, clock)
    [issue] = _rows(database, Issue)
    assert (issue.state, issue.scheduled_at) == (IssueState.DRAFT, None)
    changed = issue_text(subject="Second thoughts")
    assert Editing(database, clock).save(issue.id, text=changed, revision=1, by=OPERATOR).revision == 2


def test_undo_is_refused_once_sending_has_begun(database: Database, clock: SettableClock, draft: Issue) -> None:
    _schedule(database, clock)
    with database.write() as session:
        issues.by_id(session, draft.id).state = IssueState.SENDING
    with pytest.raises(ConflictError):
        _undo(database, clock)


def test_an_edition_never_changes_once_a_delivery_points_at_it(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    """Law 3: scheduling again after an undo freezes another edition and leaves the first one's octets alone."""
    first = _schedule(database, clock)
    [frozen, *_] = _rows(database, EditionBody)
    with database.write() as session:
        session.add(
            Delivery(
                id=1,
                issue_id=draft.id,
                edition_id=first.id,
                subscriber_id=1,
                state=DeliveryState.QUEUED,
                changed_at=LATER,
            )
        )
    _undo(database, clock)
    changed = issue_text(subject="Another").replace("Waves that meet", "Waves that part")
    Editing(database, clock).save(draft.id, text=changed, revision=1, by=OPERATOR)
    second = _schedule(database, clock)
    assert second.id != first.id
    kept = next(b for b in _rows(database, EditionBody) if b.edition_id == first.id)
    assert (kept.body, kept.content_type) == (frozen.body, frozen.content_type)
    again = next(e for e in _rows(database, Edition) if e.id == first.id)
    assert (again.subject, again.digest, again.content) == (first.subject, first.digest, first.content)
    assert second.digest != first.digest
    assert [i.title for i in _rows(database, IssueItem)] == ["A new pier", "Waves that part"]


def test_of_two_editors_who_schedule_at_once_one_wins(database: Database, clock: SettableClock, draft: Issue) -> None:
    start, outcomes = threading.Barrier(2), []

    def attempt() -> None:
        start.wait(10)
        try:
            outcomes.append(_schedule(database, clock).id)
        except ConflictError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 1
    assert len(outcomes) == 2
    assert len(_rows(database, Edition)) == 1


def test_an_edit_between_looking_and_freezing_is_noticed(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    Editing(database, clock).save(draft.id, text=issue_text(subject="Newer"), revision=1, by=OPERATOR)
    with pytest.raises(ConflictError, match="just now"), database.write() as session:
        issues.move_as_seen(
            session, draft, IssueState.SCHEDULED, by=OPERATOR, at=clock.now(), values={"scheduled_at": LATER}
        )
