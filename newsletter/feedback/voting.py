"""What readers answer to the question of an issue: one answer for each mail, changed as often as they like.

A vote is given by POST alone, for scanners follow links; what posts like a program all the same is counted apart, as clicks are. The
row names no reader: it is found again by the digest of the token that only that reader's mail holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import NotFoundError
from newsletter.feedback import bot_detection
from newsletter.model import Issue, Publication
from newsletter.model.document import Document
from newsletter.model.feedback import Answer
from newsletter.rendering.furniture.polls import question
from newsletter.rendering.language import language_of
from newsletter.sentences import sentence
from newsletter.store.database import Database
from newsletter.store.feedback import votes
from newsletter.tokens import Purpose, Signer


@dataclass(frozen=True, slots=True)
class Ballot:
    """The question of an issue as one mail asked it, and the answer given so far."""

    publication: Publication
    issue: Issue
    question: str
    language: str
    """BCP 47, of the question."""
    answer: Answer | None


@dataclass(frozen=True)
class Voting:
    """The tools of voting, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer

    def look_up(self, token: str) -> Ballot:
        """Return the question that a mail asked; changes nothing. Raises TokenError, NotFoundError."""
        delivery_id = self.signer.read(Purpose.VOTE, token)
        with self.database.read() as session:
            before = votes.given(session, _mark(token))
            return _ballot(_asked(session, delivery_id), before.answer if before else None)

    def vote(self, token: str, answer: Answer, signs: Iterable[str]) -> Ballot:
        """Keep an answer over the one before; `signs` say what a program would do. Raises TokenError, NotFoundError."""
        delivery_id = self.signer.read(Purpose.VOTE, token)
        now = self.clock.now()
        with self.database.write() as session:
            asked = _asked(session, delivery_id)
            ballot = _ballot(asked, answer)
            seen = [*signs, *_quick(now, asked.since)]
            votes.put(
                session,
                {
                    "mark": _mark(token),
                    "issue_id": asked.issue.id,
                    "answer": answer,
                    "at": now,
                    "score": bot_detection.score(seen),
                    "signs": ",".join(seen)[:120],
                },
            )
        return ballot


def _asked(session: Session, delivery_id: int) -> votes.Asked:
    asked = votes.asked(session, delivery_id)
    if asked is None or asked.issue.published_at is None:  # nothing of an issue is public before its first message
        raise NotFoundError(sentence("this link is not valid"))
    return asked


def _ballot(asked: votes.Asked, answer: Answer | None) -> Ballot:
    document = Document.model_validate(asked.edition.content)
    asks = question(document.poll, language_of(document.language))
    if not asks:
        raise NotFoundError(sentence("this issue asks nothing"))
    return Ballot(asked.publication, asked.issue, asks, document.language, answer)


def _mark(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _quick(now: datetime, taken: datetime) -> list[str]:
    """Return the sign of an answer that came before anybody can have read the mail."""
    return ["quick"] if timedelta() <= now - taken < bot_detection.QUICK else []
