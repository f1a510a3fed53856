"""Our own list travels whole: whoever left, waits or complained does so in the other house too."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from newsletter import csv_guard
from newsletter.audience import erasure
from newsletter.audience.exporting import COLUMNS
from newsletter.audience.import_report import ImportReport
from newsletter.audience.list_file import read_csv
from newsletter.audience.tracking_consent import TrackingConsent
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError, TokenError
from newsletter.mail.address import address_hash
from newsletter.model import Base, ConsentRecord
from newsletter.model.states import Consent, SubscriptionState
from newsletter.rendering.renderer import Renderer
from newsletter.resources import TEMPLATES
from newsletter.store.audience import suppressions
from newsletter.store.database import Database
from newsletter.tokens import Signer
from tests.audience.conftest import Desk
from tests.audience.test_standing import PlainRenderer
from tests.audience.waiting_list import decline, line_up, work
from tests.parts.actors import OPERATOR
from tests.parts.empty import empty_postgres, empty_sqlite
from tests.parts.first_records import agree
from tests.parts.long_form import often

__all__ = ["empty_postgres", "empty_sqlite"]


def exported(desk: Desk) -> str:
    return written(desk.export())


def written(rows: Iterable[Mapping[str, str]]) -> str:
    return "".join(csv_guard.lines(COLUMNS, ([row[c] for c in COLUMNS] for row in rows)))


def pending_since_now(desk: Desk) -> list[dict[str, str]]:
    """Return what a house has that took all this in now: who is pending there is so since then."""
    since = {"changed_at": desk.clock.now().isoformat()}
    return [row | since if row["state"] == "pending" else row for row in desk.export()]


def take(desk: Desk, content: str) -> ImportReport:
    """Take a list in, and ask nobody."""
    return desk.import_list(read_csv(io.BytesIO(content.encode())), place="own.csv")


def fill(desk: Desk) -> None:
    """Everybody there can be: active, pending, gone, complained, bounced, ruled out, tracked, forgotten, with odd names."""
    for number, name in enumerate(["ada", "bob", "cleo", "dora", "eve", "fred"]):
        desk.subscribe(
            f"{name}@example.org", ip=f"192.0.2.{number}", name='=HYPERLINK("x")' if name == "ada" else "O'Neill"
        )
        if name != "bob":
            desk.confirm(desk.token())
        desk.clock.advance(1.5)
    desk.unsubscribe(desk.deliver("cleo@example.org"))
    desk.suppressing.suppress("dora@example.org", publication_id=desk.publication_id, reason="complaint", by=OPERATOR)
    desk.suppressing.suppress("eve@example.org", reason="mailboxfull", by=OPERATOR)
    desk.suppressing.suppress("stranger@example.org", reason="manual", by=OPERATOR)
    tracking = TrackingConsent(desk.database, desk.clock, desk.signer)
    tracking.decide_for("ada@example.org", desk.publication_id, Consent.GRANTED, by=OPERATOR)
    erasure.forget(desk.database, clock=desk.clock, address="fred@example.org", by=OPERATOR)
    known = 'email,Tags,Lieblings Ort\nada@example.org,"b;Ä, c;a",=1+1\ncleo@example.org,a,"Ulm\n<b>"\n'
    desk.import_list(read_csv(io.BytesIO(known.encode())), consent="at the fair", confirmed=True, place="known.csv")


@pytest.fixture
def other_desk(request: pytest.FixtureRequest, clock: SettableClock, signer: Signer, renderer: Renderer) -> Desk:
    """A second house, on the database that the test names."""
    database: Database = request.getfixturevalue(request.param)
    Base.metadata.create_all(database.engine)
    return Desk(database, clock, signer, renderer)


@pytest.mark.parametrize("other_desk", ["empty_sqlite", "empty_postgres"], indirect=True)
def test_export_import_export_is_equal_on_both_databases_and_across(desk: Desk, other_desk: Desk) -> None:
    fill(desk)
    before = exported(desk)
    desk.clock.advance(7)
    take(other_desk, before)
    # who is pending is so since they came here: what never was confirmed goes after days that are counted here
    there = written(pending_since_now(desk))
    assert exported(other_desk) == there
    assert other_desk.state("ada@example.org") is SubscriptionState.ACTIVE
    assert other_desk.state("bob@example.org") is SubscriptionState.PENDING
    assert other_desk.state("cleo@example.org") is SubscriptionState.UNSUBSCRIBED
    take(other_desk, before)
    assert exported(other_desk) == there
    take(desk, before)
    assert exported(desk) == before


@pytest.mark.parametrize("other_desk", ["empty_sqlite"], indirect=True)
def test_a_list_of_a_release_before_tags_is_taken_in_too(desk: Desk, other_desk: Desk) -> None:
    fill(desk)
    rows = [{**row, "tags": "", "fields": ""} for row in desk.export()]
    old = COLUMNS[:-2]
    take(other_desk, "".join(csv_guard.lines(old, ([row[c] for c in old] for row in rows))))
    assert list(other_desk.export()) == [row | {"tags": "", "fields": ""} for row in pending_since_now(desk)]


def test_who_left_here_since_the_export_stays_gone(desk: Desk) -> None:
    desk.join()
    before = exported(desk)
    desk.clock.advance(60)
    desk.unsubscribe(desk.deliver())
    assert take(desk, before).unsubscribed == 1
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


def test_who_was_forgotten_since_the_export_stays_forgotten(desk: Desk) -> None:
    desk.join()
    before = exported(desk)
    erasure.forget(desk.database, clock=desk.clock, address="reader@example.org", by=OPERATOR)
    assert take(desk, before).suppressed == 1
    assert "reader@example.org" not in exported(desk)


def test_our_own_list_takes_no_words_of_standing(small_desk: Desk) -> None:
    with pytest.raises(InputError, match="says itself"):
        small_desk.import_list(
            read_csv(io.BytesIO((",".join(COLUMNS) + "\n").encode())), place="own.csv", states=["pending=active"]
        )


@pytest.mark.parametrize("column", ["state", "tracking", "created_at", "changed_at", "consent", "suppressions"])
@pytest.mark.parametrize("wrong", ["fnord", "[1]", '{"a":1}', "["])
def test_a_spoilt_cell_makes_nobody_a_reader(small_desk: Desk, column: str, wrong: str) -> None:
    small_desk.join()
    (row,) = csv.DictReader(exported(small_desk).splitlines())
    row |= {"email": "new@example.org", column: wrong}
    content = "".join(csv_guard.lines(COLUMNS, [[row[c] for c in COLUMNS]]))
    assert take(small_desk, content).unusable == 1
    assert small_desk.state("new@example.org") is None


def test_an_own_list_that_breaks_off_is_refused_whole(small_desk: Desk) -> None:
    small_desk.join()
    small_desk.subscribe("second@example.org", ip="192.0.2.9")
    whole = exported(small_desk)
    erased = whole.replace("@example.org", "@example.net")
    last = erased.splitlines()[-1]
    for cut in range(1, last.count(",") + 1):
        broken = erased[: -len(last) - 1] + ",".join(last.split(",")[:cut])
        with contextlib.suppress(InputError):
            report = take(small_desk, broken)
            assert report.unusable == 1
        assert small_desk.state("second@example.net") is None


_ADDRESSES = st.sampled_from(["ada@example.org", "bob@example.org"])
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "join",
                "subscribe",
                "plain",
                "pending",
                "left there",
                "leave",
                "bounce",
                "complain",
                "forget",
                "let back",
                "ask",
                "work",
                "pending, ask, work",
                "decline",
                "export",
                "take",
            ]
        ),
        st.integers(0, 1),
        _ADDRESSES,
    ),
    max_size=16,
)


@given(_STEPS)
@settings(max_examples=often(40, 160), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_order_nobody_who_left_is_mailed(steps: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = SettableClock()
        desks = [_quick_desk(Path(folder) / f"{n}.db", clock) for n in (0, 1)]
        lists: list[tuple[str, dict[str, datetime], set[str]]] = []
        houses = [_House(desk) for desk in desks]
        for what, place, address in steps:
            clock.advance(61)
            house = houses[place]
            if what == "export":
                lists.append((exported(house.desk), dict(house.gone), set(house.asked)))
            elif what == "take" and lists:
                content, left, asked = lists[-1]
                take(house.desk, content)
                house.asked |= asked
                # Whoever left there is gone here too, unless they confirmed here since.
                house.gone |= {who: at for who, at in left.items() if house.confirmed.get(who, at) <= at}
            else:
                for each in what.split(", "):
                    _move(house, each, address)
            for each in houses:
                for who in each.gone:
                    assert each.desk.state(who) is not SubscriptionState.ACTIVE or _is_held(each.desk, who), (
                        steps,
                        who,
                    )
        for desk in desks:
            agree(desk.database)
            desk.database.close()


@dataclass
class _House:
    """A service, and when each person left it, or confirmed by their own word, last."""

    desk: Desk
    gone: dict[str, datetime] = field(default_factory=dict)
    confirmed: dict[str, datetime] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Who was invited by this house, or by another as far as its lists told."""


