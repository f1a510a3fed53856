"""The slot takes the approved issue of the day, once; warns while there is none; and says when its hour has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.errors import InputError
from newsletter.issues.approving import Approving
from newsletter.issues.editing import Editing
from newsletter.issues.preflight import SAME_TEXT
from newsletter.issues.publishing import Publishing
from newsletter.issues.slot_alarms import SlotAlarms
from newsletter.issues.slot_rounds import LATEST, SlotRounds
from newsletter.model import Alarm, Edition, Editor, Issue, Notice, SlotTurn
from newsletter.model.rights import Right, Role
from newsletter.model.states import IssueState
from newsletter.publications.slotting import SlotChange, Slotting
from newsletter.queue import connect
from newsletter.store.accounts import editors, grants
from newsletter.store.database import Database
from newsletter.store.issues import issues
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.answers import MEANT

DAY = date(2026, 1, 1)
HOUR = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
MARA, BEA = (able(*Right, editor_id=number) for number in (1, 2))
ALL_DAYS = SlotChange(hour="10:00", weekdays="Mon-Sun", warnings="30,10")


class Desk:
    """A publication whose slot is at ten, and what the scheduler does for it."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.database, self.clock = database, clock
        self.home = add_publication(database)
        Slotting(database, clock).change(self.home.id, ALL_DAYS, by=OPERATOR)
        with database.write() as session:
            for name, role in (("bea", Role.PUBLISHER), ("wim", Role.WRITER)):
                editor = editors.add(
                    session, Editor(address=f"{name}@tide.example", password_hash="x", created_at=HOUR)
                )
                grants.give(session, editor.id, self.home.id, role, HOUR)
        self.publishing = Publishing(database, clock, RENDERER, SETTINGS)

    def rounds(self) -> SlotRounds:
        """Return the rounds of a fresh process: whatever the last one held in memory is gone."""
        alarms = SlotAlarms(self.database, self.clock, RENDERER, SETTINGS.base_url)
        return SlotRounds(self.database, self.clock, connect(""), self.publishing, alarms)

    def write(self, slug: str = "2026-01-02", subject: str = "Springs and neaps") -> Issue:
        return Editing(self.database, self.clock).import_issue(issue_text(slug, subject), source="x.md", by=MARA)

    def approve(self, issue: Issue, despite: tuple[str, ...] = ()) -> None:
        Approving(self.database, self.clock).approve(issue.id, despite=despite, by=BEA)

    def at(self, moment: datetime) -> None:
        """Move the clock on to a moment, and let a process that has just begun do its round."""
        self.clock.advance((moment - self.clock.now()).total_seconds())
        self.rounds().tick()

    def run(self, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        while self.clock.now() < until:
            self.at(min(self.clock.now() + step, until))

    def state(self, issue: Issue) -> Issue:
        with self.database.read() as session:
            return issues.by_id(session, issue.id, fresh=True)

    def alarms(self) -> list[Alarm]:
        with self.database.read() as session:
            return list(session.scalars(select(Alarm).order_by(Alarm.id)))

    def mails(self) -> list[Notice]:
        with self.database.read() as session:
            return list(session.scalars(select(Notice).where(Notice.kind == "alert").order_by(Notice.id)))

    def editions(self) -> int:
        with self.database.read() as session:
            return len(session.scalars(select(Edition)).all())


@pytest.fixture
def desk(database: Database, clock: SettableClock) -> Desk:
    """The same on each database."""
    return Desk(database, clock)


def test_the_approved_issue_of_the_day_is_scheduled_for_the_hour_once(desk: Desk) -> None:
    issue = desk.write()
    desk.approve(issue)
    desk.run(HOUR - timedelta(minutes=31))
    assert desk.state(issue).state is IssueState.DRAFT
    desk.run(HOUR + LATEST)
    taken = desk.state(issue)
    assert (taken.state, taken.scheduled_at) == (IssueState.SCHEDULED, HOUR)
    assert desk.editions() == 1
    assert desk.alarms() == []


def test_without_approval_publishers_are_warned_at_each_of_the_minutes_and_told_when_the_hour_has_passed(
    desk: Desk,
) -> None:
    issue = desk.write()
    desk.run(HOUR + timedelta(hours=1))
    (alarm,) = desk.alarms()
    assert alarm.title == f"The Tide Table: “{issue.subject}”, its hour passed with nothing sent"
    assert "can approve it on its review page." in alarm.remedy
    assert alarm.url.endswith(f"/issues/{issue.id}/review")
    assert "“2026-01-02” is not approved" in alarm.what
    assert [mail.to_address for mail in desk.mails()] == ["bea@tide.example"] * 3
    assert "in 30 min" in desk.mails()[0].text and "in 10 min" in desk.mails()[1].text
    assert desk.state(issue).state is IssueState.DRAFT


def test_what_is_approved_after_its_hour_waits_for_a_person(desk: Desk) -> None:
    issue = desk.write()
    desk.run(HOUR + timedelta(minutes=2))
    desk.approve(issue)
    desk.run(HOUR + timedelta(minutes=20))
    assert desk.state(issue).state is IssueState.DRAFT
    desk.publishing.schedule(issue.id, desk.clock.now(), by=OPERATOR)
    desk.run(HOUR + timedelta(minutes=22))
    assert desk.alarms()[0].ended_at is not None


def test_what_was_approved_in_time_goes_late_after_an_outage_but_not_for_ever(desk: Desk) -> None:
    issue = desk.write()
    desk.approve(issue)
    desk.at(HOUR + timedelta(hours=1))
    assert desk.state(issue).scheduled_at == HOUR + timedelta(hours=1, seconds=SETTINGS.undo_seconds)
    other = Editing(desk.database, desk.clock).import_issue(
        issue_text("third").replace("2026-01-01", "2026-01-03"), source="x.md", by=MARA
    )
    desk.approve(other, despite=(SAME_TEXT,))
    desk.at(HOUR + timedelta(days=2) + LATEST + timedelta(minutes=1))
    assert desk.state(other).state is IssueState.DRAFT


def test_a_change_after_the_approval_is_not_sent_and_the_warning_says_so(desk: Desk) -> None:
    issue = desk.write()
    desk.approve(issue)
    Editing(desk.database, desk.clock).save(issue.id, text=issue_text(subject="Neaps"), revision=1, by=MARA)
    desk.run(HOUR)
    assert desk.state(issue).state is IssueState.DRAFT
    assert "was changed after" in desk.alarms()[0].what


def test_what_was_taken_back_is_taken_again_only_once_it_is_approved_anew(desk: Desk) -> None:
    issue = desk.write()
    desk.approve(issue)
    desk.run(HOUR - timedelta(minutes=25))
    desk.publishing.undo(issue.id, by=MARA)
    desk.run(HOUR - timedelta(minutes=20))
    assert desk.state(issue).state is IssueState.DRAFT
    assert "was taken back, and nobody has approved it since" in desk.alarms()[0].what
    Approving(desk.database, desk.clock).withdraw(issue.id, by=BEA)
    desk.approve(issue)
    desk.run(HOUR)
    assert desk.state(issue).scheduled_at == HOUR
    assert desk.alarms()[0].ended_at is not None
    assert desk.editions() == 2


def test_of_several_approved_ones_none_is_taken_and_of_several_drafts_the_approved_one(desk: Desk) -> None:
    one, other = desk.write(), desk.write("other", "Something else")
    desk.approve(one)
    desk.approve(other)
    desk.run(HOUR - timedelta(minutes=20))
    assert "2 issues of this day are approved" in desk.alarms()[0].what
    assert desk.alarms()[0].title == "The Tide Table: more than one issue is approved; its hour is in 30 min"
    assert "Take the approval of all others back" in desk.alarms()[0].remedy
    Approving(desk.database, desk.clock).withdraw(other.id, by=BEA)
    desk.run(HOUR - timedelta(minutes=15))
    assert desk.state(one).state is IssueState.SCHEDULED
    assert desk.state(other).state is IssueState.DRAFT


def test_with_no_draft_of_the_day_it_says_so_and_where_another_goes_that_day_nobody_is_warned(desk: Desk) -> None:
    desk.run(HOUR - timedelta(minutes=29))
    assert "No draft is dated this day" in desk.alarms()[0].what
    assert desk.alarms()[0].title == "The Tide Table: no issue is approved yet; it goes out in 30 min"
    issue = desk.write()
    desk.publishing.schedule(issue.id, HOUR - timedelta(minutes=5), by=OPERATOR)
    desk.run(HOUR + timedelta(hours=1))
    assert len(desk.mails()) == 1
    assert desk.alarms()[0].ended_at is not None


def test_a_day_that_is_left_out_has_no_slot_and_no_warning(desk: Desk) -> None:
    issue = desk.write()
    desk.approve(issue)
    Slotting(desk.database, desk.clock).skip(desk.home.id, DAY, "New Year", by=OPERATOR)
    desk.run(HOUR + timedelta(hours=7), timedelta(minutes=10))
    assert desk.state(issue).state is IssueState.DRAFT
    assert desk.alarms() == []


def test_the_word_why_a_day_is_left_out_is_asked_for_and_is_no_essay(desk: Desk) -> None:
    slotting = Slotting(desk.database, desk.clock)
    for word, told in ((" ", "say in a few words why"), ("x" * 201, "why has 201 characters")):
        with pytest.raises(InputError, match=told):
            slotting.skip(desk.home.id, DAY, word, by=OPERATOR)


def test_what_preflight_asks_must_be_answered_with_the_approval(desk: Desk) -> None:
    first = desk.write()
    desk.publishing.schedule(first.id, HOUR - timedelta(minutes=50), by=OPERATOR)
    again = desk.write("again")
    desk.approve(again)
    desk.run(HOUR - timedelta(minutes=20))
    assert desk.state(again).state is IssueState.DRAFT
    assert "is approved, and cannot go" in desk.alarms()[0].what
    assert "approved, and cannot go as it is; its hour is in" in desk.alarms()[0].title
    assert "with a tick at it" in desk.alarms()[0].remedy
    assert len(desk.mails()) == 1
    Approving(desk.database, desk.clock).withdraw(again.id, by=BEA)
    desk.approve(again, despite=MEANT)
    desk.run(HOUR - timedelta(minutes=15))
    assert desk.state(again).state is IssueState.SCHEDULED


def test_a_scheduler_that_is_killed_between_any_two_steps_sends_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = desk.write()
    desk.approve(issue)

    class KilledError(Exception):
        """The process ends here."""

    def killed(*_given: object, **_named: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(SlotAlarms, "end", killed)  # the last step of the transaction
        with pytest.raises(KilledError):
            desk.at(HOUR - timedelta(minutes=5))
    assert desk.state(issue).state is IssueState.DRAFT
    assert desk.editions() == 0
    with desk.database.read() as session:
        assert session.scalars(select(SlotTurn)).all() == []
    for _ in range(3):
        desk.at(desk.clock.now() + timedelta(seconds=10))
    assert desk.state(issue).scheduled_at == HOUR
    assert desk.editions() == 1
