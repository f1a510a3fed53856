"""What a sign-up tells besides the address: asked for by the form, and kept apart until the owner of the address confirms it.

A stranger may fill in the form with anybody's address. So what it tells waits with the link of the mail that answers it: only that link
brings it in, and never over what is known of a reader already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.field_values import MOST_VALUE_CHARS, read_for
from newsletter.errors import InputError
from newsletter.model import FieldKind, ReaderField
from newsletter.sentences import Sentence, sentence
from newsletter.store.audience import reader_fields, told_values

_WANTED = sentence("Please fill this in.")
_WRONG: Mapping[FieldKind, Sentence] = {
    FieldKind.NUMBER: sentence("Please write a number, such as 12.5."),
    FieldKind.DATE: sentence("Please write a day, such as 2026-05-09."),
    FieldKind.CHOICE: sentence("Please choose one of these."),
    FieldKind.YES_NO: sentence("Please choose one of these."),
    FieldKind.TEXT: sentence("Please write less."),
}


class ToldFieldsError(InputError):
    """Fields of the form cannot be used as they were filled in: of each, by key, what is wrong."""

    def __init__(self, faults: Mapping[str, Sentence]) -> None:
        super().__init__("some fields cannot be used as they were filled in", where=", ".join(faults))
        self.faults = faults


def read_told(fields: Sequence[ReaderField], told: Mapping[str, str]) -> dict[str, str]:
    """Return what the fields of the form hold, as it is kept. Raises ToldFieldsError."""
    found: dict[str, str] = {}
    faults: dict[str, Sentence] = {}
    for field in fields:
        try:
            value = read_for(field, told.get(field.key, "")[: MOST_VALUE_CHARS + 1])
        except InputError:
            faults[field.key] = _WRONG[field.kind]
            continue
        if value is not None:
            found[field.key] = value.text
        elif field.required:
            faults[field.key] = _WANTED
    if faults:
        raise ToldFieldsError(faults)
    return found


def bring_in(session: Session, publication_id: int, subscription_id: int, made_at: datetime) -> None:
    """Give a reader what was told by the sign-up whose link of that second they followed; what is known already stays."""
    told = told_values.take(session, subscription_id, made_at)
    if not told:
        return
    fields = {field.key: field for field in reader_fields.listed(session, publication_id)}
    read = {}
    for key in told.keys() & fields.keys():
        try:
            read[fields[key].id] = read_for(fields[key], told[key])
        except InputError:
            continue  # the field is of another kind, or has other choices, by now
    reader_fields.fill(session, subscription_id, {each: value for each, value in read.items() if value is not None})
