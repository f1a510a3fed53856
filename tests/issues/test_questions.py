"""What is asked before an issue goes out, and what is not: by state, day and zone of the others, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update

from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.delivery.control import Control
from newsletter.errors import InputError
from newsletter.issues import publishing
from newsletter.issues.deleting import Deleting
from newsletter.issues.editing import Editing
from newsletter.issues.looking_over import LookingOver
from newsletter.issues.preflight import OTHER_DATE, SAME_DAY, SAME_TEXT, Finding
from newsletter.issues.publishing import Publishing
from newsletter.model import Delivery, Edition, Issue
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import progress
from newsletter.store.issues import other_issues
from tests.issues import samples
from tests.issues.samples import RENDERER, add_publication
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import put
from tests.parts.ledger import add_readers
from tests.parts.named import id_of_issue, id_of_publication

SETTINGS = samples.SETTINGS.model_copy(update={"preflight_issues": 0})
"""Items that stood in another issue are asked about by themselves: tests/issues/test_recurring.py."""
READERS = 4
DAY = timedelta(days=1)
HEAD = """\
---
publication: {publication}
title: The Tide Table
slug: {slug}
date: {date}
subject: "The Tide Table, {date}"
preheader: High water at noon.
---

"""


@pytest.fixture(autouse=True)
def _publication(request: pytest.FixtureRequest) -> None:
    """A publication with readers."""
    database = request.getfixturevalue("database")
    add_readers(database, request.getfixturevalue("clock"), add_publication(database), READERS)


def write(
    database: Database, clock: SettableClock, slug: str, text: str = "", date: str = "", publication: str = "tide"
) -> Issue:
    """Store a draft, dated today and with words of its own where nothing else is said."""
    head = HEAD.format(publication=publication, slug=slug, date=date or clock.now().date())
    return Editing(database, clock).import_issue(head + (text or f"Of {slug}."), source="x.md", by=OPERATOR)


def schedule(
    database: Database,
    clock: SettableClock,
    slug: str,
    at: datetime | None = None,
    *,
    despite: Sequence[str] = (),
    publication: str = "tide",
    again: bool = False,
) -> Edition:
    return Publishing(database, clock, RENDERER, SETTINGS).schedule(
        id_of_issue(database, slug, publication), at or clock.now(), despite=despite, again=again, by=OPERATOR
    )


def asked(
    database: Database, clock: SettableClock, slug: str, at: datetime | None = None, publication: str = "tide"
) -> list[str]:
    """Return the answers that scheduling would ask for; nothing is scheduled."""
    look = LookingOver(database, clock, RENDERER, SETTINGS).look_over(
        id_of_issue(database, slug, publication), at or clock.now()
    )
    return [finding.answer for finding in look.findings if finding.severity == "ask"]


def refused(database: Database, clock: SettableClock, slug: str, despite: Sequence[str] = ()) -> list[Finding]:
    with pytest.raises(publishing.RefusedError) as caught:
        schedule(database, clock, slug, despite=despite)
    return list(caught.value.findings)


def state_of(database: Database, slug: str) -> Issue:
    with database.read() as session:
        return session.scalars(select(Issue).where(Issue.slug == slug)).one()


def to_scheduled(database: Database, clock: SettableClock, slug: str) -> None:
    schedule(database, clock, slug, clock.now() + timedelta(hours=1))


def to_planned(database: Database, clock: SettableClock, slug: str) -> None:
    """Bring it to `sending`, before a server took anything."""
    schedule(database, clock, slug)
    clock.advance(1)
    planning.plan_due(database, clock=clock, batch_size=10)


def to_sending(database: Database, clock: SettableClock, slug: str, got: int = 1) -> None:
    """Let a server take the messages of the first `got` readers."""
    to_planned(database, clock, slug)
    with database.write() as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.slug == slug)).one()
        progress.publish(session, issue_id, clock.now())
        ids = session.scalars(select(Delivery.id).where(Delivery.issue_id == issue_id).order_by(Delivery.id)).all()
        put(session, Delivery.id.in_(ids[:got]), state=DeliveryState.SUBMITTED)


def to_paused(database: Database, clock: SettableClock, slug: str) -> None:
    to_sending(database, clock, slug)
    Control(database, clock).pause(id_of_issue(database, slug, "tide"), by=OPERATOR)


def to_sent(database: Database, clock: SettableClock, slug: str) -> None:
    to_sending(database, clock, slug, got=READERS)
    with database.write() as session:
        session.execute(update(Issue).where(Issue.slug == slug).values(state=IssueState.SENT))


def to_cancelled_amid(database: Database, clock: SettableClock, slug: str) -> None:
    to_sending(database, clock, slug)
    Control(database, clock).cancel(id_of_issue(database, slug, "tide"), by=OPERATOR)


def to_cancelled_before_anybody_got_it(database: Database, clock: SettableClock, slug: str) -> None:
    to_planned(database, clock, slug)
    Control(database, clock).cancel(id_of_issue(database, slug, "tide"), by=OPERATOR)


def to_undone(database: Database, clock: SettableClock, slug: str) -> None:
    to_scheduled(database, clock, slug)
    Publishing(database, clock, RENDERER, SETTINGS).undo(id_of_issue(database, slug, "tide"), by=OPERATOR)


def to_deleted(database: Database, clock: SettableClock, slug: str) -> None:
    to_undone(database, clock, slug)
    Deleting(database, clock).delete(id_of_issue(database, slug, "tide"), by=OPERATOR)


def to_restored(database: Database, clock: SettableClock, slug: str) -> None:
    issue_id = state_of(database, slug).id
    to_deleted(database, clock, slug)
    Deleting(database, clock).restore(issue_id, by=OPERATOR)


def to_imported(database: Database, clock: SettableClock, slug: str) -> None:
    """Nothing more: it is a draft, as whatever comes from a file is."""


Bring = Callable[[Database, SettableClock, str], None]
COUNT: dict[Bring, str] = {
    to_scheduled: "scheduled for Thu 1 Jan 2026 at 09:00 UTC: nobody has got it yet",
    to_planned: "sending since Thu 1 Jan 2026 at 08:00 UTC: nobody got it so far",
    to_sending: "sending since Thu 1 Jan 2026 at 08:00 UTC: 1 reader got it so far",
    to_paused: "paused since Thu 1 Jan 2026 at 08:00 UTC: 1 reader got it so far",
    to_sent: "sent on Thu 1 Jan 2026 at 08:00 UTC: 4 readers got it",
    to_cancelled_amid: "begun on Thu 1 Jan 2026 at 08:00 UTC and cancelled: 1 reader got it",
}
"""Ways that make an issue one of a day, and what is told of it."""
COUNT_NOT: tuple[Bring, ...] = (
    to_cancelled_before_anybody_got_it,
    to_undone,
    to_deleted,
    to_restored,
    to_imported,
)


@pytest.mark.parametrize(("bring", "told"), COUNT.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_the_other_issue_is_named_with_its_moment_and_its_readers(
    database: Database, clock: SettableClock, bring: Bring, told: str
) -> None:
    write(database, clock, "first", "The same words.")
    bring(database, clock, "first")
    write(database, clock, "second", "The  same\nwords.")
    text, day = refused(database, clock, "second")
    assert (text.rule, text.what) == (SAME_TEXT, f"it says the same as in “first”, {told}")
    assert (day.rule, day.what) == (SAME_DAY, f"Thu 1 Jan 2026 has another issue already: “first”, {told}")
    assert {text.severity, day.severity} == {"ask"}
    assert state_of(database, "second").state is IssueState.DRAFT
    schedule(database, clock, "second", despite=[SAME_TEXT, SAME_DAY])
    assert state_of(database, "second").state is IssueState.SCHEDULED


@pytest.mark.parametrize("bring", COUNT_NOT, ids=lambda bring: bring.__name__)
def test_what_nobody_gets_or_got_is_not_asked_about(database: Database, clock: SettableClock, bring: Bring) -> None:
    write(database, clock, "first", "The same words.")
    bring(database, clock, "first")
    write(database, clock, "second", "The same words.")
    schedule(database, clock, "second")
    assert state_of(database, "second").state is IssueState.SCHEDULED


def test_undone_and_scheduled_again_an_issue_is_not_asked_about_itself(
    database: Database, clock: SettableClock
) -> None:
    write(database, clock, "first")
    to_undone(database, clock, "first")
    assert state_of(database, "first").text_digest is None
    schedule(database, clock, "first")
    assert state_of(database, "first").text_digest


def test_a_copy_that_was_scheduled_first_has_to_be_answered_for_by_the_original(
    database: Database, clock: SettableClock
) -> None:
    write(database, clock, "first", "The same words.")
    to_undone(database, clock, "first")
    write(database, clock, "second", "The same words.")
    to_scheduled(database, clock, "second")
    assert asked(database, clock, "first") == ["same-text:second", "same-day:second"]


def test_the_same_words_years_later_are_asked_about_and_in_another_publication_not(
    database: Database, clock: SettableClock
) -> None:
    add_publication(database, "reef")
    write(database, clock, "first", "The same words.")
    to_sent(database, clock, "first")
    write(database, clock, "first", "The same words.", publication="reef")
    assert asked(database, clock, "first", publication="reef") == []
    clock.advance(800 * DAY.total_seconds())
    write(database, clock, "second", "The same words.")
    assert asked(database, clock, "second") == ["same-text:first"]


def test_what_an_earlier_release_froze_is_not_known_to_be_the_same(database: Database, clock: SettableClock) -> None:
    write(database, clock, "first", "The same words.")
    to_sent(database, clock, "first")
    with database.write() as session:
        session.execute(update(Issue).values(text_digest=None))
    write(database, clock, "second", "The same words.")
    assert asked(database, clock, "second") == ["same-day:first"]


def _items(words: Sequence[str], lead: str = "") -> str:
    items = "".join(f"### [{word}](https://{word}.example/)\n\nOf {word}.\n\n" for word in words)
    return f"{lead}\n\n## Links {{#links kind=links}}\n\n{items}"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("abcde", "abcde", "5 of its 5 items are the same"),
        ("abcde", "edcba", "5 of its 5 items are the same"),
        ("abcdefgh", "abcde", "5 of its 5 items are the same"),
        ("abcde", "abcdx", "4 of its 5 items are the same"),
        ("abcde", "abcxy", ""),
        ("ab", "ab", ""),
    ],
)
def test_yesterdays_items_under_a_new_lead_are_asked_about(
    database: Database, clock: SettableClock, before: str, now: str, told: str
) -> None:
    write(database, clock, "first", _items(before, "It is Thursday."))
    to_sent(database, clock, "first")
    clock.advance(DAY.total_seconds())
    write(database, clock, "second", _items(now, "It is Friday."))
    if not told:
        schedule(database, clock, "second")
        return
    [finding] = refused(database, clock, "second")
    assert (finding.rule, finding.what.partition(" as in ")[0], finding.about) == (SAME_TEXT, told, "first")


def test_items_that_stand_in_every_issue_make_no_copy(database: Database, clock: SettableClock) -> None:
    for number in range(other_issues.STANDING + 1):
        write(database, clock, f"day-{number}", _items(["imprint", "archive", "jobs", f"news{number}"]))
        schedule(database, clock, f"day-{number}", despite=[SAME_DAY, SAME_TEXT])
    write(database, clock, "next", _items(["imprint", "archive", "jobs", "news"]))
    schedule(database, clock, "next", despite=[SAME_DAY])
    write(database, clock, "copy", _items(["imprint", "archive", "jobs", "news"], "A new lead."))
    assert asked(database, clock, "copy", clock.now() + DAY) == ["other-date:2026-01-01/2026-01-02"], "one item is few"


@pytest.mark.parametrize(
    ("hours", "asks"),
    [(-9, False), (-8, True), (0, True), (15.9, True), (16, False), (40, False)],
)
def test_a_day_begins_and_ends_where_the_publication_is_at_home(
    database: Database, clock: SettableClock, hours: float, asks: bool
) -> None:
    """The other one goes out at 08:00 of the 10th, counted in Vienna or in Auckland."""
    for publication, zone in (("danube", "Europe/Vienna"), ("kauri", "Pacific/Auckland")):
        add_publication(database, publication, time_zone=zone)
        eight = datetime(2026, 1, 10, 8, tzinfo=ZoneInfo(zone))
        write(database, clock, "first", date="2026-01-10", publication=publication)
        schedule(database, clock, "first", eight, publication=publication)
        write(database, clock, "second", date="2026-01-10", publication=publication)
        found = asked(database, clock, "second", eight + timedelta(hours=hours), publication=publication)
        assert [answer for answer in found if answer.startswith(SAME_DAY)] == ["same-day:first"] * asks
        assert any(answer.startswith(OTHER_DATE) for answer in found) is not asks


def test_an_issue_of_tomorrow_in_utc_is_one_of_today_in_tokyo(database: Database, clock: SettableClock) -> None:
    add_publication(database, "ginza", time_zone="Asia/Tokyo")
    seven = datetime(2026, 1, 1, 22, tzinfo=UTC)
    write(database, clock, "morning", date="2026-01-02", publication="ginza")
    assert asked(database, clock, "morning", seven, publication="ginza") == []
    clock.advance(14 * 3600)
    assert (
        Editing(database, clock).new(id_of_publication(database, "ginza"), by=OPERATOR).dated.isoformat()
        == "2026-01-02"
    )


@pytest.mark.parametrize("days", [-2000, -1, 1, 2000])
def test_an_issue_that_is_dated_another_day_is_asked_about_with_both_days(
    database: Database, clock: SettableClock, days: int
) -> None:
    dated = (clock.now() + days * DAY).date()
    write(database, clock, "first", date=str(dated))
    [finding] = refused(database, clock, "first")
    assert (finding.rule, finding.about) == (OTHER_DATE, f"{dated}/2026-01-01")
    assert f"{dated:%a} {dated.day} {dated:%b} {dated.year}, and would go out on Thu 1 Jan 2026 (UTC)" in finding.what
    schedule(database, clock, "first", despite=["Other-Date"])


def test_the_seconds_of_undo_count_where_they_reach_into_the_next_day(database: Database, clock: SettableClock) -> None:
    clock.advance(16 * 3600 - 10)
    write(database, clock, "late")
    with pytest.raises(publishing.RefusedError, match="would go out on Fri 2 Jan 2026"):
        Publishing(database, clock, RENDERER, SETTINGS.model_copy(update={"undo_seconds": 30})).schedule(
            id_of_issue(database, "late", "tide"), clock.now(), by=OPERATOR
        )


def test_an_answer_to_one_question_is_none_to_another_of_its_rule(database: Database, clock: SettableClock) -> None:
    write(database, clock, "first")
    to_scheduled(database, clock, "first")
    write(database, clock, "second")
    [seen] = refused(database, clock, "second")
    write(database, clock, "third")
    schedule(database, clock, "third", despite=[SAME_DAY])
    [other] = refused(database, clock, "second", despite=[seen.answer])
    assert (seen.answer, other.answer) == ("same-day:first", "same-day:first+third")
    schedule(database, clock, "second", despite=[other.answer])


@pytest.mark.parametrize("despite", ["same", "same-date:first", "same-day-first", ":", "same-text "])
def test_an_answer_to_no_question_is_a_slip_of_the_pen(database: Database, clock: SettableClock, despite: str) -> None:
    write(database, clock, "first")
    with pytest.raises(InputError, match="there is no rule") as caught:
        schedule(database, clock, "first", despite=[despite])
    assert "same-day" in caught.value.remedy


def test_errors_and_questions_are_told_at_once(database: Database, clock: SettableClock) -> None:
    write(database, clock, "first")
    to_scheduled(database, clock, "first")
    write(database, clock, "second", "Of TK.", date="2026-02-01")
    with pytest.raises(publishing.RefusedError) as caught:
        schedule(database, clock, "second")
    words = str(caught.value)
    assert "not fit to be sent: lead: “TK” is no word for readers; to be answered before it is sent: Thu 1 Jan" in words
    assert "by command: --despite TK --despite same-day --despite other-date" in words


def test_sent_now_instead_of_later_it_keeps_its_hour_when_something_is_asked(
    database: Database, clock: SettableClock
) -> None:
    """Taking back and sending is one step: refused, it leaves the schedule as it was."""
    tomorrow = clock.now() + DAY
    write(database, clock, "first", date="2026-01-02")
    before = schedule(database, clock, "first", tomorrow)
    with pytest.raises(publishing.RefusedError):
        schedule(database, clock, "first", again=True)
    kept = state_of(database, "first")
    assert (kept.state, kept.scheduled_at, bool(kept.text_digest)) == (IssueState.SCHEDULED, tomorrow, True)
    after = schedule(database, clock, "first", again=True, despite=[OTHER_DATE])
    moved = state_of(database, "first")
    assert (moved.state, moved.scheduled_at, bool(moved.text_digest)) == (IssueState.SCHEDULED, clock.now(), True)
    assert after.id > before.id


def test_an_issue_that_should_have_gone_yesterday_and_waits_counts_for_today(
    database: Database, clock: SettableClock
) -> None:
    write(database, clock, "late")
    to_planned(database, clock, "late")
    clock.advance(DAY.total_seconds())
    write(database, clock, "today")
    assert asked(database, clock, "today") == ["same-day:late"]
    assert asked(database, clock, "today", clock.now() + DAY) == ["other-date:2026-01-02/2026-01-03"]


def test_of_two_issues_scheduled_for_one_day_at_once_one_is_asked_about_the_other(
    database: Database, clock: SettableClock
) -> None:
    slugs = [f"of-{number}" for number in range(4)]
    for slug in slugs:
        write(database, clock, slug, "The same words.")
    start, outcomes = threading.Barrier(len(slugs)), {}

    def attempt(slug: str) -> None:
        start.wait(10)
        try:
            outcomes[slug] = schedule(database, clock, slug)
        except publishing.RefusedError as error:
            outcomes[slug] = error

    threads = [threading.Thread(target=attempt, args=(slug,)) for slug in slugs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(type(outcome).__name__ for outcome in outcomes.values()) == ["Edition", *["RefusedError"] * 3]
    [winner] = [slug for slug, outcome in outcomes.items() if isinstance(outcome, Edition)]
    told = [str(outcome) for slug, outcome in outcomes.items() if slug != winner]
    assert all(f"“{winner}”" in words for words in told)


def test_what_comes_between_the_look_and_the_freezing_is_seen(
    database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The questions are asked again under the lock: the first look alone would let both pass."""
    write(database, clock, "first")
    write(database, clock, "second")
    lock = other_issues.lock

    def another_is_quicker(session: object, publication_id: int) -> None:
        monkeypatch.setattr(other_issues, "lock", lock)
        if database.is_postgresql:
            schedule(database, clock, "first")
        else:  # the write lock is ours already: what is seen in it is what another wrote before
            session.execute(  # type: ignore[attr-defined]
                update(Issue).where(Issue.slug == "first").values(state=IssueState.SCHEDULED, scheduled_at=clock.now())
            )
        lock(session, publication_id)  # type: ignore[arg-type]

    monkeypatch.setattr(other_issues, "lock", another_is_quicker)
    assert [finding.answer for finding in refused(database, clock, "second")] == ["same-day:first"]


