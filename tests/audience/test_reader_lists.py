"""Readers are found by what they are, whether few are looked at or many walked through, and a page costs the same at any size."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from newsletter.audience.reader_lists import ReaderLists, TypedFilter
from newsletter.audience.segmenting import Segmenting, read_rule
from newsletter.errors import InputError
from newsletter.model import (
    AppliedReport,
    ConsentRecord,
    FieldKind,
    FieldValue,
    ReaderField,
    Subscriber,
    Subscription,
    Tag,
    Tagging,
)
from newsletter.model.feedback import Blame
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.segment import AnyOf, BouncedLately, CameBy, FieldIs, HasTag, Joined, NoneOf
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import reader_search
from newsletter.store.audience.segment_rules import RuleScope
from tests.audience.conftest import Desk
from tests.audience.test_segmenting import NOW, RULES, ZONE, Known, chosen, people
from tests.parts.looking import looking

FEW, MANY = 300, 3_000


@pytest.fixture
def crowd(desk: Desk) -> tuple[Desk, Segmenting, list[Known]]:
    desk.clock.advance((NOW - desk.clock.now()).total_seconds())
    return desk, Segmenting(desk.database, desk.clock), people(desk)


def all_pages(desk: Desk, wanted: ReaderFilter, limit: int = 7) -> list[int]:
    """Return the readers of all pages, in their order."""
    found: list[int] = []
    after = None
    for _ in range(60):
        with desk.database.read() as session:
            scope = RuleScope(desk.publication_id, NOW, ZONE)
            page = reader_search.page(session, wanted, scope, after=after, limit=limit)
        found += [row.subscriber_id for row in page.rows]
        after = page.after
        if after is None:
            return found
    raise AssertionError("the pages do not end")


@given(told=RULES, sizes=st.sampled_from([(10_000, (200, 2_000, 7_800)), (3, (2, 5)), (0, (1, 3, 9))]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_list_shows_exactly_whom_its_rules_choose_on_whichever_way_it_looks(
    crowd: Any, told: dict[str, Any], sizes: tuple[int, tuple[int, ...]]
) -> None:
    desk, room, known = crowd
    with desk.database.read() as session:
        try:
            rule = room._fit(session, desk.publication_id, read_rule(told))
        except InputError:
            return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_search, "MOST_EXACT", sizes[0])
        patch.setattr(reader_search, "_HANDFULS", sizes[1])
        found = all_pages(desk, ReaderFilter(state=SubscriptionState.ACTIVE, rules=(rule,)))
    assert len(found) == len(set(found))
    assert set(found) == {each.subscriber_id for each in known if chosen(rule, each)}


def test_an_address_a_name_and_a_domain_are_found_by_their_beginnings_in_any_case(desk: Desk) -> None:
    rows = [("ada@pear.example", "Ada Lovelace"), ("Bea@pear.example", ""), ("cy@plum.example", "ada")]
    desk.import_list([{"email": a, "name": n} for a, n in rows], consent="x", confirmed=True)
    expected = {
        "ada": {1, 3}, "ADA": {1, 3}, "ada l": {1}, "ada@": {1}, "bea": {2}, "BEA@": {2}, "Bea@PEAR.example": {2},
        "@plum.example": {3}, "@pear": set(), "%": set(), "_": set(), "lovelace": set(), "zz": set(),
    }  # fmt: skip
    assert {words: set(all_pages(desk, ReaderFilter(words=words))) for words in expected} == expected


class Many:
    """A publication with ever more readers, all of them older than those that a page shows."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self._there = desk, 0
        own = {"publication_id": desk.publication_id}
        with desk.database.write() as session:
            session.add_all([Tag(id=n, key=key, name=key, **own) for n, key in ((1, "common"), (2, "rare"))])
            session.add(ReaderField(id=1, key="city", title="City", kind=FieldKind.TEXT, created_at=NOW, **own))
        self.grow(FEW)

    def grow(self, count: int) -> None:
        span = range(self._there + 1, count + 1)
        self._there = count
        with self.desk.database.write() as session:
            for table, row in _ROWS.items():
                rows = [row(n, self.desk.publication_id) for n in span]
                session.connection().execute(insert(table.__table__), rows)  # type: ignore[attr-defined]
            if span[0] == 1:
                session.connection().execute(insert(Tagging.__table__), [{"tag_id": 2, "subscription_id": 7}])  # type: ignore[arg-type]
        if self.desk.database.is_postgresql:
            with self.desk.database.write() as session:
                session.execute(text("ANALYZE"))


