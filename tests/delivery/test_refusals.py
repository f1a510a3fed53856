"""A refusal about us consumes no reader: each reply of the table, at each stage, to one reader and to all, by a scripted server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import Progress, progress
from newsletter.delivery.watching import HANDFUL
from newsletter.journal import Journal
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused
from newsletter.mail.refusals import STAGES, About, RefusalRow, table
from newsletter.model import Attempt, Batch, Delivery, Editor, Notice, Subscription
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from newsletter.transports.smtp import SmtpTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import make_engine
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue
from tests.parts.scripted_smtp import ScriptedSmtp, Session

ISSUE = {"publication": "daily", "slug": "first"}
DOMAINS = ("one.example", "other.example", "third.example")
EACH = 8
READERS = EACH * len(DOMAINS)
CONNECTIONS = 2
VICTIM = f"reader3@{DOMAINS[1]}"
ROWS = [pytest.param(row, at, id=f"{row.name} at {at}") for row in table() for at in row.at if at in STAGES]


class Refusing:
    """A server that says one thing at one stage, to everybody or to one, until it is mended."""

    def __init__(self, stage: str, words: str, *, to_all: bool) -> None:
        self.stage, self.words, self.to_all = stage, words, to_all
        self.mended = False
        self.refused = 0
        self._path = ""  # of the one, where the server is told no more
        self.server = ScriptedSmtp(self._answer)

    def _answer(self, session: Session, verb: str, line: str) -> bytes | None:
        if self.mended or verb != {"DOT": "."}.get(self.stage, self.stage) or not self._meant(session, line):
            return None
        self.refused += 1
        return f"{self.words}\r\n".encode()

    def _meant(self, session: Session, line: str) -> bool:
        if self.to_all:
            return True
        if self.stage != "MAIL":
            return session.recipient == VICTIM
        self._path = self._path or line
        return line == self._path

    def got(self) -> Counter[str]:
        return Counter(self.server.recipients)


Sending = Callable[[Refusing], Engine]


@pytest.fixture
def sending(database: Database, clock: SettableClock, signer: Signer, tmp_path: Path) -> Iterator[Sending]:
    """An engine with a planned issue, whose way out is such a server."""
    stops: list[Callable[[], None]] = []

    def start(refusing: Refusing) -> Engine:
        transport = SmtpTransport.from_url(refusing.server.url(), connections=CONNECTIONS)
        stops.extend((transport.close, refusing.server.stop))
        settings = Settings(data_dir=tmp_path, batch_size=READERS, lease_seconds=60, _env_file=None)
        return planned(make_engine(settings, database, clock, signer, transport))

    yield start
    for stop in stops:
        stop()


def planned(engine: Engine, each: int = EACH) -> Engine:
    publication = add_publication(engine.database, engine.clock)
    for domain in DOMAINS:
        add_readers(engine.database, engine.clock, publication, each, domain)
    add_issue(engine.database, engine.clock, publication)
    editor = {"address": "ada@desk.example", "name": "ada", "password_hash": "", "created_at": engine.clock.now()}
    with engine.database.write() as session:
        session.execute(insert(Editor), [editor])
    engine.tick()
    return engine


def send(engine: Engine) -> None:
    """Let each batch that waits have its turn."""
    with engine.database.read() as session:
        waiting = list(session.scalars(select(Batch.id).where(Batch.state == "waiting").order_by(Batch.id)))
    for batch_id in waiting:
        engine.sender.send_batch(batch_id)


def rounds(engine: Engine, clock: SettableClock, many: int, seconds: float) -> None:
    """Let time go by; whenever the issue pauses by itself, an editor goes on."""
    for _ in range(many):
        clock.advance(seconds)
        if look(engine).state == IssueState.PAUSED:
            Control(engine.database, clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
        send(engine)


def look(engine: Engine) -> Progress:
    return progress(engine.database, clock=engine.clock, issue_id=id_of_issue(engine.database, **ISSUE))


def rows(engine: Engine) -> list[Delivery]:
    with engine.database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def alerts(engine: Engine) -> list[str]:
    with engine.database.read() as session:
        return list(session.scalars(select(Notice.text).where(Notice.kind == "alert").order_by(Notice.id)))


def in_one_line(words: str) -> str:
    return " ".join(words.split())


@pytest.mark.parametrize(("row", "at"), [each for each in ROWS if each.values[0].about is not About.READER])
def test_what_all_are_told_about_us_consumes_nobody_and_all_get_it_once_when_it_is_mended(
    row: RefusalRow, at: str, sending: Sending, clock: SettableClock
) -> None:
    refusing = Refusing(at, row.example, to_all=True)
    engine = sending(refusing)
    send(engine)
    assert states(engine.database) == {"queued": READERS}
    assert all(delivery.attempts == 0 for delivery in rows(engine))
    told = [delivery.reply for delivery in rows(engine) if delivery.reply]
    assert set(told) == {row.example}
    enough = (
        1 if row.sure else max(HANDFUL, EACH + 1)
    )  # the readers of one domain come first: one domain proves nothing
    assert len(told) == refusing.refused <= enough + 2 * CONNECTIONS, "besides, what is on the wire"
    seen, of_way = look(engine), row.about is About.WAY or row.example.startswith("4")
    assert seen.state == (IssueState.SENDING if of_way else IssueState.PAUSED)
    assert row.example[:200] in (seen.waiting_why if of_way else seen.paused_why)
    assert seen.refused is of_way
    [alert] = alerts(engine)
    assert row.example[:40] in in_one_line(alert)
    # nothing more goes until somebody mends it, or it is time for one try
    before = refusing.refused
    send(engine)
    assert refusing.refused == before
    # mended
    refusing.mended = True
    Control(engine.database, clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    rounds(engine, clock, 3, 2)
    assert states(engine.database) == {"submitted": READERS}
    assert refusing.got() == {f"reader{n}@{domain}": 1 for domain in DOMAINS for n in range(EACH)}


@pytest.mark.parametrize(("row", "at"), ROWS)
def test_what_one_is_told_keeps_nobody_else_from_getting_it_once_nor_this_one_when_it_is_mended(
    row: RefusalRow, at: str, sending: Sending, clock: SettableClock
) -> None:
    refusing = Refusing(at, row.example, to_all=False)
    engine = sending(refusing)
    send(engine)
    [victim] = [delivery for delivery in rows(engine) if delivery.reply == row.example]
    if row.sure:
        assert (victim.state, victim.attempts) == ("queued", 0), "no reader can be meant"
    rounds(engine, clock, 8, 120)
    found = states(engine.database)
    assert found.pop("submitted") == READERS - 1
    assert list(found) in (["deferred"], ["rejected"], ["queued"])
    assert row.sure is False or list(found) != ["rejected"]
    assert (list(found) == ["rejected"]) is (row.example[0] == "5" and not row.sure)
    refusing.mended = True
    if list(found) == ["rejected"]:
        engine.tick()
        assert look(engine).state == IssueState.SENT
        assert Control(engine.database, clock).resend(id_of_issue(engine.database, **ISSUE), by=OPERATOR) == 1
    rounds(engine, clock, 4, 7200)
    assert states(engine.database) == {"submitted": READERS}
    assert set(refusing.got().values()) == {1}
    assert len(refusing.got()) == READERS


@pytest.mark.parametrize(
    ("row", "at"), [pytest.param(*p.values, id=p.id) for p in ROWS if p.values[0].about is About.READER]
)
def test_what_each_is_told_about_itself_is_kept_for_each_and_stops_nothing(
    row: RefusalRow, at: str, sending: Sending, clock: SettableClock
) -> None:
    refusing = Refusing(at, row.example, to_all=True)
    engine = sending(refusing)
    send(engine)
    assert states(engine.database) == {"rejected" if row.example[0] == "5" else "deferred": READERS}
    assert look(engine).state == IssueState.SENDING
    assert alerts(engine) == []
    engine.tick()
    refusing.mended = True
    if row.example[0] == "5":
        assert Control(engine.database, clock).resend(id_of_issue(engine.database, **ISSUE), by=OPERATOR) == READERS
    rounds(engine, clock, 4, 7200)
    assert states(engine.database) == {"submitted": READERS}


def test_a_quota_met_after_twelve_costs_nobody(sending: Sending, clock: SettableClock) -> None:
    refusing = Refusing("DOT", "550 5.4.5 Daily user sending limit exceeded", to_all=True)
    quota = 12
    refusing._meant = lambda session, line: len(refusing.server.messages) >= quota  # type: ignore[method-assign]
    engine = sending(refusing)
    send(engine)
    taken = len(refusing.server.messages)
    assert quota <= taken <= quota + CONNECTIONS, "what was on the wire"
    assert states(engine.database) == {"submitted": taken, "queued": READERS - taken}
    assert "Daily user sending limit exceeded" in look(engine).waiting_why
    for allowed in (15, 20, READERS):  # it is a rolling limit; nobody does anything
        quota = allowed
        rounds(engine, clock, 3, 1800)
        assert set(states(engine.database)) <= {"submitted", "queued", "deferred"}
    rounds(engine, clock, 4, 7200)
    assert states(engine.database) == {"submitted": READERS}
    assert set(refusing.got().values()) == {1}
    assert len(alerts(engine)) == 1, "it is told once"


@pytest.mark.parametrize("words", ["554 5.7.1 Relay access denied", "550 5.7.1 rejected due to local policy"])
def test_one_domain_that_refuses_us_stops_nothing_while_others_take_the_mail_and_loses_nobody(
    words: str, sending: Sending, clock: SettableClock
) -> None:
    refusing = Refusing("RCPT", words, to_all=True)
    refusing._meant = lambda session, line: DOMAINS[0] in line  # type: ignore[method-assign]
    engine = sending(refusing)
    rounds(engine, clock, 2, 1)
    assert states(engine.database) == {"submitted": READERS - EACH, "deferred": EACH}
    assert HANDFUL <= refusing.refused <= HANDFUL + CONNECTIONS, "the others of that domain are not even asked"
    assert {delivery.reply for delivery in rows(engine) if delivery.state == "deferred"} == {words}
    assert look(engine).state == IssueState.SENDING
    engine.tick()
    refusing.mended = True
    rounds(engine, clock, 2, 180)
    assert set(refusing.got().values()) == {1}
    assert len(refusing.got()) == READERS


def test_a_domain_that_refuses_us_for_good_is_given_up_after_a_day_and_sent_to_anew_by_one_command(
    sending: Sending, clock: SettableClock
) -> None:
    refusing = Refusing("RCPT", "550 5.7.1 rejected due to local policy", to_all=True)
    refusing._meant = lambda session, line: DOMAINS[0] in line  # type: ignore[method-assign]
    engine = sending(refusing)
    rounds(engine, clock, 30, 7200)
    assert states(engine.database) == {"submitted": READERS - EACH, "rejected": EACH}
    engine.tick()
    assert look(engine).state == IssueState.SENT
    refusing.mended = True
    assert Control(engine.database, clock).resend(id_of_issue(engine.database, **ISSUE), by=OPERATOR) == EACH
    rounds(engine, clock, 2, 180)
    assert set(refusing.got().values()) == {1}
    assert len(refusing.got()) == READERS


def test_equal_refusals_of_which_nobody_knows_stop_the_issue(sending: Sending) -> None:
    refusing = Refusing("DOT", "554 5.0.0 Transaction failed", to_all=True)
    engine = sending(refusing)
    send(engine)
    assert states(engine.database) == {"queued": READERS}
    assert "Transaction failed" in look(engine).paused_why


def test_three_readers_who_are_all_denied_are_held_and_not_rejected(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = lambda _: Refused(554, "5.7.1", "554 5.7.1 Relay access denied", "RCPT")
    planned(engine, 1)
    send(engine)
    assert states(engine.database) == {"queued": 3}
    assert "Relay access denied" in look(engine).waiting_why
    transport._script = None
    clock.advance(3600)
    send(engine)
    assert states(engine.database) == {"submitted": 3}


def test_a_connection_that_is_refused_holds_the_way_out_and_is_told(sending: Sending, clock: SettableClock) -> None:
    refusing = Refusing("CONNECT", "554 5.7.1 no service for you", to_all=True)
    engine = sending(refusing)
    send(engine)
    assert states(engine.database) == {"queued": READERS}
    assert "no service for you" in look(engine).waiting_why
    assert len(alerts(engine)) == 1
    refusing.mended = True
    Control(engine.database, clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    rounds(engine, clock, 3, 2)
    assert states(engine.database) == {"submitted": READERS}


def test_a_kill_between_answer_and_ledger_consumes_nobody_either(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    planned(engine, 2)
    claim = engine.claims.claim(1)
    assert claim is not None
    recipients = engine.sender._open(claim)
    journal = Journal(engine.settings.journal, claim.batch.id, claim.batch.fence)
    ours = Refused(553, "5.7.1", "553 5.7.1 Sender address rejected: not owned by user relay", "RCPT")
    said: list[Outcome] = [Accepted(250, "", "250 ok"), ours, Refused(550, "5.1.1", "550 5.1.1 nobody", "RCPT")]
    said += [Deferred(451, "4.3.0", "451 4.3.0 later", "RCPT")]
    for recipient, outcome in zip(recipients, said, strict=False):
        journal.wrote(recipient.delivery_id)
        journal.heard(recipient.delivery_id, outcome)
    journal.close(recorded=False)  # as a kill leaves it
    assert engine.sweeper.sweep_journals() == 1
    found = [(delivery.state.value, delivery.attempts) for delivery in rows(engine)]
    assert found == [("submitted", 1), ("queued", 0), ("rejected", 1), ("deferred", 1), ("queued", 0), ("queued", 0)]
    with engine.database.read() as session:
        kept = dict(iter(session.execute(select(Attempt.outcome, Attempt.reply))))
    assert kept["held"] == ours.reply
    send(engine)
    clock.advance(3600)
    send(engine)
    assert states(engine.database) == {"submitted": 5, "rejected": 1}


def test_a_notice_that_is_refused_because_of_us_waits_for_it_to_be_mended(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    publication = add_publication(engine.database, clock)
    with engine.database.write() as session:
        for kind in ("confirm", "test"):
            words = {"subject": "s", "text": "t", "html": "<p>t</p>", "state": "queued"}
            moments = {"next_attempt_at": clock.now(), "created_at": clock.now()}
            session.add(
                Notice(
                    kind=kind,
                    publication_id=publication.id,
                    to_address=f"{kind}@a.example",
                    to_name="",
                    **words,
                    **moments,
                )
            )
    transport._script = lambda _: Refused(553, "5.7.1", "553 5.7.1 Sender address rejected: not owned by user", "RCPT")
    for notice_id in (1, 2):
        engine.notice_sender.send_notice(notice_id)
    transport._script = None
    with engine.database.read() as session:
        found = {n.kind: (n.state, n.attempts) for n in session.scalars(select(Notice))}
    assert found == {"confirm": ("queued", 0), "test": ("rejected", 0)}, "who tries it out is told at once"
    clock.advance(301)
    engine.notice_sender.send_notice(1)
    assert [envelope.rcpt_to for envelope in transport.envelopes] == ["confirm@a.example"]


def test_who_left_meanwhile_gets_nothing_when_an_issue_is_sent_to_those_who_never_got_it(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    transport._script = lambda _: Refused(550, "5.1.1", "550 5.1.1 nobody", "RCPT")
    planned(engine, 1)
    send(engine)
    engine.tick()
    transport._script = None
    with engine.database.write() as session:
        first = session.scalars(select(Subscription).order_by(Subscription.id)).first()
        assert first is not None
        first.state = SubscriptionState.UNSUBSCRIBED
    assert Control(engine.database, clock).resend(id_of_issue(engine.database, **ISSUE), by=OPERATOR) == 3
    send(engine)
    assert states(engine.database) == {"skipped": 1, "submitted": 2}


@pytest.mark.parametrize("words", ["550 5.7.1 rejected due to local policy", "554 5.7.1 Relay access denied"])
def test_a_handful_of_equal_refusals_about_us_stops_within_two_hundred_mails_however_they_are_strewn(
    database: Database, clock: SettableClock, signer: Signer, transport: MemoryTransport, tmp_path: Path, words: str
) -> None:
    refusal = Refused(int(words[:3]), "5.7.1", words, "RCPT")
    transport._script = lambda e: refusal if e.delivery_id % 10 == 0 else Accepted(250, "", "ok")
    settings = Settings(data_dir=tmp_path, batch_size=500, _env_file=None)
    engine = planned(make_engine(settings, database, clock, signer, transport), 200)
    send(engine)
    assert len(transport.envelopes) < 200
    assert set(states(database)) == {"submitted", "queued"}
    seen = look(engine)
    assert words in seen.waiting_why + seen.paused_why


def test_five_unknown_readers_of_one_domain_in_a_row_stop_nothing(engine: Engine, transport: MemoryTransport) -> None:
    refusal = Refused(550, "5.1.1", "550 5.1.1 user unknown", "RCPT")
    transport._script = lambda e: refusal if e.rcpt_to.endswith(DOMAINS[0]) else Accepted(250, "", "ok")
    planned(engine)
    send(engine)
    send(engine)
    assert states(engine.database) == {"submitted": READERS - EACH, "rejected": EACH}
    assert look(engine).state == IssueState.SENDING
