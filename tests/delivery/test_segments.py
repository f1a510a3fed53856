"""An issue that is meant for a segment goes to its active readers and to nobody else, whatever changes between choosing and sending."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from newsletter.audience.keeping_fields import FieldKeeping, FieldWish
from newsletter.audience.segmenting import Segmenting
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.delivery.sending_later import SendingLater
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.issues import questions
from newsletter.issues.choosing_audience import ChoosingAudience
from newsletter.issues.looking_over import LookingOver
from newsletter.issues.parsing import parse_issue
from newsletter.issues.questions import OutgoingIssue
from newsletter.mail.address import address_hash
from newsletter.model import (
    FieldKind,
    Issue,
    IssueItem,
    PlanRecord,
    Publication,
    ReaderField,
    Subscription,
    Suppression,
    Tag,
    Tagging,
)
from newsletter.model.segment import AllOf, Clicked, FieldIs, Got, HasTag, NoneOf, ReadSection, SegmentRule
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.transports.memory import MemoryTransport
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR
from tests.parts.engines import send_all
from tests.parts.ledger import add_issue, add_publication, add_readers


def tagged(engine: Engine, publication: Publication, domain: str, count: int) -> list[int]:
    """Add readers who bear the tag `press`; return their ids."""
    ids = add_readers(engine.database, engine.clock, publication, count, domain)
    with engine.database.write() as session:
        tag = session.scalar(select(Tag).where(Tag.publication_id == publication.id))
        if tag is None:
            tag = Tag(publication_id=publication.id, key="press", name="press")
            session.add(tag)
            session.flush()
        for row in session.scalars(select(Subscription).where(Subscription.subscriber_id.in_(ids))):
            session.add(Tagging(tag_id=tag.id, subscription_id=row.id))
    return list(ids)


def meant_for_the_press(engine: Engine, publication: Publication, issue: Issue) -> None:
    with engine.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.DRAFT))
    room = Segmenting(engine.database, engine.clock)
    segment = room.add(publication.id, "The press", HasTag(key="press"), by=OPERATOR)
    ChoosingAudience(engine.database, engine.clock).choose(issue.id, segment.id, by=OPERATOR)
    room.change(segment.id, "Everybody else", NoneOf(of=(HasTag(key="press"),)), by=OPERATOR)
    room.remove(segment.id, by=OPERATOR)
    with engine.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.SCHEDULED))


def got(transport: MemoryTransport) -> list[str]:
    return sorted(envelope.rcpt_to for envelope in transport.envelopes)


def test_only_the_active_readers_of_the_segment_get_it_and_the_sums_say_so(
    engine: Engine, transport: MemoryTransport
) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 9, "others.example")
    press = tagged(engine, publication, "press.example", 6)
    issue = add_issue(engine.database, engine.clock, publication)
    meant_for_the_press(engine, publication, issue)
    with engine.database.write() as session:
        left = update(Subscription).where(Subscription.subscriber_id == press[0])
        session.execute(left.values(state=SubscriptionState.UNSUBSCRIBED))
        address, now = "reader1@press.example", engine.clock.now()
        session.add(Suppression(address_hash=address_hash(address), address=address, reason="manual", created_at=now))
    send_all(engine)
    assert got(transport) == [f"reader{n}@press.example" for n in range(2, 6)]
    with engine.database.read() as session:
        plan = session.get_one(PlanRecord, issue.id)
    told = (plan.candidates, plan.planned, plan.excluded_standing, plan.excluded_suppressed)
    assert told == (6, 4, 1, 1)
    assert plan.audience is not None
    assert plan.audience["name"] == "The press"


def test_one_more_send_goes_to_those_of_the_segment_who_joined_since(
    engine: Engine, transport: MemoryTransport
) -> None:
    publication = add_publication(engine.database, engine.clock)
    tagged(engine, publication, "press.example", 3)
    issue = add_issue(engine.database, engine.clock, publication)
    meant_for_the_press(engine, publication, issue)
    send_all(engine)
    add_readers(engine.database, engine.clock, publication, 5, "others.example")
    later = SendingLater(engine.database, engine.clock, 4)
    with pytest.raises(ConflictError, match="nobody joined since"):
        later.send(issue.id, by=OPERATOR)
    tagged(engine, publication, "late.example", 2)
    assert later.send(issue.id, by=OPERATOR) == 2
    send_all(engine)
    assert len(got(transport)) == len(set(got(transport))) == 5
    assert not any("others" in address for address in got(transport))


def test_everyone_is_meant_again_once_nobody_is_chosen(engine: Engine, transport: MemoryTransport) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 3)
    issue = add_issue(engine.database, engine.clock, publication)
    meant_for_the_press(engine, publication, issue)
    with engine.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.DRAFT))
    ChoosingAudience(engine.database, engine.clock).choose(issue.id, None, by=OPERATOR)
    with engine.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.SCHEDULED))
    send_all(engine)
    assert len(got(transport)) == 3


def test_only_a_draft_changes_whom_it_goes_to_and_only_to_a_segment_of_its_own_publication(engine: Engine) -> None:
    one = add_publication(engine.database, engine.clock)
    issue = add_issue(engine.database, engine.clock, one)
    segment = Segmenting(engine.database, engine.clock).add(one.id, "All", AllOf(), by=OPERATOR)
    room = ChoosingAudience(engine.database, engine.clock)
    with pytest.raises(ConflictError, match="whom it goes to stands"):
        room.choose(issue.id, segment.id, by=OPERATOR)
    with engine.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.DRAFT))
    with pytest.raises(NotFoundError):
        room.choose(issue.id, segment.id + 99, by=OPERATOR)
    assert room.choose(issue.id, segment.id, by=OPERATOR).audience is not None


def moved(engine: Engine, issue: Issue, state: IssueState) -> None:
    with engine.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=state))


def chosen_once(engine: Engine, publication: Publication, issue: Issue, rule: SegmentRule) -> None:
    """Let a draft go to a segment, and remove that: the issue alone has its rule."""
    moved(engine, issue, IssueState.DRAFT)
    room = Segmenting(engine.database, engine.clock)
    segment = room.add(publication.id, "Not there", rule, by=OPERATOR)
    ChoosingAudience(engine.database, engine.clock).choose(issue.id, segment.id, by=OPERATOR)
    room.remove(segment.id, by=OPERATOR)


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED])
def test_a_field_stays_while_an_issue_that_has_not_gone_out_asks_for_it(engine: Engine, state: IssueState) -> None:
    publication = add_publication(engine.database, engine.clock)
    issue = add_issue(engine.database, engine.clock, publication)
    keeping = FieldKeeping(engine.database, engine.clock)
    field = keeping.add(publication.id, FieldWish("Size", FieldKind.NUMBER), by=OPERATOR)
    chosen_once(engine, publication, issue, NoneOf(of=(NoneOf(of=(FieldIs(key="size", how="above", value="3"),)),)))
    moved(engine, issue, state)
    for act in (
        lambda: keeping.remove(field.id, by=OPERATOR),
        lambda: keeping.change(field.id, FieldWish("Size", FieldKind.TEXT), by=OPERATOR),
    ):
        with pytest.raises(ConflictError, match=f"the issue '{issue.slug}', which goes to 'Not there', asks for it"):
            act()
    moved(engine, issue, IssueState.SENT)
    keeping.remove(field.id, by=OPERATOR)


@pytest.mark.parametrize(
    "rule",
    [
        FieldIs(key="size", how="known"),
        FieldIs(key="size", how="below", value="3"),
        Got(issue_id=1),
        Clicked(issue_id=1),
        ReadSection(section="papers"),
    ],
    ids=repr,
)
def test_a_rule_that_names_what_is_gone_chooses_nobody_and_says_so(
    engine: Engine, transport: MemoryTransport, rule: SegmentRule
) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 3)
    gone, issue = (add_issue(engine.database, engine.clock, publication, slug) for slug in ("gone", "goes"))
    assert gone.id == 1
    item = {
        "kind": "paper",
        "position": 1,
        "key": "waves",
        "title": "Waves",
        "dated": engine.clock.now().date(),
        "content": {},
    }
    with engine.database.write() as session:
        session.add(IssueItem(issue_id=1, publication_id=publication.id, section_slug="papers", **item))
    FieldKeeping(engine.database, engine.clock).add(publication.id, FieldWish("Size", FieldKind.NUMBER), by=OPERATOR)
    chosen_once(engine, publication, issue, NoneOf(of=(rule,)))
    with engine.database.write() as session:
        session.execute(delete(Issue).where(Issue.id == gone.id))
        if rule.rule == "field" and rule.how == "below":
            session.execute(update(ReaderField).values(kind=FieldKind.TEXT))
        else:
            session.execute(delete(ReaderField))
    with pytest.raises(InputError, match=r"names a|there is no field|has no order"):
        Segmenting(engine.database, engine.clock).look(publication.id, NoneOf(of=(rule,)), by=OPERATOR)
    with engine.database.read() as session:
        draft = session.get_one(Issue, issue.id)
        document = parse_issue(issue_text(), source="x.md")
        outgoing = OutgoingIssue(draft, document, session.get_one(Publication, publication.id))
        now = engine.clock.now()
        found = questions.ask(session, outgoing, day=now.date(), now=now)
        assert [each.what for each in found if each.rule == "lost-segment" and each.severity == "stop"]
    look = LookingOver(engine.database, engine.clock, None, Settings(_env_file=None))  # type: ignore[arg-type]
    assert look.before_sending(outgoing, day=now.date(), now=now).audience.planned == 0
    moved(engine, issue, IssueState.SCHEDULED)
    send_all(engine)
    assert got(transport) == []
    with engine.database.read() as session:
        assert session.get_one(Issue, issue.id).state is IssueState.SCHEDULED


def test_a_tag_that_nobody_bears_is_borne_by_nobody(engine: Engine, transport: MemoryTransport) -> None:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 3)
    issue = add_issue(engine.database, engine.clock, publication)
    chosen_once(engine, publication, issue, NoneOf(of=(HasTag(key="never seen"),)))
    moved(engine, issue, IssueState.SCHEDULED)
    send_all(engine)
    assert len(got(transport)) == 3