def test_among_a_thousand_issues_it_is_a_look_into_indexes(database: Database, clock: SettableClock) -> None:
    write(database, clock, "first", _items("abcde"))
    with database.write() as session:
        first = session.scalars(select(Issue)).one()
        kept = {c.key: getattr(first, c.key) for c in Issue.__table__.columns if c.key != "id"}
        for number in range(1000):
            moment = clock.now() - (number + 1) * DAY
            facts = {"state": IssueState.SENT, "scheduled_at": moment, "published_at": moment}
            session.add(Issue(**kept | facts | {"slug": f"old-{number}", "text_digest": f"{number:064}"}))
    told: list[tuple[str, object]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *a: told.append((a[2], a[3])))
    assert asked(database, clock, "first") == []
    looks = [each for mark in ("text_digest = ", "published_at >= ") for each in told if mark in each[0]]
    assert len(looks) == 2
    explain = "EXPLAIN " if database.is_postgresql else "EXPLAIN QUERY PLAN "
    with database.engine.connect() as connection:
        if database.is_postgresql:
            connection.exec_driver_sql("ANALYZE issues")
        plans = [str(connection.exec_driver_sql(explain + s, v).all()) for s, v in looks]  # type: ignore[arg-type]
    assert "ix_issues_publication_id_issues_text_digest" in plans[0]
    assert "ix_issues_publication_id_issues_published_at" in plans[1]
