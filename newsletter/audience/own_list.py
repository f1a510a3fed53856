"""The list that `subscriber export` writes and `subscriber import` takes back as it was: standing, consent, tracking, suppressions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard, TypeVar

from newsletter.audience.moving.cells import storable
from newsletter.audience.reader import read_reader
from newsletter.errors import InputError
from newsletter.model import Invitation, Suppression
from newsletter.model.states import Consent, SubscriptionState
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.exporting import ListedReader, ListedRecord
from newsletter.store.audience.staged import StagedRecord, StagedRow, StagedRule, Standing

_FIRST_COLUMNS = ("email", "hash", "name", "state", "tracking", "created_at", "changed_at", "consent", "suppressions")
COLUMNS = (*_FIRST_COLUMNS, "tags", "fields")
"""`hash` stands for the address of someone who was erased; `consent`, `suppressions` and `tags` are JSON arrays, `fields` is a JSON object."""
_STANDINGS = {
    SubscriptionState.ACTIVE: Standing.ACTIVE,
    SubscriptionState.PENDING: Standing.PENDING,
    SubscriptionState.UNSUBSCRIBED: Standing.UNSUBSCRIBED,
}
_HASH_OCTETS = 32
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_T = TypeVar("_T", SubscriptionState, Consent)


def is_own(columns: Iterable[str]) -> bool:
    """Tell whether a list is one that we wrote, by its header."""
    return list(columns) in (list(COLUMNS), list(_FIRST_COLUMNS))  # the second as releases before fields wrote it


class ListedKnowledge(NamedTuple):
    """What is known of a reader besides: consent records, suppressions in force, tags, and values by the key of their field."""

    records: Sequence[ListedRecord] = ()
    held: Sequence[Suppression] = ()
    tags: Sequence[str] = ()
    fields: Mapping[str, str] = MappingProxyType({})


def row_of(reader: ListedReader, known: ListedKnowledge, invited_at: datetime | None) -> dict[str, str]:
    """Write a reader; `invited_at` also when another publication invited them: nobody is invited twice."""
    records = known.records
    if invited_at and not any(action == ConsentAction.INVITED for action, *_ in records):
        records = [*records, _invited(invited_at)]
    _, address, _, name, state, tracking, created, changed = reader
    return {
        "email": address,
        "hash": "",
        "name": name,
        "state": state,
        "tracking": tracking,
        "created_at": created,
        "changed_at": changed,
        "consent": _consent(records),
        "suppressions": _suppressions(known.held),
        "tags": _ENCODER.encode(list(known.tags)) if known.tags else "",
        "fields": _ENCODER.encode(dict(known.fields)) if known.fields else "",
    }


def row_of_rule(row: Suppression, invited_at: datetime | None) -> dict[str, str]:
    """Write a suppression of somebody who has no subscription."""
    empty = dict.fromkeys(COLUMNS, "")
    whom = {"email": row.address} if row.address else {"hash": row.address_hash.hex()}
    told = {"consent": _consent([_invited(invited_at)])} if invited_at else {}
    return empty | whom | told | {"suppressions": _suppressions([row])}


def row_of_invited(row: Invitation) -> dict[str, str]:
    """Write that somebody was invited of whom nothing else is known any more."""
    told = {"consent": _consent([_invited(row.invited_at or row.queued_at)])}
    return dict.fromkeys(COLUMNS, "") | {"hash": row.address_hash.hex()} | told


def read_row(number: int, row: Mapping[str, str]) -> tuple[StagedRow, list[StagedRecord], list[StagedRule]]:
    """Read what `row_of` or `row_of_rule` wrote. Raises InputError."""
    records = _records(number, row)
    invited_at = min((record.at for record in records if record.action == ConsentAction.INVITED), default=None)
    if not row.get("email"):
        key = _hash(row.get("hash", ""))
        ruled_out = StagedRow(number, "", key, "", "", Standing.SUPPRESSED, invited_at=invited_at)
        return ruled_out, [], _rules(number, row)
    person = read_reader(row["email"], row.get("name", ""))
    whom = (number, person.address, person.address_hash, person.domain, person.name)
    if not row.get("state"):
        return StagedRow(*whom, Standing.SUPPRESSED, invited_at=invited_at), [], _rules(number, row)
    state = _word(SubscriptionState, row["state"], "state")
    changed = _moment(row.get("changed_at"), "changed_at")
    left_at = changed if state is SubscriptionState.UNSUBSCRIBED else None
    tracking = _word(Consent, row.get("tracking", ""), "tracking").value
    created = _moment(row.get("created_at"), "created_at")
    staged = StagedRow(*whom, _STANDINGS[state], left_at, tracking, created, changed, invited_at)
    return staged, records, _rules(number, row)


def known_of(row: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Read tags and values of a row. Raises InputError."""
    tags, fields = _json(row, "tags", "[]"), _json(row, "fields", "{}")
    if not isinstance(tags, list) or not all(map(_is_text, tags)):
        raise InputError("tags is no JSON array of texts as our export writes it")
    if not isinstance(fields, dict) or not all(map(_is_text, [*fields, *fields.values()])):
        raise InputError("fields is no JSON object of texts as our export writes it")
    return tags, fields


