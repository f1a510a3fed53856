"""An issue that does harm is paused, and the editors are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, update

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.auto_pause import LATE, LOOK_AT_SENT_EVERY, LOOK_EVERY, Rules, because_of_us, rules, tally
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import progress
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Outcome, Refused, Unknown, Unsent
from newsletter.mail.report import Reason, ReportKind
from newsletter.model import AppliedReport, Batch, Editor, Issue, Notice, Trip
from newsletter.model.feedback import Blame
from newsletter.model.states import IssueState
from newsletter.store.delivery.circuit_breaker import Answers, warn
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}
NOBODY = Refused(550, "5.1.1", "5.1.1 there is no such mailbox here")
POLICY = Refused(550, "5.7.1", "5.7.1 message rejected due to local policy")
KINDS = [
    POLICY,
    Refused(550, "5.7.26", "5.7.26 unauthenticated mail is not accepted"),
    Refused(554, "5.7.1", "5.7.1 client host [192.0.2.1] blocked using a blocklist"),
    Refused(550, "5.1.8", "5.1.8 sender address rejected"),
]
"""No two are equal, so that a handful of equal ones comes late."""


@pytest.mark.parametrize(
    ("refusal", "ours"),
    [
        (POLICY, True),
        (Refused(550, "5.7.26", "unauthenticated mail is not accepted"), True),
        (Refused(554, "5.7.1", "client host [192.0.2.1] blocked using a blocklist"), True),
        (Refused(554, "5.7.1", "relay access denied"), True),
        (NOBODY, False),
        (Refused(552, "5.2.2", "mailbox full"), False),
        (Refused(550, "5.7.13", "account disabled"), False),
        (Refused(550, "", "no such user"), False),
    ],
)
def test_a_refusal_because_of_the_sender_is_told_from_one_because_of_the_reader(refusal: Refused, ours: bool) -> None:
    assert because_of_us(refusal) is ours


def test_only_final_answers_are_counted() -> None:
    outcomes = [Accepted(250, "", "ok"), NOBODY, POLICY, Deferred(451, "", "later"), Unknown("gone"), Unsent("")]
    assert tally(outcomes) == Answers(answered=3, refused=2, policy=1)
    assert tally([]) == Answers()


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        (Answers(1000, refused=50), ""),
        (Answers(1000, refused=51), "for good"),
        (Answers(1000, refused=30, bounced=21), "for good"),
        (Answers(1000, complained=2), ""),
        (Answers(1000, complained=3), "complained"),
        (Answers(200, complained=1), ""),
        (Answers(200, complained=2), "complained"),
        (Answers(1000, policy=20), ""),
        (Answers(1000, refused=21, policy=21), "because of the sender"),
        (Answers(199, refused=199, policy=199, complained=99), ""),
        (Answers(), ""),
    ],
)
def test_the_verdict_at_each_threshold(answers: Answers, word: str) -> None:
    assert word in Rules().verdict(answers)
    assert bool(Rules().verdict(answers)) == bool(word)


def test_the_rules_are_those_of_the_settings() -> None:
    assert rules(Settings(_env_file=None)) == Rules()


def begun(engine: Engine, readers: int = 300) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication)
    editors = [
        {
            "address": f"{name}@desk.example",
            "name": name,
            "password_hash": "",
            "created_at": engine.clock.now(),
            "disabled_at": engine.clock.now() if name == "cleo" else None,
        }
        for name in ("ada", "bert", "cleo")
    ]
    with engine.database.write() as session:
        session.execute(insert(Editor), editors)
    engine.tick()
    with engine.database.write() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def refusing(transport: MemoryTransport, *refusals: Refused, every: int) -> None:
    def script(envelope: Envelope) -> Outcome:
        number, rest = divmod(envelope.delivery_id, every)
        return Accepted(250, "", "ok") if rest else refusals[number % len(refusals)]

    transport._script = script


def alerts(engine: Engine) -> list[Notice]:
    with engine.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == "alert").order_by(Notice.id)))


@pytest.mark.parametrize(
    ("refusals", "every", "word", "held"), [([NOBODY], 10, "for good", 0), (KINDS, 25, "because of the sender", 8)]
)
def test_refusals_pause_the_issue_at_once_and_every_editor_who_may_sign_in_is_told(
    engine: Engine,
    transport: MemoryTransport,
    clock: SettableClock,
    refusals: list[Refused],
    every: int,
    word: str,
    held: int,
) -> None:
    refusing(transport, *refusals, every=every)
    batches = begun(engine)
    for batch_id in batches[:20]:
        engine.sender.send_batch(batch_id)
    found = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE))
    assert found.state == IssueState.PAUSED
    assert word in found.paused_why
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database)["queued"] == 100 + held, "who has not got it keeps their place, or gets it back"
    written = alerts(engine)
    assert [notice.to_address for notice in written] == ["ada@desk.example", "bert@desk.example"]
    assert word in written[0].text
    assert "First is paused" in written[0].subject
    assert engine.queue.broker.queues["notices"].qsize() >= 2
    engine.notice_sender.send_notice(written[0].id)
    assert transport.envelopes[-1].rcpt_to == "ada@desk.example"


def test_a_resumed_issue_is_judged_by_what_comes_after(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    refusing(transport, NOBODY, every=10)
    batches = begun(engine, 700)
    for batch_id in batches[:20]:
        engine.sender.send_batch(batch_id)
    clock.advance(LOOK_EVERY)
    engine.tick()
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.SENDING
    )
    for batch_id in batches[20:40]:
        engine.sender.send_batch(batch_id)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.PAUSED
    )
    assert len(alerts(engine)) == 4
    with engine.database.read() as session:
        assert session.scalars(select(Trip.answered)).all() == [400]


def test_what_came_back_while_it_was_paused_does_not_pause_a_resumed_issue_again(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    batches, issue_id = paused_by_itself(engine, transport, clock)
    add_reports(engine, issue_id, ReportKind.PERMANENT, Blame.READER, 60)
    add_reports(engine, issue_id, ReportKind.COMPLAINT, Blame.READER, 9)
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    transport._script = None
    for batch_id in batches[20:45]:
        engine.sender.send_batch(batch_id)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.SENDING
    )
    refusing(transport, NOBODY, every=2)
    for batch_id in batches[45:]:
        engine.sender.send_batch(batch_id)
    clock.advance(LOOK_EVERY)
    engine.tick()
    found = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE))
    assert (found.state, found.paused_why[:11]) == (IssueState.PAUSED, "15 of 280 m")


def test_a_judge_that_looked_before_the_resume_does_not_pause_it_by_the_old_answers(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    _, issue_id = paused_by_itself(engine, transport, clock)
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    with engine.database.read() as session:
        issue = session.get_one(Issue, issue_id)
    assert not rewired(engine).judge.stop(issue.id)
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.SENDING
    )


def test_an_issue_that_an_editor_paused_is_judged_by_all_its_answers_when_it_goes_on(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    refusing(transport, NOBODY, every=10)
    batches = begun(engine)
    for batch_id in batches[:19]:
        engine.sender.send_batch(batch_id)
    Control(engine.database, engine.clock).pause(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    Control(engine.database, engine.clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    engine.sender.send_batch(batches[19])
    assert progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).paused_why.startswith(
        "20 of 200"
    )


def paused_by_itself(engine: Engine, transport: MemoryTransport, clock: SettableClock) -> tuple[list[int], int]:
    """An issue to 700 readers that paused after 200 of them; its batches and its id."""
    refusing(transport, NOBODY, every=10)
    batches = begun(engine, 700)
    for batch_id in batches[:20]:
        engine.sender.send_batch(batch_id)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.PAUSED
    )
    with engine.database.read() as session:
        return batches, session.scalars(select(Issue.id)).one()


def add_reports(engine: Engine, issue: int, kind: ReportKind, blame: Blame, count: int) -> None:
    """Keep reports that came back about an issue."""
    rows = [
        {
            "mark": f"{kind}-{blame}-{n}",
            "issue_id": issue,
            "kind": kind.value,
            "reason": Reason.FEEDBACK.value,
            "blame": blame,
            "effect": "counted",
            "at": engine.clock.now(),
        }
        for n in range(count)
    ]
    with engine.database.write() as session:
        session.execute(insert(AppliedReport), rows)


@pytest.mark.parametrize(
    ("kind", "blame", "few", "word"),
    [
        (ReportKind.COMPLAINT, Blame.READER, 1, "complained"),
        (ReportKind.PERMANENT, Blame.READER, 10, "for good"),
        (ReportKind.TRANSIENT, Blame.SENDER, 4, "because of the sender"),
    ],
)
def test_what_comes_back_counts_too(
    engine: Engine, clock: SettableClock, kind: ReportKind, blame: Blame, few: int, word: str
) -> None:
    batches = begun(engine)
    for batch_id in batches[:20]:
        engine.sender.send_batch(batch_id)
    with engine.database.read() as session:
        issue_id = session.scalars(select(Issue.id)).one()
    add_reports(engine, issue_id, kind, blame, few)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.SENDING
    )
    with engine.database.write() as session:
        session.execute(update(AppliedReport).values(mark=AppliedReport.mark + "-before"))
    add_reports(engine, issue_id, kind, blame, 1)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert word in progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).paused_why


def sent_issue(engine: Engine, readers: int) -> int:
    """An issue that went to so many readers and is sent; nobody has complained."""
    for batch_id in begun(engine, readers):
        engine.sender.send_batch(batch_id)
    engine.tick()
    with engine.database.read() as session:
        issue = session.scalars(select(Issue)).one()
    assert issue.state is IssueState.SENT
    return issue.id


def later(engine: Engine, clock: SettableClock, seconds: float = LOOK_AT_SENT_EVERY) -> list[Notice]:
    """Let time pass and the scheduler look; return every alert so far."""
    clock.advance(seconds)
    engine.tick()
    return alerts(engine)


@pytest.mark.parametrize(("readers", "few"), [(20, 1), (300, 1), (1000, 2)])
def test_complaints_about_an_issue_that_is_sent_are_told_once(
    engine: Engine, clock: SettableClock, readers: int, few: int
) -> None:
    issue_id = sent_issue(engine, readers)
    add_reports(engine, issue_id, ReportKind.COMPLAINT, Blame.NOBODY, few)
    assert later(engine, clock) == []
    add_reports(engine, issue_id, ReportKind.COMPLAINT, Blame.READER, 1)
    written = later(engine, clock)
    assert [notice.to_address for notice in written] == ["ada@desk.example", "bert@desk.example"]
    assert f"{few + 1} of {readers} readers complained" in written[0].text
    assert "cannot be called back" in written[0].text
    assert "needs a look" in written[0].subject
    found = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE))
    assert (found.state, found.as_dict()["alert"][:6]) == (IssueState.SENT, f"{few + 1} of {readers}"[:6])
    assert len(later(engine, clock)) == 2


def test_more_of_it_is_told_again_and_what_is_long_past_is_not(engine: Engine, clock: SettableClock) -> None:
    issue_id = sent_issue(engine, 1000)
    add_reports(engine, issue_id, ReportKind.COMPLAINT, Blame.NOBODY, 3)
    assert len(later(engine, clock)) == 2
    add_reports(engine, issue_id, ReportKind.PERMANENT, Blame.READER, 51)
    assert len(later(engine, clock)) == 4
    add_reports(engine, issue_id, ReportKind.COMPLAINT, Blame.SENDER, 3)
    assert len(later(engine, clock, LATE.total_seconds() + 1)) == 4


def test_returned_mail_of_a_small_issue_is_no_alarm(engine: Engine, clock: SettableClock) -> None:
    add_reports(engine, sent_issue(engine, 20), ReportKind.PERMANENT, Blame.READER, 9)
    assert later(engine, clock) == []


def test_two_schedulers_that_judge_at_once_write_one_set_of_alerts(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    for batch_id in begun(engine)[:25]:
        engine.sender.send_batch(batch_id)
    add_reports(engine, 1, ReportKind.COMPLAINT, Blame.READER, 9)
    judges = [rewired(engine).judge for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda judge: judge.look(), judges))
    assert sum(map(len, found)) == 1
    assert len(alerts(engine)) == 2


def test_a_warning_that_another_scheduler_wrote_is_not_written_again(engine: Engine, clock: SettableClock) -> None:
    begun(engine)
    with engine.database.read() as session:
        issue_id = session.scalars(select(Issue.id)).one()
    for answers, written in (
        (Answers(300, complained=16), [True, False]),
        (Answers(300, complained=40), [True, False]),
    ):
        with engine.database.write() as session:
            assert [warn(session, issue_id, clock.now(), "complaints", answers) for _ in range(2)] == written


def test_deferrals_and_a_few_refusals_pause_nothing(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    def script(envelope: Envelope) -> Outcome:
        number = envelope.delivery_id % 40
        return NOBODY if number == 0 else Deferred(451, "4.3.0", "later") if number < 20 else Accepted(250, "", "ok")

    transport._script = script
    for batch_id in begun(engine, 450):
        engine.sender.send_batch(batch_id)
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert (
        progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE)).state
        == IssueState.SENDING
    )
    assert alerts(engine) == []


def test_the_issues_are_looked_at_only_now_and_then(engine: Engine, transport: MemoryTransport) -> None:
    for batch_id in begun(engine, 290)[:25]:
        engine.sender.send_batch(batch_id)
    add_reports(engine, 1, ReportKind.COMPLAINT, Blame.READER, 9)
    engine.tick()
    assert alerts(engine) == [], "it was looked at in the round before"
