"""When nobody works the log says so once a minute, and each editor is written to once, however many look out."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from newsletter.clock import SettableClock
from newsletter.delivery.engine import Engine
from newsletter.delivery.lookout import AGAIN, LOOK_EVERY, Lookout
from newsletter.model import Editor, Notice
from newsletter.store import alarms
from newsletter.store.accounts import editors
from tests.delivery.test_progress import begun
from tests.parts.beating import add_sign, make_older

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as heard:
        yield heard


def left_alone(engine: Engine, clock: SettableClock) -> None:
    """An issue is being sent, and its only worker was killed a while ago."""
    begun(engine)
    with engine.database.write() as session:
        for name in ("mara", "noor"):
            editors.add(session, Editor(address=f"{name}@tide.example", password_hash="x", created_at=clock.now()))
    add_sign(engine.database, clock, "worker", "one:1:0:0.1")
    clock.advance(LOOK_EVERY + 1)
    make_older(engine.database, LOOK_EVERY)


def alerts(engine: Engine) -> list[Notice]:
    with engine.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == "alert")))


def another(engine: Engine) -> Lookout:
    """The lookout of another process, such as a web server."""
    mine = engine.lookout
    return Lookout(mine.database, mine.clock, mine.queue, mine.renderer, mine.base_url)


def test_the_log_says_once_a_minute_that_nobody_works_and_when_somebody_does(
    engine: Engine, clock: SettableClock, lines: Lines
) -> None:
    left_alone(engine, clock)
    for _ in range(240):
        engine.tick()
        clock.advance(1)
    told = [line for line in lines if line["event"] == "nobody works"]
    assert [line["for_seconds"] for line in told] == [0, 60, 120, 180]
    assert {line["log_level"] for line in told} == {"error"}
    assert "no worker is at work; the last was one:1" in told[0]["why"]
    add_sign(engine.database, clock, "worker", "two:1:0:0.1")
    engine.tick()
    assert [line["after_seconds"] for line in lines if line["event"] == "somebody works again"] == [240]
    clock.advance(LOOK_EVERY)
    engine.tick()
    assert [line["event"] for line in lines].count("somebody works again") == 1


def test_each_editor_is_written_to_once_however_many_look_out(engine: Engine, clock: SettableClock) -> None:
    left_alone(engine, clock)
    watchers = [engine.lookout, another(engine), another(engine)]
    for _ in range(5):
        for watcher in watchers:
            watcher.look()
        clock.advance(LOOK_EVERY)
    assert sorted(notice.to_address for notice in alerts(engine)) == ["mara@tide.example", "noor@tide.example"]
    text = " ".join(alerts(engine)[0].text.split())
    assert "first is due, and no worker is at work; the last was one:1" in text
    assert "`newsletter worker`" in text
    clock.advance(AGAIN.total_seconds())
    engine.lookout.look()
    assert len(alerts(engine)) == 4, "it lasts"


def test_a_web_server_tells_the_editors_that_the_scheduler_is_gone(engine: Engine, clock: SettableClock) -> None:
    left_alone(engine, clock)
    add_sign(engine.database, clock, "worker", "two:1:0:0.1")
    add_sign(engine.database, clock, "scheduler", "one:3:0:0.1")
    assert another(engine).look() is None
    make_older(engine.database, 60, "scheduler")
    assert "no scheduler is at work" in (another(engine).look() or "")
    assert len(alerts(engine)) == 2


def test_an_alarm_stands_until_somebody_works_again(engine: Engine, clock: SettableClock) -> None:
    left_alone(engine, clock)
    another(engine).look()
    with engine.database.read() as session:
        [alarm] = alarms.standing(session)
    assert (alarm.title, alarm.url) == ("An issue is due, and nobody sends it", f"{engine.lookout.base_url}/desk")
    assert "no worker is at work" in alarm.what
    assert "newsletter doctor" in alarm.remedy
    assert {notice.alarm_id for notice in alerts(engine)} == {alarm.id}
    add_sign(engine.database, clock, "worker", "two:1:0:0.1")
    another(engine).look()
    with engine.database.read() as session:
        assert list(alarms.standing(session)) == [], "whichever process looks: the one that told may be gone"


def test_while_somebody_works_nobody_is_told_anything(engine: Engine, clock: SettableClock, lines: Lines) -> None:
    left_alone(engine, clock)
    add_sign(engine.database, clock, "worker", "two:1:0:0.1")
    engine.tick()
    assert alerts(engine) == []
    assert [line["event"] for line in lines if "works" in line["event"]] == []
