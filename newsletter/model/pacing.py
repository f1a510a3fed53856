"""What the house remembers of how fast it may go: in the ledger, so that no flush and no restart forgets it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import Base, BigId


class Brake(Base):
    """What holds back a transport, or a part of it: nothing goes that way before `shut_until`."""

    __tablename__ = "brakes"

    transport: Mapped[str] = mapped_column(String(20), primary_key=True)
    # empty: all of it, after failures; "asked": all of it, on request; "day": the day's allowance is used up; else a
    # group of receivers
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    shut_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, default=0)  # in a row; while there are any, one batch tries first
    why: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]


class SendingDay(Base):
    """How many messages a transport was allowed on one day (UTC). Counted before they are sent: a crash may only count too many."""

    __tablename__ = "sending_days"

    transport: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    taken: Mapped[int] = mapped_column(BigId)


class TestMailDay(Base):
    """How many test mails an editor sent on one day (UTC) to addresses nobody had confirmed; editor 0 is the operator."""

    __tablename__ = "test_mail_days"
    __test__ = False  # it is no test: pytest shall not collect it

    editor_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    sent: Mapped[int] = mapped_column(Integer)


class LearnedPace(Base):
    """How fast mail goes to a group of receivers that asked for less: for people, and no process keeps to it from here."""

    __tablename__ = "learned_paces"

    transport: Mapped[str] = mapped_column(String(20), primary_key=True)
    receivers: Mapped[str] = mapped_column(String(40), primary_key=True)  # the group
    rate: Mapped[float]  # messages a second
    since: Mapped[datetime]  # when the first of the paces in a row was learned
    changed_at: Mapped[datetime]  # when this one was: it is forgotten an hour later


class FirstTry(Base):
    """Who tries an issue before all others may send it; none: nobody yet, since it was begun or resumed."""

    __tablename__ = "first_tries"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime]  # whose turn it is has it alone
    proven: Mapped[bool]  # somebody has got the issue: nobody waits any more


class Trip(Base):
    """An issue was paused by itself, or its editors were warned after it was sent: why, and its counts at that moment,
    from which it is judged anew.
    """

    __tablename__ = "trips"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Text)
    answered: Mapped[int]
    refused: Mapped[int]
    policy: Mapped[int]
    bounced: Mapped[int]
    complained: Mapped[int]
