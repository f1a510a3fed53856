"""One answer for each mail, by people and by machines, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from newsletter.errors import NotFoundError, TokenError
from newsletter.feedback.statistics import Poll, report
from newsletter.feedback.voting import Voting
from newsletter.model import Edition, Issue, Vote
from newsletter.model.feedback import Answer
from newsletter.tokens import Purpose
from tests.feedback.mailing import Mailing
from tests.web.places import make_document


@pytest.fixture
def voting(mailing: Mailing) -> Voting:
    """The issue asks, and was sent a minute ago."""
    with mailing.database.write() as session:
        edition = session.scalars(select(Edition)).one()
        edition.content = make_document("today", date(2026, 1, 1)).model_dump(mode="json")
        session.execute(update(Issue).values(published_at=mailing.clock.now()))
    mailing.clock.advance(60)
    return Voting(mailing.database, mailing.clock, mailing.signer)


def token(mailing: Mailing, reader: int = 0, purpose: Purpose = Purpose.VOTE) -> str:
    return mailing.signer.issue(purpose, mailing.deliveries[reader])


def poll(mailing: Mailing) -> Poll:
    return report(mailing.database, issue_id=mailing.issue.id).poll


def test_looking_counts_nothing_and_an_answer_counts_once(mailing: Mailing, voting: Voting) -> None:
    ballot = voting.look_up(token(mailing))
    assert (ballot.question, ballot.answer) == ("Was this issue worth your time?", None)
    assert poll(mailing) == Poll()
    voting.vote(token(mailing), Answer.UP, [])
    voting.vote(token(mailing), Answer.UP, [])
    voting.vote(token(mailing, 1), Answer.DOWN, [])
    assert poll(mailing) == Poll(up=1, down=1)
    assert voting.look_up(token(mailing)).answer is Answer.UP


def test_an_answer_can_be_changed(mailing: Mailing, voting: Voting) -> None:
    voting.vote(token(mailing), Answer.UP, [])
    voting.vote(token(mailing), Answer.DOWN, [])
    assert poll(mailing) == Poll(down=1)


def test_what_posts_like_a_program_is_counted_apart(mailing: Mailing, voting: Voting) -> None:
    voting.vote(token(mailing), Answer.UP, ["scanner"])
    assert poll(mailing) == Poll(machines=1)
    voting.vote(token(mailing), Answer.UP, [])  # then the reader came
    assert poll(mailing) == Poll(up=1)


def test_an_answer_before_anybody_can_have_read_is_a_machines(mailing: Mailing, voting: Voting) -> None:
    mailing.clock.advance(-55)
    voting.vote(token(mailing), Answer.UP, [])
    assert poll(mailing) == Poll(machines=1)


def test_the_row_names_no_reader(mailing: Mailing, voting: Voting) -> None:
    voting.vote(token(mailing), Answer.UP, [])
    with mailing.database.read() as session:
        assert set(Vote.__table__.columns.keys()) == {"mark", "issue_id", "answer", "at", "score", "signs"}
        assert token(mailing).encode() not in session.scalars(select(Vote)).one().mark


def test_a_token_of_another_purpose_votes_for_nothing(mailing: Mailing, voting: Voting) -> None:
    for purpose in (Purpose.CLICK, Purpose.UNSUBSCRIBE, Purpose.OPEN):
        with pytest.raises(TokenError):
            voting.vote(token(mailing, purpose=purpose), Answer.UP, [])
    assert poll(mailing) == Poll()


def test_an_issue_that_asks_nothing_takes_no_answer(mailing: Mailing, voting: Voting) -> None:
    with mailing.database.write() as session:
        edition = session.scalars(select(Edition)).one()
        edition.content = {**edition.content, "poll": ""}
    with pytest.raises(NotFoundError):
        voting.vote(token(mailing), Answer.UP, [])


def test_an_issue_that_was_not_sent_takes_no_answer(mailing: Mailing, voting: Voting) -> None:
    with mailing.database.write() as session:
        session.execute(update(Issue).values(published_at=None))
    with pytest.raises(NotFoundError):
        voting.look_up(token(mailing))


def test_the_numbers_stand_in_json_and_csv(mailing: Mailing, voting: Voting) -> None:
    voting.vote(token(mailing), Answer.UP, [])
    found = report(mailing.database, issue_id=mailing.issue.id)
    assert found.as_dict()["poll"] == {"up": 1, "down": 0, "machines": 0}
    assert "poll,up,1" in found.as_csv()
