"""Gathering: two days, partial failures, and each hostile source with the others unharmed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.errors import ConflictError
from newsletter.model import Candidate
from newsletter.model.sources import GatherResult
from newsletter.model.states import SourceState
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.source_server import Stand, redirect, refusal
from tests.sources.gathering_rig import Rig, lines, results, rig_on, rss

SECONDS = 1.5
"""Each source may take so long: those that hang are many here."""


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication with a server of its own, on each database."""
    with rig_on(database, tmp_path, seconds=SECONDS) as made:
        yield made


def test_on_the_second_day_most_answer_304_and_no_body_comes_twice(rig: Rig) -> None:
    for n in range(20):
        rig.server.put(f"h{n}.example", "/feed", Stand(rss(f"one {n}"), etag=f'"{n}"', last_modified="Fri"))
        rig.add(f"h{n}.example")
    rig.server.put("plain.example", "/feed", Stand(rss("no validators")))
    rig.add("plain.example")
    first = rig.gather()
    assert set(results(first).values()) == {"new"}, first.sentence
    assert first.sentence == "21 of 21 sources"
    rig.clock.moment += timedelta(days=1)
    rig.server.put("h0.example", "/feed", Stand(rss("one 0", "two 0"), etag='"other"'))
    second = rig.gather()
    assert results(second) == {name: "new" if name == "h0.example" else "unchanged" for name in results(second)}
    assert {n for n, count in rig.server.bodies.items() if count == 2} == {
        ("h0.example", "/feed"),
        ("plain.example", "/feed"),
    }
    assert rig.server.asked("h5.example")[1].headers["if-none-match"] == '"5"'
    assert rig.server.asked("h5.example")[1].headers["if-modified-since"] == "Fri"
    assert max(rig.server.most_at_once.values()) == 1


def test_validators_are_dropped_after_a_week_and_when_the_address_changes(rig: Rig) -> None:
    from newsletter.sources.keeping import SourceChange

    rig.server.put("a.example", "/feed", Stand(rss("one"), etag='"1"'))
    rig.server.put("a.example", "/other", Stand(rss("one"), etag='"1"'))
    source = rig.add("a.example")
    rig.gather()
    rig.clock.moment += timedelta(days=7, hours=1)
    assert results(rig.gather()) == {"a.example": "unchanged"}, "the same octets"
    assert rig.server.bodies["a.example", "/feed"] == 2
    change = SourceChange(address=rig.server.url("a.example", "/other"))
    rig.parts.sources.change(source.id, change, by=OPERATOR)
    assert results(rig.gather()) == {"a.example": "new"}, "it is read anew"
    assert "if-none-match" not in rig.server.asked("a.example")[-1].headers


def test_the_charset_of_a_header_counts_where_the_feed_names_none(rig: Rig) -> None:
    packed = Stand(rss("Žluťoučký kůň").decode().encode("cp1250"), content_type="text/xml; charset=windows-1250")
    rig.server.put("a.example", "/feed", packed)
    rig.add("a.example")
    (line,) = rig.gather().lines
    assert (line.result, line.words) == ("new", "")
    with rig.database.read() as session:
        assert session.scalars(select(Candidate.title)).all() == ["Žluťoučký kůň"]


