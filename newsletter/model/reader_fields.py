"""What a publication knows of its readers besides address and name: fields with a kind, and tags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId, Word


class FieldKind(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes/no"


@dataclass(frozen=True, slots=True)
class ReadValue:
    """A value as it is kept: as people read it, its beginning without case, and a number where it has an order."""

    text: str
    folded: str
    number: float | None = None


class ReaderField(Base):
    """A field of a publication's readers, such as their city."""

    __tablename__ = "reader_fields"
    __table_args__ = (UniqueConstraint("publication_id", "key"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))  # a to z, 0 to 9 and _: what merge fields and columns name it by
    title: Mapped[str] = mapped_column(String(100))
    kind: Mapped[FieldKind] = mapped_column(Word(FieldKind))
    choices: Mapped[str] = mapped_column(Text, default="")  # of a choice: one in each line
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # in forms and lists; equal ones by key
    on_form: Mapped[bool] = mapped_column(default=False, server_default=false())  # the sign-up form asks for it
    required: Mapped[bool] = mapped_column(default=False, server_default=false())  # the form is not taken without it
    created_at: Mapped[datetime]


class FieldValue(Base):
    """What one reader's field holds; none is stored where nothing is known."""

    __tablename__ = "field_values"
    __table_args__ = (  # with the reader at their end: a rule is answered from them alone
        Index("ix_field_values_folded", "field_id", "folded", "subscription_id"),
        Index("ix_field_values_number", "field_id", "number", "subscription_id"),
    )

    field_id: Mapped[int] = mapped_column(ForeignKey("reader_fields.id", ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    text: Mapped[str] = mapped_column(Text)  # as people read it; of a date ISO 8601, of a yes/no `yes` or `no`
    folded: Mapped[str] = mapped_column(String(100))  # its beginning without case: what is looked for
    number: Mapped[float | None]  # of numbers, and of dates their ordinal (date.toordinal)


class ToldValues(Base):
    """What a sign-up told by field, until the link of the mail that answered it confirms it: nobody else can have written that."""

    __tablename__ = "told_values"

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(primary_key=True, index=True)  # of the link: in whole seconds
    told: Mapped[dict[str, str]] = mapped_column(JSON)  # key of the field -> text


class Tag(Base):
    """A word that readers of a publication may bear."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("publication_id", "key"), NEVER_AGAIN)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(100))  # without case
    name: Mapped[str] = mapped_column(String(100))


class Tagging(Base):
    """That a reader bears a tag."""

    __tablename__ = "taggings"

    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True, index=True
    )