def _move(house: _House, what: str, address: str) -> None:
    desk = house.desk
    now = desk.clock.now()
    desk.buckets = type(desk.buckets)(desk.clock)
    if what in ("join", "subscribe"):
        before = len(desk.notices())
        desk.subscribe(address)
        if what == "join" and [n for n in desk.notices()[before:] if n.kind == "confirm"]:
            with contextlib.suppress(TokenError, ConflictError):
                desk.confirm(desk.token())
                house.gone.pop(address, None)
                house.confirmed[address] = now
    elif what == "plain":
        _load(desk, address)
    elif what == "pending":
        _load(desk, address, confirmed=False)
    elif what == "let back":
        with contextlib.suppress(NotFoundError):
            desk.suppressing.lift(address, by=OPERATOR)
            house.gone.pop(address, None)
    elif what in ("ask", "work", "decline"):
        _invite(house, what, address)
    elif what == "left there":
        _load(desk, address, "unsubscribed")
        if desk.state(address) is SubscriptionState.UNSUBSCRIBED:
            house.gone[address] = now
    elif what == "leave" and desk.state(address) is SubscriptionState.ACTIVE:
        desk.unsubscribe(desk.deliver(address))
        house.gone[address] = now
    elif what in ("bounce", "complain"):
        reason, scope = ("mailboxfull", None) if what == "bounce" else ("complaint", desk.publication_id)
        desk.suppressing.suppress(address, publication_id=scope, reason=reason, by=OPERATOR)
        house.gone[address] = now
    elif what == "forget":
        with contextlib.suppress(NotFoundError):
            erasure.forget(desk.database, clock=desk.clock, address=address, by=OPERATOR)
            house.gone[address] = now