def test_each_fault_is_a_result_of_its_own_and_the_others_are_unharmed(rig: Rig) -> None:
    bomb = b"<!DOCTYPE lolz [<!ENTITY lol 'lol'>" + b"".join(
        b"<!ENTITY lol%d '%s'>" % (n, b"&lol%s;" % (b"" if n == 1 else b"%d" % (n - 1)) * 10) for n in range(1, 10)
    )
    bomb += b"]><rss version='2.0'><channel><title>&lol9;</title></channel></rss>"
    attributes = b"<rss version='2.0' " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b"><channel/></rss>"
    stands = {
        "good.example": Stand(rss("one", "two")),
        "packed.example": Stand(rss("one", "two"), packs=True),
        "hangs.example": Stand(hangs=True),
        "drips.example": Stand(rss("one"), drips=0.05),
        "missing.example": refusal(404),
        "broken.example": refusal(500),
        "gone.example": refusal(410),
        "limited.example": refusal(429, "7200"),
        "busy.example": refusal(503, "60"),
        "down.example": refusal(503),
        "endless.example": Stand(b"<rss>" + b"x" * 1000, endless=True),
        "loops.example": redirect("/feed", 302),
        "private.example": redirect("http://10.0.0.1/feed", 301),
        "page.example": Stand(b"<!doctype html><html><head><title>No feed</title></head><body>Hello</body></html>"),
        "bomb.example": Stand(bomb),
        "attributes.example": Stand(attributes),
        "empty.example": Stand(b""),
        "gzip.example": Stand(gzip.compress(b"<rss>" + b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
        "long.example": Stand(rss(*(f"n{n}" for n in range(3_000)))),
        "cut.example": Stand(rss("one", "two"), breaks_off=200),
        "never.example": Stand(status=304),
    }
    for host, stand in stands.items():
        rig.server.put(host, "/feed", stand)
        rig.add(host)
    report = rig.gather()
    told = results(report)
    assert {name: told[name] for name in ("good.example", "packed.example")} == dict.fromkeys(
        ("good.example", "packed.example"), "new"
    )
    assert told["hangs.example"] == told["drips.example"] == "slow"
    assert told["long.example"] == "new" and lines(report)["long.example"].found <= 500
    for name in ("gzip", "missing", "broken", "down", "loops", "private", "cut", "never"):
        assert told[f"{name}.example"] == "refused", lines(report)[f"{name}.example"]
    assert told["endless.example"] in ("refused", "slow")
    assert told["gone.example"] == "gone"
    assert told["limited.example"] == told["busy.example"] == "limited"
    assert told["page.example"] == told["empty.example"] == "broken"
    assert told["attributes.example"] in ("slow", "broken", "new") and told["bomb.example"] in ("broken", "new")
    assert lines(report)["good.example"].found == lines(report)["packed.example"].found == 2
    assert report.sentence.startswith(f"{len(report.lines) - len(report.missing)} of {len(stands)} sources; missing: ")
    assert "private" not in str(lines(report)["good.example"])
    assert rig.row("limited.example").next_at == rig.clock.moment + timedelta(hours=2)
    assert rig.row("gone.example").state is SourceState.RESTING
    assert rig.row("missing.example").failures == 1


def test_a_redirect_for_good_is_proposed_after_three_runs_and_never_written_at_once(rig: Rig) -> None:
    rig.server.put("old.example", "/feed", redirect("/new"))
    rig.server.put("old.example", "/new", Stand(rss("one")))
    rig.server.put("part.example", "/feed", redirect("/next"))
    rig.server.put("part.example", "/next", redirect("/new", 302))
    rig.server.put("part.example", "/new", Stand(rss("one")))
    source = rig.add("old.example")
    rig.add("part.example")
    assert results(rig.gather())["old.example"] == "new"
    with pytest.raises(ConflictError):
        rig.parts.sources.accept_address(source.id, by=OPERATOR)
    assert results(rig.gather())["old.example"] == "unchanged"
    third = rig.gather()
    assert results(third) == {"old.example": "moved", "part.example": "unchanged"}
    assert third.missing == ()
    assert rig.row("old.example").address == rig.server.url("old.example", "/feed")
    rig.parts.sources.accept_address(source.id, by=OPERATOR)
    assert rig.row("old.example").address == rig.server.url("old.example", "/new")
    assert results(rig.gather())["old.example"] == "new"


def test_five_failures_in_a_row_rest_a_source_with_doubling_waits_and_one_notice(rig: Rig) -> None:
    from sqlalchemy import func, select

    from newsletter.model import Alarm
    from tests.web.seats import add_editor

    add_editor(rig.parts)
    rig.server.put("a.example", "/feed", refusal(404))
    rig.add("a.example")
    for _ in range(4):
        rig.gather()
    assert rig.row("a.example").state is SourceState.ACTIVE
    waits = []
    for _ in range(8):
        rig.gather()
        waits.append(rig.row("a.example").next_at - rig.clock.moment)  # type: ignore[operator]
    assert rig.row("a.example").state is SourceState.RESTING
    hours = [wait.total_seconds() / 3600 for wait in waits]
    assert hours == [1, 2, 4, 8, 16, 23, 23, 23]
    with rig.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Alarm)) == 1
        assert session.scalars(select(Alarm.url)).one().endswith(f"/desk/{rig.publication.slug}/sources")
    rig.server.put("a.example", "/feed", Stand(rss("one")))
    assert results(rig.gather()) == {"a.example": "new"}
    row = rig.row("a.example")
    assert (row.state, row.failures, row.told_at, row.next_at) == (SourceState.ACTIVE, 0, None, None)


