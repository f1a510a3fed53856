"""Subscribers, their standing on each publication, what they agreed to, and who must not be mailed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word
from newsletter.model.states import Consent, SubscriptionState

_NAMED, _AWAY = text("name <> ''"), text("state <> 'active'")


class Subscriber(Base):
    """A person's address. After erasure address, name and domain are empty and the hash is random."""

    __tablename__ = "subscribers"
    __table_args__ = (
        # What people are looked for by: the beginning of an address or a name in the order of its octets, and the domain.
        Index(None, "address", postgresql_ops={"address": "varchar_pattern_ops"}),
        Index(
            "ix_subscribers_name",
            "name",
            postgresql_ops={"name": "varchar_pattern_ops"},
            postgresql_where=_NAMED,
            sqlite_where=_NAMED,
        ),
        Index(None, "domain", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address: Mapped[str] = mapped_column(String(320))  # as typed, domain in lower case
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)  # newsletter.mail.address.address_hash
    domain: Mapped[str] = mapped_column(String(255))  # A-labels, lower case
    name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]


_PENDING = text("state = 'pending'")


class Subscription(Base):
    """Standing of one subscriber on one publication. Only `active` gets mail."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("publication_id", "subscriber_id"),
        Index("ix_subscriptions_joined", "publication_id", "created_at", "id"),
        # Who came by which form or list, and whether they are counted.
        Index("ix_subscriptions_came", "publication_id", "came_by", "came_place", "state", "id"),
        # Of the others alone: what is planned for the active goes by ranges of people, whatever a planner would like better.
        Index("ix_subscriptions_away", "publication_id", "state", "id", postgresql_where=_AWAY, sqlite_where=_AWAY),
        # Of these rows alone: those who never confirm are looked for by how long they are pending here.
        Index("ix_subscriptions_pending", "changed_at", "id", postgresql_where=_PENDING, sqlite_where=_PENDING),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    state: Mapped[SubscriptionState] = mapped_column(Word(SubscriptionState))
    tracking: Mapped[Consent] = mapped_column(Word(Consent), default=Consent.UNKNOWN)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # of the pending always our own moment, also where a list told another
    language: Mapped[str] = mapped_column(String(35), default="", server_default="")  # of the sign-up; empty: our own
    # Action and place of the first consent record, written with it: a million readers are counted by how they came.
    came_by: Mapped[str] = mapped_column(String(20), default="", server_default="")
    came_place: Mapped[str] = mapped_column(String(200), default="", server_default="")


class ConsentRecord(Base):
    """What a person agreed to or took back: when, where, and in which words. Only ever added to."""

    __tablename__ = "consent_records"
    __table_args__ = (Index(None, "at"),)  # who came and left, by when

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(String(20))  # newsletter.store.audience.consents.ConsentAction
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200), default="")  # form, one-click, import file, address page
    ip: Mapped[str] = mapped_column(String(45), default="")
    wording: Mapped[str] = mapped_column(Text, default="")


class Suppression(Base):
    """An address that must not be mailed: everywhere (publication_id is null), or by one publication."""

    __tablename__ = "suppressions"
    __table_args__ = (Index(None, "address_hash"), Index(None, "publication_id", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    address: Mapped[str] = mapped_column(String(320), default="")  # empty after erasure: only the hash is kept
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(40))  # Sisimai's words, or manual, complaint, erased, imported
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    unproven: Mapped[bool] = mapped_column(default=False, server_default=false())  # anyone may have written that report


class SignUp(Base):
    """Someone filled in the form: kept as it came until a worker answers it by mail, so that the page's time tells nothing."""

    __tablename__ = "sign_ups"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(String(45))
    wording: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(35), default="", server_default="")  # of the form; empty: its own
    due_at: Mapped[datetime] = mapped_column(index=True)  # the scheduler rings for it after this
    told: Mapped[dict[str, str] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # by the key of a field, as it was read


class SpentForm(Base):
    """A form that was sent: its token serves no second time. Forgotten once the token is too old anyway."""

    __tablename__ = "spent_forms"

    token: Mapped[str] = mapped_column(String(40), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


_NEXT, _DUE = text("turn_at IS NULL AND invited_at IS NULL"), text("due_at IS NOT NULL")


class Invitation(Base):
    """A person of an imported list whom one mail asks whether they want it: once ever, and so by the hash, which outlives erasure."""

    __tablename__ = "invitations"
    __table_args__ = (
        # Of these rows alone, so that no look grows with those who wait or were asked.
        Index("ix_invitations_next", "publication_id", "id", postgresql_where=_NEXT, sqlite_where=_NEXT),
        Index("ix_invitations_due", "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="SET NULL"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id", ondelete="SET NULL"), index=True)
    queued_at: Mapped[datetime]
    turn_at: Mapped[datetime | None] = mapped_column(index=True)  # when the pace let it go
    due_at: Mapped[datetime | None]  # the scheduler rings for it after this
    invited_at: Mapped[datetime | None]  # when its mail was written


INVITE = "invite"
"""The kind of notice that goes out at most once: what may have reached a server is never sent again."""


class Notice(Base):
    """A one-off mail we owe someone (confirm, welcome, test, sign-in), sent by the same engine.

    Rendered when written; a welcome only when sent, so that the page which confirms neither waits for it nor holds its key.
    """

    __tablename__ = "notices"
    __table_args__ = NEVER_AGAIN

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True)
    to_address: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), index=True)  # NoticeState
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    created_at: Mapped[datetime]
    reply: Mapped[str] = mapped_column(Text, default="")
    alarm_id: Mapped[int | None] = mapped_column(BigId)  # of an alert: tried until somebody has seen it