def _invite(house: _House, what: str, address: str) -> None:
    """Nobody who left is asked, nobody twice, and a no is a goodbye."""
    desk = house.desk
    if what == "ask":
        line_up(desk)
    elif what == "work":
        before = {notice.id for notice in desk.notices()}
        work(desk)
        for notice in desk.notices():
            if notice.id not in before:
                assert notice.to_address not in house.asked | house.gone.keys()
                house.asked.add(notice.to_address)
    else:
        for notice in desk.notices():
            if notice.kind == "invite" and notice.to_address == address:
                decline(desk, notice.text.rpartition("/")[2])
                house.gone[address] = desk.clock.now()


def _load(desk: Desk, address: str, word: str = "active", *, confirmed: bool = True) -> None:
    desk.import_list(
        [{"email": address, "status": word}], consent="yes", confirmed=confirmed, place="list", states=["active=active"]
    )


def _is_held(desk: Desk, address: str) -> bool:
    with desk.database.read() as session:
        return suppressions.is_suppressed(session, address_hash(address), desk.publication_id, desk.clock.now())


def _quick_desk(path: Path, clock: SettableClock) -> Desk:
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    Base.metadata.create_all(database.engine)
    return Desk(database, clock, Signer(b"a secret for tests only"), PlainRenderer(TEMPLATES))


def test_consent_records_travel_in_their_order(desk: Desk) -> None:
    desk.join()
    assert desk.count(ConsentRecord) == 2
    assert exported(desk).index("asked") < exported(desk).index("confirmed")
