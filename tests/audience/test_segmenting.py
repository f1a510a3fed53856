"""Segments: what a rule says in SQL is what it says when it is read plainly, on both databases; and a rule that says nothing is refused in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from newsletter.audience.field_values import folded, read_value
from newsletter.audience.segmenting import MOST_SAMPLE, Segmenting, read_rule
from newsletter.errors import ConflictError, InputError
from newsletter.model import (
    AppliedReport,
    AuditEntry,
    Delivery,
    Edition,
    EditionLink,
    Event,
    FieldKind,
    FieldValue,
    IssueItem,
    ReaderField,
    Subscriber,
    Subscription,
    Tag,
    Tagging,
)
from newsletter.model.feedback import Blame, EventKind
from newsletter.model.segment import AllOf, AnyOf, FieldIs, HasTag, NoneOf, SegmentRule
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.store.audience import consents, segment_counts
from newsletter.store.audience import segments as store
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.segment_counts import FEW
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.zones import zone
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR

NOW = datetime(2026, 5, 9, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
TAGS, CITIES, SIZES = ("press", "early", "ä & ö"), ("Ulm", "Bonn", "ULM am See"), ("3", "41.5", "42")
SECTIONS = ("papers", "labs")
BORN, ISSUES, DOMAINS = ("1990-01-02", "2001-05-09"), (1, 2), ("one.example", "two.example")


@dataclass
class Known:
    """What is known of one reader, as plain values."""

    subscription_id: int
    subscriber_id: int
    joined: datetime
    domain: str
    first: tuple[str, str]
    tags: set[str] = field(default_factory=set)
    fields: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    got: set[int] = field(default_factory=set)
    clicked: set[int] = field(default_factory=set)
    read: list[tuple[str, datetime]] = field(default_factory=list)
    bounced: list[datetime] = field(default_factory=list)
    language: str = ""


def chosen(rule: SegmentRule, known: Known) -> bool:
    """Read a rule plainly."""
    told: dict[str, Any] = rule.model_dump()
    match rule.rule:
        case "all":
            return all(chosen(each, known) for each in rule.of)
        case "any":
            return any(chosen(each, known) for each in rule.of)
        case "none":
            return not any(chosen(each, known) for each in rule.of)
        case "tag":
            return told["key"] in known.tags
        case "field":
            return field_holds(told, known.fields.get(told["key"]))
        case "joined":
            since = told["since"] is None or known.joined >= datetime.combine(told["since"], datetime.min.time(), ZONE)
            before = told["before"] is None or known.joined < datetime.combine(
                told["before"], datetime.min.time(), ZONE
            )
            return since and before and (told["days"] is None or known.joined > NOW - timedelta(days=told["days"]))
        case "came by":
            action, place = known.first
            return action == {"form": "asked", "import": "imported"}[told["way"]] and told["place"] in ("", place)
        case "language":
            return bool(known.language == told["language"])
        case "got":
            return told["issue_id"] in known.got
        case "clicked":
            return told["issue_id"] in known.clicked
        case "section":
            since = NOW - timedelta(days=told["days"])
            return any(section == told["section"] and at > since for section, at in known.read)
        case "domain":
            return bool(known.domain == told["domain"])
        case "bounced":
            return any(at > NOW - timedelta(days=told["days"]) for at in known.bounced)
    raise AssertionError(rule)


def field_holds(told: dict[str, Any], held: tuple[str, float | None] | None) -> bool:
    if held is None:
        return False
    text, number = held
    match told["how"]:
        case "is":
            return bool(text == told["value"])
        case "begins":
            return text.startswith(told["value"])
        case "below":
            return number is not None and number < float(told["value"])
        case "above":
            return number is not None and number > float(told["value"])
    return True


def people(desk: Desk) -> list[Known]:
    """Store thirty readers of every kind; return what is known of those who are active."""
    known: list[Known] = []
    for _ in ISSUES:
        desk.join("first@else.example")
        desk.deliver("first@else.example")
    with desk.database.write() as session:
        for row in session.scalars(select(Subscription)):
            row.state = SubscriptionState.UNSUBSCRIBED
        tags = [Tag(publication_id=desk.publication_id, key=folded(name), name=name) for name in TAGS]
        kinds = {"city": FieldKind.TEXT, "size": FieldKind.NUMBER, "born": FieldKind.DATE, "pays": FieldKind.YES_NO}
        fields = {
            key: ReaderField(publication_id=desk.publication_id, key=key, title=key, kind=kind, created_at=NOW)
            for key, kind in kinds.items()
        }
        bodies = {"content": {}, "subject": "s", "html_octets": 1, "digest": "", "created_at": NOW}
        editions = [Edition(issue_id=issue, **bodies) for issue in ISSUES]
        session.add_all([*tags, *fields.values(), *editions])
        session.flush()
        for edition, section in zip(editions, SECTIONS, strict=True):
            told = {
                "publication_id": desk.publication_id,
                "section_slug": section,
                "kind": "paper",
                "position": 1,
                "content": {},
            }
            session.add(EditionLink(edition_id=edition.id, number=1, url="https://a.example/", item_key="waves"))
            session.add(IssueItem(issue_id=edition.issue_id, key="waves", title="Waves", dated=NOW.date(), **told))
        for n in range(30):
            domain, joined = DOMAINS[n % 2], NOW - timedelta(days=n * 3, hours=n % 5)
            person = Subscriber(
                address=f"r{n}@{domain}", address_hash=bytes([n] * 32), domain=domain, name="", created_at=joined
            )
            session.add(person)
            session.flush()
            state = SubscriptionState.PENDING if n % 11 == 10 else SubscriptionState.ACTIVE
            row = Subscription(
                publication_id=desk.publication_id,
                subscriber_id=person.id,
                state=state,
                created_at=joined,
                changed_at=joined,
                language=("", "de", "fr")[n % 3],
            )
            session.add(row)
            session.flush()
            action, place = (("asked", "form podcast"), ("imported", "list.csv"), ("asked", "form"))[n % 3]
            for at, said in ((joined, action), (NOW, "confirmed")):
                consents.add(session, [row.id], ConsentAction(said), at=at, place=place)
            each = Known(row.id, person.id, joined, domain, (action, place), language=row.language)
            for number, tag in enumerate(tags):
                if n % (number + 2) == 0:
                    session.add(Tagging(tag_id=tag.id, subscription_id=row.id))
                    each.tags.add(tag.key)
            given = {"city": CITIES[n % 3], "size": SIZES[n % 3], "born": BORN[n % 2], "pays": ("yes", "no")[n % 2]}
            for number, (key, text) in enumerate(given.items()):
                if (n + number) % 4:
                    value = read_value(kinds[key], text)
                    session.add(
                        FieldValue(
                            field_id=fields[key].id,
                            subscription_id=row.id,
                            text=value.text,
                            folded=value.folded,
                            number=value.number,
                        )
                    )
                    each.fields[key] = (value.folded, value.number)
            for number, issue in enumerate(ISSUES):
                states = (
                    DeliveryState.SUBMITTED,
                    DeliveryState.BOUNCED,
                    DeliveryState.DELIVERED,
                    DeliveryState.SKIPPED,
                )
                delivery = Delivery(
                    id=1000 + 2 * n + number,
                    issue_id=issue,
                    edition_id=editions[number].id,
                    subscriber_id=person.id,
                    state=states[(n + number) % 4],
                    changed_at=NOW,
                )
                session.add(delivery)
                if delivery.state in (DeliveryState.SUBMITTED, DeliveryState.DELIVERED):
                    each.got.add(issue)
                if n % 5 == number:
                    score = 90 if n % 10 == number else 10
                    session.add(
                        Event(
                            at=NOW - timedelta(days=n),
                            kind=EventKind.CLICK,
                            edition_id=editions[number].id,
                            delivery_id=delivery.id,
                            link=1,
                            score=score,
                        )
                    )
                    if score < 50:
                        each.clicked.add(issue)
                        each.read.append((SECTIONS[number], NOW - timedelta(days=n)))
            if n % 4 == 3:
                at = NOW - timedelta(days=n)
                words = {"reason": "", "effect": "", "blame": Blame.SENDER, "kind": "transient"}
                session.add(
                    AppliedReport(
                        mark=f"m{n}", at=at, subscriber_id=person.id, publication_id=desk.publication_id, **words
                    )
                )
                each.bounced.append(at)
            if state is SubscriptionState.ACTIVE:
                known.append(each)
    return known


LEAVES = st.one_of(
    st.builds(dict, rule=st.just("tag"), key=st.sampled_from([*TAGS, "nobody"])),
    st.builds(
        dict,
        rule=st.just("field"),
        key=st.just("city"),
        how=st.sampled_from(["is", "begins", "known"]),
        value=st.sampled_from([*CITIES, "ulm", "%", "_", "u"]),
    ),
    st.builds(
        dict,
        rule=st.just("field"),
        key=st.just("size"),
        how=st.sampled_from(["below", "above", "is", "known"]),
        value=st.sampled_from([*SIZES, "41", "0"]),
    ),
    st.builds(
        dict,
        rule=st.just("field"),
        key=st.just("born"),
        how=st.sampled_from(["below", "above", "is"]),
        value=st.sampled_from([*BORN, "1995-01-01"]),
    ),
    st.builds(
        dict,
        rule=st.just("field"),
        key=st.just("pays"),
        how=st.just("is"),
        value=st.sampled_from(["yes", "No", "true"]),
    ),
    st.builds(
        dict,
        rule=st.just("joined"),
        since=st.none() | st.dates(date(2026, 2, 1), date(2026, 5, 9)),
        before=st.none() | st.dates(date(2026, 2, 1), date(2026, 5, 9)),
        days=st.none() | st.integers(1, 90),
    ),
    st.builds(
        dict,
        rule=st.just("came by"),
        way=st.sampled_from(["form", "import"]),
        place=st.sampled_from(["", "form", "form podcast", "list.csv"]),
    ),
    st.builds(dict, rule=st.just("language"), language=st.sampled_from(["", "en", "de", "fr"])),
    st.builds(dict, rule=st.just("got"), issue_id=st.sampled_from([*ISSUES, 99])),
    st.builds(dict, rule=st.just("clicked"), issue_id=st.sampled_from([*ISSUES, 99])),
    st.builds(dict, rule=st.just("section"), section=st.sampled_from([*SECTIONS, "none"]), days=st.integers(1, 40)),
    st.builds(dict, rule=st.just("domain"), domain=st.sampled_from([*DOMAINS, "three.example"])),
    st.builds(dict, rule=st.just("bounced"), days=st.integers(1, 40)),
)
RULES = st.recursive(
    LEAVES,
    lambda inner: st.builds(dict, rule=st.sampled_from(["all", "any", "none"]), of=st.lists(inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture
def crowd(desk: Desk) -> Iterator[tuple[Desk, Segmenting, list[Known]]]:
    desk.clock.advance((NOW - desk.clock.now()).total_seconds())
    return desk, Segmenting(desk.database, desk.clock), people(desk)


@given(RULES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_and_a_plain_reading_of_a_rule_choose_the_same_people(crowd: Any, told: dict[str, Any]) -> None:
    desk, room, known = crowd
    with desk.database.read() as session:
        try:
            rule = room._fit(session, desk.publication_id, read_rule(told))
        except InputError:
            return
        scope = RuleScope(desk.publication_id, NOW, ZONE)
        count = segment_counts.count(session, rule, scope)
        ways = [store.sample(session, rule, scope, limit=1000, among=number) for number in (count, FEW + 1)]
        found = {reader.subscriber_id for reader in ways[0]}
        assert count == len(found) and (ways[0] == ways[1] or not count)
    assert found == {each.subscriber_id for each in known if chosen(rule, each)}


def test_a_segment_is_kept_changed_and_removed_with_entries_in_the_audit_trail(desk: Desk) -> None:
    room = Segmenting(desk.database, desk.clock)
    rule = NoneOf(of=(HasTag(key=" Press "),))
    made = room.add(desk.publication_id, "  Without   the press ", rule, by=OPERATOR)
    assert (made.name, made.rule["of"][0]["key"]) == ("Without the press", "press")
    with pytest.raises(ConflictError, match="there is such a segment"):
        room.add(desk.publication_id, "Without the press", rule, by=OPERATOR)
    room.change(made.id, "Without the press", AllOf(), by=OPERATOR)
    assert [each.rule["rule"] for each in room.all_of(desk.publication_id, by=OPERATOR)] == ["all"]
    room.remove(made.id, by=OPERATOR)
    assert list(room.all_of(desk.publication_id, by=OPERATOR)) == []
    with desk.database.read() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("segment.%"))).all()
    assert list(acts) == ["segment.add", "segment.change", "segment.remove"]


def test_everybody_and_nobody_are_segments_too(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        desk.join(f"{name}@example.org")
    room = Segmenting(desk.database, desk.clock)
    assert room.look(desk.publication_id, AllOf(), by=OPERATOR).count == 3
    assert room.look(desk.publication_id, AnyOf(), by=OPERATOR).count == 0
    assert len(room.look(desk.publication_id, NoneOf(), by=OPERATOR).sample) <= MOST_SAMPLE


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"rule": "tag"},
        {"rule": "tag", "key": ""},
        {"rule": "sql", "key": "1=1"},
        {"rule": "tag", "key": "a", "more": 1},
        {"rule": "joined", "days": 0},
        {"rule": "joined", "since": "yesterday"},
        {"rule": "field", "key": "a", "how": "like"},
        {"rule": "got", "issue_id": "x"},
        {"rule": "all", "of": [{"rule": "tag", "key": "a"}] * 50},
        {
            "rule": "all",
            "of": [
                {
                    "rule": "all",
                    "of": [{"rule": "all", "of": [{"rule": "all", "of": [{"rule": "all", "of": [{"rule": "all"}]}]}]}],
                }
            ],
        },
    ],
)
def test_what_is_no_rule_is_refused_in_words(told: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_rule(told)
    assert caught.value.remedy


def test_a_rule_of_a_field_must_fit_its_kind(desk: Desk) -> None:
    room = Segmenting(desk.database, desk.clock)
    with desk.database.write() as session:
        for key, kind in (("city", FieldKind.TEXT), ("size", FieldKind.NUMBER)):
            session.add(ReaderField(publication_id=desk.publication_id, key=key, title=key, kind=kind, created_at=NOW))
    for rule, said in (
        (FieldIs(key="shoe", value="1"), "there is no field"),
        (FieldIs(key="city", how="above", value="1"), "has no order"),
        (FieldIs(key="size", value="large"), "is no number"),
    ):
        with pytest.raises(InputError, match=said):
            room.add(desk.publication_id, "x", rule, by=OPERATOR)


@pytest.mark.parametrize(
    "told",
    [
        {"rule": "tag", "key": "press"},
        {"rule": "none", "of": [{"rule": "tag", "key": "press"}]},
        {"rule": "any", "of": [{"rule": "tag", "key": "press"}, {"rule": "field", "key": "city", "how": "known"}]},
        {"rule": "all", "of": []},
    ],
)
def test_what_an_index_knows_is_counted_without_a_look_at_subscriptions(small_desk: Desk, told: dict[str, Any]) -> None:
    plans: list[str] = []

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT count"):
            plans.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    with small_desk.database.read() as session:
        event.listen(small_desk.database.engine, "before_cursor_execute", explain)
        segment_counts.count(session, read_rule(told), RuleScope(small_desk.publication_id, NOW, ZONE))
    read = [plan for plan in plans if plan.startswith(("SCAN", "SEARCH"))]
    assert read
    assert [plan for plan in read if "COVERING INDEX" not in plan] == []


WORDS = st.text(max_size=210) | st.sampled_from(
    ["\x00", "a\x00b", "\x85", "\n", "\u2028", "\ud800", "\U0010ffff", "%", "' OR 1=1"]
)
NUMBERS = st.sampled_from([0, -1, 1, 99, 3660, 2**31, 2**63 - 1, 2**63, 10**30, -(2**63)]) | st.integers()
DAYS = st.none() | st.dates() | st.sampled_from([date.min, date.max, date(1970, 1, 1), date(2200, 12, 31)])
HOSTILE = st.one_of(
    st.builds(dict, rule=st.just("tag"), key=WORDS),
    st.builds(
        dict,
        rule=st.just("field"),
        key=st.sampled_from(["city", "size", "born", "pays"]) | WORDS,
        how=st.sampled_from(["is", "begins", "below", "above", "known"]),
        value=WORDS | NUMBERS.map(str) | st.sampled_from(["nan", "inf", "1e999", "9999-12-31", "0001-01-01"]),
    ),
    st.builds(dict, rule=st.just("joined"), since=DAYS, before=DAYS, days=st.none() | NUMBERS),
    st.builds(dict, rule=st.just("came by"), way=st.sampled_from(["form", "import"]), place=WORDS),
    st.builds(dict, rule=st.just("language"), language=WORDS),
    st.builds(dict, rule=st.sampled_from(["got", "clicked"]), issue_id=NUMBERS),
    st.builds(dict, rule=st.just("section"), section=WORDS, days=NUMBERS),
    st.builds(dict, rule=st.just("domain"), domain=WORDS),
    st.builds(dict, rule=st.just("bounced"), days=NUMBERS),
)


@given(
    HOSTILE, st.sampled_from(["", "all", "any", "none"]), st.sampled_from(["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
)
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_model_takes_can_be_counted(crowd: Any, told: dict[str, Any], group: str, place: str) -> None:
    desk, room, _ = crowd
    try:
        rule = read_rule({"rule": group, "of": [told]} if group else told)
    except InputError:
        return
    with desk.database.read() as session:
        # as it is counted for somebody who looks, and as it is asked where nobody fits it to the fields first
        scope = RuleScope(desk.publication_id, NOW, zone(place))
        if told["rule"] != "field" or told["how"] not in ("below", "above"):
            segment_counts.count(session, rule, scope)
            store.sample(session, rule, scope, limit=5, among=FEW + 1)
    with contextlib.suppress(InputError):
        room.look(desk.publication_id, rule, by=OPERATOR)


@pytest.mark.parametrize(
    "told",
    [
        {"rule": "got", "issue_id": 10**30},
        {"rule": "clicked", "issue_id": 0},
        {"rule": "tag", "key": "a\x00b"},
        {"rule": "came by", "way": "form", "place": "\x00"},
        {"rule": "domain", "domain": "a\x1fb"},
        {"rule": "language", "language": "\x00"},
        {"rule": "field", "key": "city", "value": "\x00"},
        {"rule": "joined", "since": "0001-01-01"},
        {"rule": "joined", "before": "9999-12-31"},
    ],
)
def test_what_no_database_can_be_asked_is_no_rule(told: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_rule(told)
