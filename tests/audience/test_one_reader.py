"""One reader: notes that are forgotten with the person, a confirmation sent again within limits, and somebody added by hand with proof."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.audience import erasure, history
from newsletter.audience.importing import Importing
from newsletter.audience.one_reader import MOST_AGAIN, SENT_AGAIN, AddedReader, OneReader
from newsletter.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from newsletter.model import ConsentRecord, ReaderNote, Subscriber
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.states import SubscriptionState
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR

PROOF = {"sentence": "Send me the notes.", "day": "2020-01-02", "way": "on paper"}


def room(desk: Desk) -> OneReader:
    return OneReader(desk.database, desk.clock, Importing(desk.database, desk.clock))


def person(desk: Desk, address: str = READER) -> int:
    with desk.database.read() as session:
        return session.scalars(select(Subscriber.id).where(Subscriber.address == address)).one()


def add(desk: Desk, address: str = "new@pear.example", **more: object) -> str:
    wanted = AddedReader(**{"address": address, "name": "Pip", **PROOF, **more})
    return room(desk).add(desk.publication_id, wanted, by=OPERATOR)


def test_a_note_is_kept_told_to_the_person_removed_and_forgotten_with_them(desk: Desk) -> None:
    desk.join()
    whom = (desk.publication_id, person(desk))
    for words in ("First.", "  Second\r\nline. "):
        room(desk).note(*whom, words, by=OPERATOR)
    file = room(desk).look(*whom, by=OPERATOR)
    assert file is not None
    assert [each.text for each in file.notes] == ["First.", "Second\nline."]
    assert [each.action for each in file.entries[-2:]] == ["reader.note"] * 2
    room(desk).remove_note(*whom, file.notes[0].id, by=OPERATOR)
    with pytest.raises(NotFoundError):
        room(desk).remove_note(*whom, file.notes[0].id, by=OPERATOR)
    told = history.show(desk.database, address=READER)["subscriptions"][0]["notes"]
    assert [each["text"] for each in told] == ["Second\nline."]
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    assert desk.count(ReaderNote) == 0


def test_a_note_is_refused_without_words_without_the_right_and_of_nobody(small_desk: Desk) -> None:
    small_desk.join()
    whom = (small_desk.publication_id, person(small_desk))
    for words in ("", " ", "x" * 2_001):
        with pytest.raises(InputError):
            room(small_desk).note(*whom, words, by=OPERATOR)
    with pytest.raises(ForbiddenError):
        room(small_desk).note(*whom, "x", by=Actor(ActorKind.EDITOR, 1))
    with pytest.raises(NotFoundError):
        room(small_desk).note(small_desk.publication_id, 99, "x", by=OPERATOR)


def test_a_confirmation_is_sent_again_once_a_day_and_not_for_ever(small_desk: Desk) -> None:
    small_desk.subscribe()
    whom = (small_desk.publication_id, person(small_desk))
    with pytest.raises(ConflictError, match="less than a day"):
        room(small_desk).send_again(*whom, by=OPERATOR)
    for _ in range(MOST_AGAIN - 1):
        small_desk.clock.advance(86_401)
        room(small_desk).send_again(*whom, by=OPERATOR)
        with pytest.raises(ConflictError, match="on its way"):
            room(small_desk).send_again(*whom, by=OPERATOR)
        small_desk.answer()
    small_desk.clock.advance(86_401)
    with pytest.raises(ConflictError, match="3 mails"):
        room(small_desk).send_again(*whom, by=OPERATOR)
    assert [each.kind for each in small_desk.notices()] == ["confirm"] * MOST_AGAIN
    with small_desk.database.read() as session:
        places = session.scalars(select(ConsentRecord.place).where(ConsentRecord.action == "asked")).all()
    assert list(places[1:]) == [SENT_AGAIN] * (MOST_AGAIN - 1)
    small_desk.confirm(small_desk.token())
    assert small_desk.state() is SubscriptionState.ACTIVE


def test_no_confirmation_is_sent_to_who_is_a_reader_or_never_filled_in_the_form(small_desk: Desk) -> None:
    small_desk.join()
    small_desk.import_list([{"email": "listed@pear.example"}], consent="x")
    for address in (READER, "listed@pear.example"):
        with pytest.raises(ConflictError):
            room(small_desk).send_again(small_desk.publication_id, person(small_desk, address), by=OPERATOR)


def test_who_is_added_by_hand_is_asked_unless_their_consent_is_proven(desk: Desk) -> None:
    assert add(desk) == "asked"
    assert desk.state("new@pear.example") is SubscriptionState.PENDING
    assert add(desk, "sure@pear.example", proven=True) == "added"
    assert desk.state("sure@pear.example") is SubscriptionState.ACTIVE
    assert add(desk, "sure@pear.example", proven=True) == "known"
    with desk.database.read() as session:
        said = session.execute(select(ConsentRecord.place, ConsentRecord.wording)).all()
    assert {tuple(row) for row in said} == {("by hand", "Send me the notes. (on paper, 2020-01-02)")}


def test_nobody_is_brought_back_by_hand_who_left_or_is_ruled_out(desk: Desk) -> None:
    desk.join()
    desk.unsubscribe(desk.deliver())
    desk.suppressing.suppress("out@pear.example", publication_id=desk.publication_id, by=OPERATOR)
    for proven in (False, True):
        assert add(desk, READER, proven=proven) == "left"
        assert add(desk, "out@pear.example", proven=proven) == "ruled out"
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "wrong",
    [
        {"sentence": " "},
        {"day": ""},
        {"day": "2999-01-01"},
        {"day": "1900-01-01"},
        {"way": "by magic"},
        {"address": "no"},
    ],
)
def test_somebody_is_added_only_with_the_whole_proof(small_desk: Desk, wrong: dict[str, str]) -> None:
    with pytest.raises(InputError):
        add(small_desk, **{"address": "new@pear.example", **wrong})
    assert small_desk.count(Subscriber) == 0