def _records(number: int, row: Mapping[str, str]) -> list[StagedRecord]:
    return [
        StagedRecord(
            number,
            _text(told, "action", 20),
            _moment(told.get("at"), "at"),
            _text(told, "place", 200),
            _text(told, "ip", 45),
            _text(told, "wording", 1_000_000),
        )
        for told in _read_json(row, "consent")
    ]


def _rules(number: int, row: Mapping[str, str]) -> list[StagedRule]:
    return [
        StagedRule(
            number,
            told.get("everywhere") is True,
            _text(told, "reason", 40),
            _moment(told.get("created_at"), "created_at"),
            _moment(told["expires_at"], "expires_at") if told.get("expires_at") else None,
            told.get("unproven") is True,
        )
        for told in _read_json(row, "suppressions")
    ]


def _invited(at: datetime) -> ListedRecord:
    return ConsentAction.INVITED, at.isoformat(), "", "", ""


def _consent(records: Sequence[ListedRecord]) -> str:
    """Write records as a JSON array. By hand: an encoder takes as long for one as all the rest of a row does."""
    return f"[{','.join([_record(*record) for record in records])}]" if records else ""


def _record(action: str, at: str, place: str, ip: str, wording: str) -> str:
    told = f'{{"action":{_quoted(action)},"at":"{at}"'
    if place:
        told += f',"place":{_quoted(place)}'
    if ip:
        told += f',"ip":{_ENCODER.encode(ip)}'
    if wording:
        told += f',"wording":{_quoted(wording)}'
    return told + "}"


@lru_cache(maxsize=1000)
def _quoted(text: str) -> str:
    return _ENCODER.encode(text)  # a list has few wordings and places


def _suppression(row: Suppression) -> dict[str, Any]:
    told: dict[str, Any] = {"reason": row.reason, "created_at": row.created_at.isoformat()}
    if row.expires_at is not None:
        told["expires_at"] = row.expires_at.isoformat()
    if row.publication_id is None:
        told["everywhere"] = True
    if row.unproven:
        told["unproven"] = True
    return told


def _suppressions(held: Iterable[Suppression]) -> str:
    told = [_suppression(row) for row in held]
    return _ENCODER.encode(told) if told else ""


def _read_json(row: Mapping[str, str], column: str) -> list[dict[str, Any]]:
    values = _json(row, column, "[]")
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise InputError(f"{column} is no JSON array as our export writes it")
    return values


def _json(row: Mapping[str, str], column: str, empty: str) -> Any:
    try:
        return json.loads(row.get(column) or empty)
    except (ValueError, RecursionError):
        return None


def _text(told: Mapping[str, Any], name: str, most: int) -> str:
    value = told.get(name, "")
    if not _is_text(value) or len(value) > most:
        raise InputError(f"{name} is no text of at most {most} characters")
    return value


def _is_text(value: object) -> TypeGuard[str]:
    """Tell whether a value of JSON is a text that a database takes."""
    return isinstance(value, str) and value == storable(value)


def _word(kind: type[_T], value: str, column: str) -> _T:
    try:
        return kind(value)
    except ValueError:
        raise InputError(f"{column} is none of {', '.join(kind)}") from None


def _moment(value: object, column: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(f"{column} is no moment in ISO 8601") from None


def _hash(digits: str) -> bytes:
    try:
        known = bytes.fromhex(digits)
    except ValueError:
        known = b""
    if len(known) != _HASH_OCTETS:
        raise InputError("there is neither an address nor the hash of one")
    return known
