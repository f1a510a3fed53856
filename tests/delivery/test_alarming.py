"""Somebody is told though the receiver itself refuses everything: by a second way, on the desk, in doctor; and by mail once it is mended."""

from __future__ import annotations

import itertools
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import insert, select

from newsletter.clock import SettableClock
from newsletter.delivery.alarming import FIRST_AGAIN, FIRST_RETRY, LONGEST_AGAIN, Alarms
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.mail.envelope import Refused
from newsletter.model import Alarm, Batch, Editor, Notice
from newsletter.store import alarms
from newsletter.transports.alert_hook import AlertHook
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}
EVERYTHING = [
    Refused(550, "5.7.1", "550 5.7.1 rejected due to local policy", "RCPT"),
    Refused(554, "5.0.0", "554 5.0.0 Transaction failed", "DOT"),
    Refused(550, "5.1.1", "550 5.1.1 user unknown", "RCPT"),
    Refused(550, "5.7.1", "550 5.7.1 Sending suspended", "MAIL"),
]


class Hook:
    """A web server that takes alerts; `status` is what it answers."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append(json.loads(body))
                self.send_response(hook.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/topic/of-our-own"
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self._thread.join(5)
        self.server.server_close()


@contextmanager
def hooked() -> Iterator[Hook]:
    hook = Hook()
    try:
        yield hook
    finally:
        hook.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as made:
        yield made


@pytest.fixture
def told(engine: Engine, hook: Hook) -> Alarms:
    return Alarms(engine.database, engine.clock, AlertHook(hook.url))


def refused(engine: Engine, transport: MemoryTransport, refusal: Refused) -> None:
    """Send an issue to ten readers by a way that refuses everything, alerts included."""
    transport._script = lambda _: refusal
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 10)
    add_issue(engine.database, engine.clock, publication)
    editor = {"address": "ada@desk.example", "name": "ada", "password_hash": "", "created_at": engine.clock.now()}
    with engine.database.write() as session:
        session.execute(insert(Editor), [editor])
    engine.tick()
    send_waiting(engine)


def send_waiting(engine: Engine) -> None:
    with engine.database.read() as session:
        waiting = list(session.scalars(select(Batch.id).where(Batch.state == "waiting")))
        owed = list(session.scalars(select(Notice.id).where(Notice.state == "queued")))
    for batch_id in waiting:
        engine.sender.send_batch(batch_id)
    for notice_id in owed:
        engine.notice_sender.send_notice(notice_id)


def alert(engine: Engine) -> Notice:
    with engine.database.read() as session:
        return session.scalars(select(Notice).where(Notice.kind == "alert")).one()


def one(engine: Engine) -> Alarm:
    with engine.database.read() as session:
        return session.scalars(select(Alarm)).one()


@pytest.mark.parametrize("refusal", [EVERYTHING[0], EVERYTHING[1], EVERYTHING[3]], ids=lambda r: r.reply)
def test_who_refuses_everything_refuses_the_alert_and_yet_somebody_is_told_and_the_mail_comes_when_it_is_mended(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, hook: Hook, told: Alarms, refusal: Refused
) -> None:
    refused(engine, transport, refusal)
    send_waiting(engine)
    assert alert(engine).state == "queued"
    told.tick()
    [said] = hook.got
    assert said["state"] == "standing"
    assert refusal.reply in said["what"]
    assert refusal.reply in said["text"]
    assert (said["issue"], said["publication"]) == ("first", "daily")
    assert said["remedy"]
    assert said["where"].endswith("/desk/issues/1")
    assert said["since"] == clock.now().isoformat()
    told.tick()
    assert len(hook.got) == 1, "once a cause"
    for _ in range(8 * 24):  # a week: longer than any other notice is tried
        clock.advance(3600)
        send_waiting(engine)
        assert alert(engine).state == "queued"
    transport._script = None
    Control(engine.database, clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    clock.advance(120)
    send_waiting(engine)
    told.tick()
    send_waiting(engine)
    assert states(engine.database) == {"submitted": 10}
    assert one(engine).ended_at is not None
    assert hook.got[-1]["state"] == "mended"
    assert alert(engine).state == "submitted"
    assert transport.envelopes[-1].rcpt_to == "ada@desk.example"


def test_it_is_told_again_with_growing_pauses_until_somebody_has_seen_it(
    engine: Engine, transport: MemoryTransport, clock: SettableClock, hook: Hook, told: Alarms
) -> None:
    refused(engine, transport, EVERYTHING[0])
    moments = []
    for minute in range(0, 4 * 24 * 60, 30):
        before = len(hook.got)
        told.tick()
        if len(hook.got) > before:
            moments.append(timedelta(minutes=minute))
        clock.advance(1800)
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert pauses[:5] == [FIRST_AGAIN * 2**n for n in range(5)]
    assert set(pauses[5:]) == {LONGEST_AGAIN}
    with engine.database.write() as session:
        assert alarms.see(session, 1, clock.now(), 7) is not None
    clock.advance(10 * 86_400)
    told.tick()
    assert len(hook.got) == len(moments)
    assert one(engine).ended_at is None, "seen is not mended"


def test_a_hook_that_fails_is_tried_again_and_shows_its_host_alone(
    engine: Engine,
    transport: MemoryTransport,
    clock: SettableClock,
    hook: Hook,
    told: Alarms,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    refused(engine, transport, EVERYTHING[0])
    for status in (500, 302, 404):
        hook.status = status
        told.tick()
        clock.advance(FIRST_RETRY.total_seconds() * 8)
    assert len(hook.got) == 3, "a redirect is not followed"
    hook.status = 204
    told.tick()
    told.tick()
    assert len(hook.got) == 4
    shown = capsys.readouterr()
    assert "an alarm could not be told" in shown.out + shown.err
    assert "of-our-own" not in shown.out + shown.err


def test_nobody_listening_raises_nothing_and_is_tried_again(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    with hooked() as gone:
        url = gone.url
    refused(engine, transport, EVERYTHING[0])
    Alarms(engine.database, clock, AlertHook(url)).tick()
    assert one(engine).failed == 1


def test_two_schedulers_tell_once(
    engine: Engine, transport: MemoryTransport, hook: Hook, told: Alarms, clock: SettableClock
) -> None:
    refused(engine, transport, EVERYTHING[0])
    with engine.database.write() as session:
        first = alarms.take_turn(session, clock.now(), clock.now() + timedelta(seconds=30))
    with engine.database.write() as session:
        assert alarms.take_turn(session, clock.now(), clock.now() + timedelta(seconds=30)) is None
    assert first is not None
    told.tick()
    assert hook.got == []


def test_a_second_way_out_takes_the_alert_that_the_first_one_refuses(
    engine: Engine, transport: MemoryTransport
) -> None:
    other = MemoryTransport()
    engine = rewired(engine, alert_transport=other)
    refused(engine, transport, EVERYTHING[3])
    send_waiting(engine)
    assert [envelope.rcpt_to for envelope in other.envelopes] == ["ada@desk.example"]
    assert alert(engine).state == "submitted"


def test_what_another_notice_is_refused_does_not_go_by_the_second_way(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    other = MemoryTransport()
    engine = rewired(engine, alert_transport=other)
    refused(engine, transport, EVERYTHING[3])
    with engine.database.write() as session:
        moment = clock.now()
        words = {"to_address": "pip@pear.example", "subject": "s", "text": "t", "html": "<p>t</p>"}
        kept = Notice(
            kind="confirm", publication_id=1, state="queued", next_attempt_at=moment, created_at=moment, **words
        )
        session.add(kept)
    send_waiting(engine)
    assert [envelope.rcpt_to for envelope in other.envelopes] == ["ada@desk.example"]


def test_an_alert_that_somebody_has_seen_is_given_up_as_any_notice(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    refused(engine, transport, EVERYTHING[2])
    with engine.database.write() as session:
        alarm_id = alarms.raise_alarm(
            session, "reports: unread", title="Reports", message="What.\n\nRemedy.", url="", now=clock.now()
        ).id
        moment = clock.now()
        words = {"to_address": "ada@desk.example", "subject": "s", "text": "t", "html": "<p>t</p>"}
        session.add(
            Notice(
                kind="alert",
                publication_id=1,
                state="queued",
                next_attempt_at=moment,
                created_at=moment,
                alarm_id=alarm_id,
                **words,
            )
        )
    send_waiting(engine)
    assert alert(engine).state == "queued"
    with engine.database.write() as session:
        seen = alarms.see(session, alarm_id, clock.now(), None)
        assert seen is not None
        assert seen.ended_at is not None, "nothing else tells of its end"
    clock.advance(3600)
    send_waiting(engine)
    assert alert(engine).state == "rejected"


def test_a_cause_that_comes_again_is_the_same_alarm_and_nobody_has_seen_it_yet(
    engine: Engine, clock: SettableClock
) -> None:
    words = {"title": "t", "message": "what\n\nremedy", "url": ""}
    with engine.database.write() as session:
        first = alarms.raise_alarm(session, "issue: 1", now=clock.now(), **words).id
        alarms.see(session, first, clock.now(), None)
        assert alarms.unseen(session) == []
        assert alarms.raise_alarm(session, "issue: 1", now=clock.now(), **words).id == first
        assert [alarm.id for alarm in alarms.unseen(session)] == [first]
        assert alarms.end_mended(session, clock.now()) == ["issue: 1"], "there is no such issue, let alone a paused one"
        assert alarms.raise_alarm(session, "issue: 1", now=clock.now(), **words).id != first