def _person(n: int, _: int) -> dict[str, Any]:
    domain = "gmail.example" if n % 2 else f"d{n % 40}.example"
    known = {"address": f"r{n}@{domain}", "address_hash": n.to_bytes(32, "big"), "domain": domain, "created_at": NOW}
    return known | {"id": n, "name": f"Ada {n}"}


def _standing(n: int, publication_id: int) -> dict[str, Any]:
    state = ("active", "active", "pending", "unsubscribed")[n % 4]
    own = {"id": n, "publication_id": publication_id, "subscriber_id": n, "state": state, "tracking": "unknown"}
    came = {"came_by": "imported", "came_place": "list.csv"}
    return own | came | {"created_at": NOW - timedelta(days=n), "changed_at": NOW}


def _record(n: int, _: int) -> dict[str, Any]:
    return {"subscription_id": n, "action": "imported", "at": NOW, "place": "list.csv", "ip": "", "wording": ""}


def _report(n: int, _: int) -> dict[str, Any]:
    words = {"reason": "", "effect": "", "blame": Blame.READER.value, "kind": "permanent"}
    return {"mark": f"m{n}", "at": NOW - timedelta(days=40), "subscriber_id": n} | words


_ROWS: dict[type, Any] = {
    Subscriber: _person,
    Subscription: _standing,
    ConsentRecord: _record,
    Tagging: lambda n, _: {"tag_id": 1, "subscription_id": n},
    FieldValue: lambda n, _: {"field_id": 1, "subscription_id": n, "text": f"c{n % 9}", "folded": f"c{n % 9}"},
    AppliedReport: _report,
}
F = ReaderFilter
LISTS = {
    "everybody": F(),
    "the active": F(state=SubscriptionState.ACTIVE),
    "those who wait": F(state=SubscriptionState.PENDING),
    "those who left": F(state=SubscriptionState.UNSUBSCRIBED),
    "many addresses": F(words="r"),
    "one address": F(words="r299@"),
    "no address": F(words="nobody@"),
    "many names": F(words="ada"),
    "no name": F(words="bea"),
    "many of a domain": F(words="@gmail.example"),
    "no domain": F(words="@nowhere.example"),
    "a common tag": F(rules=(HasTag(key="common"),)),
    "a rare tag": F(rules=(HasTag(key="rare"),)),
    "no tag": F(rules=(HasTag(key="unknown"),)),
    "a value": F(rules=(FieldIs(key="city", value="c3"),)),
    "no value": F(rules=(FieldIs(key="city", value="zz"),)),
    "a list": F(rules=(CameBy(way="import"),)),
    "no form": F(rules=(CameBy(way="form", place="form:podcast"),)),
    "bounced lately": F(rules=(BouncedLately(days=30),)),
    "joined lately": F(rules=(Joined(days=30),)),
    "joined in another year": F(rules=(Joined(since=(NOW + timedelta(days=400)).date()),)),
    "two that nobody is": F(state=SubscriptionState.PENDING, words="@gmail.example"),
    "a segment of any": F(rules=(AnyOf(of=(HasTag(key="rare"), FieldIs(key="city", value="zz"))),)),
    "a segment of none": F(rules=(NoneOf(of=(HasTag(key="common"), FieldIs(key="city", how="known"))),)),
}


def test_no_list_costs_more_for_readers_whom_it_does_not_show(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_search, "MOST_EXACT", 60)
    monkeypatch.setattr(reader_search, "_HANDFULS", (30, 90))
    many = Many(desk)
    scope = RuleScope(desk.publication_id, NOW, ZONE)

    def ask(wanted: ReaderFilter) -> None:
        with desk.database.read() as session:
            reader_search.page(session, wanted, scope, after=None, limit=20)

    def costs() -> dict[str, int]:
        found = {}
        for name, wanted in LISTS.items():
            ask(wanted)
            with looking(desk.database, "") as looked:
                ask(wanted)
            found[name] = looked[0]
        return found

    few = costs()
    many.grow(MANY)
    grown = {name: (few[name], cost) for name, cost in costs().items() if cost > 1.5 * few[name] + 120}
    assert grown == {}


@pytest.mark.parametrize("typed", [{"tag": "a\x00b"}, {"source": "form:\x00"}], ids=str)
def test_what_no_database_can_be_asked_is_refused_in_words(small_desk: Desk, typed: dict[str, str]) -> None:
    room = ReaderLists(small_desk.database, small_desk.clock)
    with pytest.raises(InputError):
        room.read(small_desk.publication_id, TypedFilter(**typed))