def test_by_the_clock_those_that_wait_are_not_asked_and_stand_among_the_missing(rig: Rig) -> None:
    from newsletter.sources.gathering import all_that_do_not_wait

    rig.server.put("a.example", "/feed", refusal(410))
    rig.server.put("b.example", "/feed", Stand(rss("one")))
    rig.server.put("c.example", "/feed", refusal(429, "86400"))
    for host in ("a.example", "b.example", "c.example"):
        rig.add(host)
    rig.gather()
    asked = len(rig.server.asks)
    rig.clock.moment += timedelta(hours=2)
    report = rig.parts.gathering.gather_due(rig.publication.id, all_that_do_not_wait)
    assert len(rig.server.asks) == asked + 1
    assert [line.name for line in report.missing] == ["a.example", "c.example"]
    assert report.sentence.startswith("1 of 3 sources; missing: a.example (gone: not asked until ")


def test_a_run_of_one_source_tells_of_that_one_alone(rig: Rig) -> None:
    rig.server.put("a.example", "/feed", Stand(rss("one")))
    rig.server.put("b.example", "/feed", refusal(429, "86400"))
    for host in ("a.example", "b.example"):
        rig.add(host)
    rig.gather()
    report = rig.parts.gathering.gather(rig.publication.id, by=OPERATOR, source_id=rig.names["a.example"])
    assert (results(report), report.sentence) == ({"a.example": "unchanged"}, "1 of 1 sources")


def test_what_is_left_over_is_told_and_comes_first_next_time(rig: Rig) -> None:
    from dataclasses import replace

    for host in ("a.example", "b.example", "c.example"):
        rig.server.put(host, "/feed", Stand(rss("one"), waits=0.3))
        rig.add(host)
    short = replace(rig.parts.gathering.asking_all, threads=1, seconds=0.9)
    rig.parts.__dict__["gathering"] = replace(rig.parts.gathering, asking_all=short)
    first = rig.gather()
    left = [line.name for line in first.lines if line.result is GatherResult.LEFT]
    assert left and "a.example" not in left
    assert rig.row(left[0]).failures == 0
    rig.server.asks.clear()
    rig.gather()
    assert rig.server.asks[0].host == left[0]


def test_one_gathers_for_a_publication_at_a_time(rig: Rig) -> None:
    from newsletter.sources.gathering import lease_name
    from newsletter.store.delivery import leases

    rig.server.put("a.example", "/feed", Stand(rss("one")))
    rig.add("a.example")
    now = rig.clock.moment
    with rig.database.write() as session:
        assert leases.hold(session, lease_name(rig.publication.id), "other:1:1:x.1", now, now + timedelta(seconds=240))
    with pytest.raises(ConflictError, match="asked at this moment"):
        rig.gather()
    rig.clock.moment += timedelta(seconds=241)
    assert results(rig.gather()) == {"a.example": "new"}
