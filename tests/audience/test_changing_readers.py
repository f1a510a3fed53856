"""Many readers are changed at once and put back exactly: who left, came back, was ruled out or was changed since is left alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from newsletter.audience import erasure
from newsletter.audience.change_rounds import ChangeRounds
from newsletter.audience.changing_readers import MOST_AT_ONCE, UNDO, ChangingReaders, WantedChange
from newsletter.audience.reader_lists import ReaderLists, TypedFilter
from newsletter.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from newsletter.model import AuditEntry, ChangedReader, ReaderChange, Subscriber, Subscription, Tag, Tagging
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.reader_change import ReaderChangeKind, ReaderChangeState
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents, reader_changes
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR

EVERYBODY = ReaderFilter()
ACTIVE, GONE = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED


def fill(desk: Desk, count: int = 6) -> list[str]:
    """Bring readers in, all active; return their addresses."""
    people = [f"r{n}@pear.example" for n in range(count)]
    rows = [{"email": each, "name": ""} for each in people]
    desk.import_list(rows, consent="Asked at the fair", confirmed=True)
    return people


def changing(desk: Desk) -> ChangingReaders:
    return ChangingReaders(desk.database, desk.clock)


def begin(desk: Desk, kind: str, whom: ReaderFilter = EVERYBODY, tag: str = "") -> ReaderChange:
    wanted = WantedChange(ReaderChangeKind(kind), whom, tag)
    return changing(desk).begin(desk.publication_id, wanted, by=OPERATOR)


def undo(desk: Desk, change: ReaderChange) -> ReaderChange:
    return changing(desk).undo(desk.publication_id, change.id, by=OPERATOR)


def tagged(desk: Desk, name: str) -> set[str]:
    with desk.database.read() as session:
        rows = (
            select(Subscriber.address)
            .join(Subscription, Subscription.subscriber_id == Subscriber.id)
            .join(Tagging, Tagging.subscription_id == Subscription.id)
            .join(Tag, Tag.id == Tagging.tag_id)
            .where(Tag.name == name)
        )
        return set(session.scalars(rows))


def states(desk: Desk, people: Sequence[str]) -> list[SubscriptionState | None]:
    return [desk.state(each) for each in people]


def subscription_of(desk: Desk, address: str) -> int:
    with desk.database.read() as session:
        rows = select(Subscription.id).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        return session.scalars(rows.where(Subscriber.address == address)).one()


def test_everybody_whom_a_filter_matches_is_tagged_and_only_whom_it_tagged_is_untagged_again(desk: Desk) -> None:
    people = fill(desk)
    begin(desk, "tag", ReaderFilter(words=people[0]), "press")
    change = begin(desk, "tag", tag="Press")
    assert (change.state, change.matched, change.changed) == (ReaderChangeState.DONE, 6, 5)
    assert tagged(desk, "press") == set(people)
    assert undo(desk, change).undone == 5
    assert tagged(desk, "press") == {people[0]}


def test_a_tag_is_taken_and_given_back_to_who_bore_it(desk: Desk) -> None:
    people = fill(desk)
    ids = tuple(subscription_of(desk, each) for each in people[:3])
    begin(desk, "tag", ReaderFilter(ids=ids), "press")
    change = begin(desk, "untag", tag="press")
    assert (change.changed, tagged(desk, "press")) == (3, set())
    begin(desk, "tag", ReaderFilter(words=people[0]), "press")
    later = begin(desk, "untag", ReaderFilter(words=people[0]), "press")
    assert later.changed == 1
    taken_back = undo(desk, change)
    assert (taken_back.undone, taken_back.left_alone) == (2, 1)  # one was changed by somebody since
    assert tagged(desk, "press") == set(people[1:3])


def test_who_is_unsubscribed_by_an_editor_is_told_apart_and_put_back(desk: Desk) -> None:
    people = fill(desk)
    change = begin(desk, "unsubscribe")
    assert states(desk, people) == [GONE] * 6
    assert desk.actions()[6:] == ["ended"] * 6
    undone = undo(desk, change)
    assert (undone.state, undone.undone, undone.left_alone) == (ReaderChangeState.UNDONE, 6, 0)
    assert states(desk, people) == [ACTIVE] * 6
    assert desk.actions()[12:] == ["restored"] * 6


def test_undoing_brings_nobody_back_who_left_complained_or_was_ruled_out_or_erased(desk: Desk) -> None:
    people = fill(desk, 7)
    early, late, ruled_out, erased, listed, *rest = people
    link, later_link = desk.deliver(early), desk.deliver(late)
    desk.unsubscribe(link)
    change = begin(desk, "unsubscribe")
    desk.unsubscribe(later_link)  # who is unsubscribed already says so themselves
    desk.clock.advance(1)
    desk.suppressing.suppress(ruled_out, publication_id=desk.publication_id, by=OPERATOR)
    erasure.forget(desk.database, clock=desk.clock, address=erased, by=OPERATOR)
    desk.import_list(
        [{"email": listed, "status": "unsubscribed"}],
        consent="x",
        confirmed=True,
        states=["status:unsubscribed=unsubscribed"],
    )
    undone = undo(desk, change)
    assert (undone.undone, undone.left_alone) == (2, 4)
    assert states(desk, rest) == [ACTIVE] * 2
    for each in (early, late, ruled_out, listed):
        assert desk.state(each) is GONE, each


def test_one_goodbye_of_their_own_is_written_down_once(desk: Desk) -> None:
    fill(desk, 1)
    link = desk.deliver("r0@pear.example")
    begin(desk, "unsubscribe")
    desk.unsubscribe(link)
    desk.unsubscribe(link)
    assert desk.actions()[1:] == ["ended", "unsubscribed"]


def test_undoing_an_unsubscription_leaves_whom_a_later_one_meant_too(desk: Desk) -> None:
    people = fill(desk)
    first = begin(desk, "unsubscribe", ReaderFilter(words=people[0]))
    second = begin(desk, "unsubscribe")
    assert (second.matched, second.changed) == (6, 5)
    undone = undo(desk, first)
    assert (undone.undone, undone.left_alone) == (0, 1)
    assert states(desk, people) == [GONE] * 6
    assert undo(desk, second).undone == 5
    assert states(desk, people) == [GONE] + [ACTIVE] * 5


def test_undoing_both_from_the_last_one_brings_everybody_back(desk: Desk) -> None:
    people = fill(desk)
    first, second = begin(desk, "unsubscribe", ReaderFilter(words=people[0])), begin(desk, "unsubscribe")
    assert (undo(desk, second).undone, undo(desk, first).undone) == (5, 1)
    assert states(desk, people) == [ACTIVE] * 6


@pytest.mark.parametrize("kind", ["tag", "untag"])
def test_undoing_leaves_the_tag_to_whom_a_later_change_meant_too(desk: Desk, kind: str) -> None:
    people = fill(desk)
    if kind == "untag":
        begin(desk, "tag", tag="press")
    first = begin(desk, kind, ReaderFilter(words=people[0]), "press")
    second = begin(desk, kind, tag="press")
    assert second.changed == 5
    meant = set(people) if kind == "tag" else set()
    undone = undo(desk, first)
    assert (undone.undone, undone.left_alone, tagged(desk, "press")) == (0, 1, meant)


def test_who_waits_to_confirm_may_still_do_so_after_an_undo(desk: Desk) -> None:
    desk.subscribe("new@pear.example")
    link = desk.token()
    undo(desk, begin(desk, "unsubscribe"))
    assert desk.state("new@pear.example") is SubscriptionState.PENDING
    desk.confirm(link)
    assert desk.state("new@pear.example") is ACTIVE


def test_a_change_that_is_taken_back_in_the_middle_stops_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_changes, "RANGE", 5)
    people = fill(desk, 40)
    change = begin(desk, "unsubscribe")
    assert change.state is ReaderChangeState.RUNNING
    assert states(desk, people).count(GONE) == change.changed == 15
    undo(desk, change)
    rounds = ChangeRounds(desk.database, desk.clock, changing(desk))
    for _ in range(10):
        rounds.tick()
    assert states(desk, people) == [ACTIVE] * 40


def test_who_comes_after_somebody_pressed_is_not_meant(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_changes, "RANGE", 2)
    fill(desk, 20)
    begin(desk, "unsubscribe")
    desk.import_list([{"email": "later@pear.example"}], consent="x", confirmed=True)
    rounds = ChangeRounds(desk.database, desk.clock, changing(desk))
    for _ in range(3):
        rounds.tick()
    assert desk.state("r19@pear.example") is GONE
    assert desk.state("later@pear.example") is ACTIVE


def test_it_is_looked_at_before_who_would_be_changed_and_who_is_left_out(desk: Desk) -> None:
    people = fill(desk)
    desk.unsubscribe(desk.deliver(people[0]))
    wanted = WantedChange(ReaderChangeKind.UNSUBSCRIBE, EVERYBODY)
    look = changing(desk).preview(desk.publication_id, wanted, by=OPERATOR)
    assert (look.page.known, look.left_out, look.to_change) == (6, {"unsubscribed already": 1}, 5)
    assert desk.count(ReaderChange) == 0
    begin(desk, "tag", ReaderFilter(words="r1"), "press")
    look = changing(desk).preview(
        desk.publication_id, wanted._replace(kind=ReaderChangeKind.TAG, tag="press"), by=OPERATOR
    )
    assert look.left_out == {"bear the tag already": 1}


def test_a_change_is_written_down_with_who_made_it_and_how_many_it_changed(desk: Desk) -> None:
    fill(desk)
    undo(desk, begin(desk, "tag", tag="press"))
    with desk.database.read() as session:
        told = session.execute(
            select(AuditEntry.action, AuditEntry.actor, AuditEntry.new).order_by(AuditEntry.id)
        ).all()
    assert [tuple(row) for row in told[1:]] == [
        ("readers.tag", "operator", "begun; tag press"),
        ("readers.tag.done", "operator", "6 changed of 6; tag press"),
        ("readers.tag.undo", "operator", "begun; tag press"),
        ("readers.tag.undone", "operator", "6 put back, 0 left alone; tag press"),
    ]


def test_it_is_refused_too_late_twice_elsewhere_and_without_the_right(desk: Desk) -> None:
    fill(desk, 2)
    change = begin(desk, "tag", tag="press")
    with pytest.raises(NotFoundError):
        changing(desk).undo(desk.publication_id + 1, change.id, by=OPERATOR)
    with pytest.raises(ForbiddenError):
        changing(desk).undo(desk.publication_id, change.id, by=Actor(ActorKind.EDITOR, 1))
    with pytest.raises(InputError):
        begin(desk, "untag", tag="nobody bears it")
    with pytest.raises(InputError):
        begin(desk, "tag", tag=" ")
    desk.clock.advance(UNDO.total_seconds())
    with pytest.raises(ConflictError):
        undo(desk, change)


def test_only_so_many_are_at_work_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_changes, "RANGE", 1)
    fill(desk, 30)
    for _ in range(MOST_AT_ONCE):
        begin(desk, "tag", tag="press")
    with pytest.raises(ConflictError):
        begin(desk, "tag", tag="press")


def test_what_can_be_undone_no_more_is_forgotten_and_a_filter_as_soon_as_it_is_done(desk: Desk) -> None:
    fill(desk)
    change = begin(desk, "tag", ReaderFilter(words="r1@pear.example"), "press")
    assert change.filter == {}
    assert desk.count(ChangedReader) == 1
    desk.clock.advance(5 * 86_400)
    ChangeRounds(desk.database, desk.clock, changing(desk)).tick()
    assert desk.count(ChangedReader) == 0
    assert desk.count(ReaderChange) == 1


def test_an_erased_reader_bears_no_tag_again(desk: Desk) -> None:
    people = fill(desk)
    begin(desk, "tag", tag="press")
    change = begin(desk, "untag", tag="press")
    erasure.forget(desk.database, clock=desk.clock, address=people[0], by=OPERATOR)
    assert undo(desk, change).undone == 5
    assert tagged(desk, "press") == set(people[1:])


def test_a_filter_is_read_as_it_is_typed(desk: Desk) -> None:
    fill(desk, 3)
    lists = ReaderLists(desk.database, desk.clock)
    found = lists.read(
        desk.publication_id, TypedFilter(words="R1", state="active", source="import", until="2030-01-01")
    )
    page = lists.page(desk.publication_id, found, by=OPERATOR).page
    assert [row.address for row in page.rows] == ["r1@pear.example"]
    for wrong in (
        {"state": "dead"},
        {"source": "magic"},
        {"since": "monday"},
        {"segment": "9"},
        {"key": "city"},
        {"words": "x" * 400},
    ):
        with pytest.raises(InputError):
            lists.read(desk.publication_id, TypedFilter(**wrong))
    assert lists.whole_address("R1@pear.example") is not None
    assert lists.whole_address("r1@") is None
    with desk.database.read() as session:
        assert len(consents.of(session, page.rows[0].subscription_id)) == 1
