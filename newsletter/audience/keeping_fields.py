"""The fields that a publication has of its readers: defined, named, put in order and removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience.field_values import MOST_TITLE_CHARS, key_of
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.mail.merge_fields import BUILT_IN
from newsletter.model import FieldKind, ReaderField
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.audience import reader_fields, segments
from newsletter.store.database import Database
from newsletter.store.publications import publications

MOST_FIELDS = 100
MOST_CHOICES, MOST_CHOICE_CHARS = 100, 100


@dataclass(frozen=True, slots=True)
class FieldWish:
    """A field as somebody wants it; `choices` are those of a choice, in their order."""

    title: str
    kind: FieldKind = FieldKind.TEXT
    choices: Sequence[str] = ()
    on_form: bool = False
    required: bool = False


@dataclass(frozen=True)
class FieldKeeping:
    """The tools of keeping fields, put together once per process."""

    database: Database
    clock: Clock

    def listed(self, publication_id: int) -> Sequence[ReaderField]:
        """Return the fields of a publication, in their order."""
        with self.database.read() as session:
            return reader_fields.listed(session, publication_id)

    def add(self, publication_id: int, wish: FieldWish, *, by: Actor) -> ReaderField:
        """Define a field; its key follows from its title and stays. Raises InputError, ConflictError, ForbiddenError, NotFoundError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            publications.lock(session, publication_id)
            told, key = _told(wish), key_of(wish.title)
            there = reader_fields.listed(session, publication_id)
            if key in {*BUILT_IN, *(field.key for field in there)}:
                raise ConflictError("there is such a field", where=key, remedy="take another name, or change that one")
            if len(there) >= MOST_FIELDS:
                raise InputError(f"there are {MOST_FIELDS} fields already", where="title", remedy="remove one")
            position = max((field.position for field in there), default=0) + 1
            made = ReaderField(
                publication_id=publication_id, key=key, position=position, created_at=self.clock.now(), **told
            )
            session.add(made)
            session.flush()
            self._note(session, by, "field.add", made)
        return made

    def change(self, field_id: int, wish: FieldWish, *, by: Actor) -> ReaderField:
        """Change a field; its kind only while no reader has a value. Raises as `add` does."""
        with self.database.write() as session:
            found = self._locked(session, field_id, by)
            told = _told(wish)
            if wish.kind is not found.kind and reader_fields.has_values(session, found.id):
                raise ConflictError(
                    f"readers have values of the kind {found.kind.value}",
                    where="kind",
                    remedy="define another field, or remove this one with its values",
                )
            if wish.kind is not found.kind:
                _see_unasked(session, found)
            for name, value in told.items():
                setattr(found, name, value)
            self._note(session, by, "field.change", found)
        return found

    def move(self, field_id: int, *, up: bool, by: Actor) -> None:
        """Let a field change places with the one before or after it. Raises NotFoundError, ForbiddenError."""
        with self.database.write() as session:
            found = self._locked(session, field_id, by)
            there = list(reader_fields.listed(session, found.publication_id))
            place = there.index(found)
            other = place + (-1 if up else 1)
            if 0 <= other < len(there):
                there[place], there[other] = there[other], there[place]
            for number, each in enumerate(there, start=1):
                each.position = number
            self._note(session, by, "field.move", found)

    def remove(self, field_id: int, *, by: Actor) -> None:
        """Remove a field with all its values. Raises NotFoundError, ForbiddenError; ConflictError while a segment, or an issue that has not gone out, asks for it."""
        with self.database.write() as session:
            found = self._locked(session, field_id, by)
            _see_unasked(session, found)
            self._note(session, by, "field.remove", found)
            session.delete(found)

    def _locked(self, session: Session, field_id: int, by: Actor) -> ReaderField:
        found = reader_fields.by_id(session, field_id)
        require(by, Right.MANAGE_AUDIENCE, found.publication_id)
        publications.lock(session, found.publication_id)
        return found

    def _note(self, session: Session, by: Actor, action: str, field: ReaderField) -> None:
        subject = audit.Subject("field", field.id, field.key)
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=field.publication_id)


def _see_unasked(session: Session, field: ReaderField) -> None:
    """Raise ConflictError while somebody is chosen by a field: without it the rule would choose others."""
    if asks := segments.who_asks(session, field.publication_id, field.key):
        raise ConflictError(f"{asks} asks for it", where=field.key, remedy="choose other readers there first")


def _told(wish: FieldWish) -> dict[str, object]:
    title = " ".join(wish.title.split())
    if not 0 < len(title) <= MOST_TITLE_CHARS:
        raise InputError(f"a field's name has 1 to {MOST_TITLE_CHARS} characters", where="title", remedy="such as City")
    choices = list(dict.fromkeys(filter(None, (" ".join(each.split()) for each in wish.choices))))
    if wish.kind is FieldKind.CHOICE and not choices:
        raise InputError("a choice has none to choose from", where="choices", remedy="write one in each line")
    if len(choices) > MOST_CHOICES or any(len(each) > MOST_CHOICE_CHARS for each in choices):
        raise InputError(
            f"there are at most {MOST_CHOICES} choices of {MOST_CHOICE_CHARS} characters",
            where="choices",
            remedy="shorten them",
        )
    kept = "\n".join(choices) if wish.kind is FieldKind.CHOICE else ""
    return {
        "title": title,
        "kind": wish.kind,
        "choices": kept,
        "on_form": wish.on_form,
        "required": wish.required and wish.on_form,
    }
