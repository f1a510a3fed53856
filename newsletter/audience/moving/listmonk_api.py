"""Answers of listmonk's API (GET /api/subscribers): people, each with a standing on every list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any

from newsletter.audience.list_file import ListFile, ListRow
from newsletter.audience.moving.cells import MOST_CHARS, storable
from newsletter.errors import InputError

MOST_JSON = 64 << 20
API_COLUMNS = (
    "email",
    "name",
    "status",
    "subscription_status",
    "created_at",
    "subscription_created_at",
    "optin_ip",
    "attribs",
    "list",
)


def lists_of_api(file: IO[bytes], source: str) -> dict[str, str]:
    """Return the lists that an answer tells of: names by id. Raises InputError for what is no answer."""
    return {
        str(each["id"]): str(each.get("name", "")) for person in _people(file, source) for each in _lists_of(person)
    }


def the_list(lists: Mapping[str, str], list_id: str, source: str) -> str:
    """Return which list of all that the answers of a move tell of is meant. Raises InputError."""
    wanted = list_id or (next(iter(lists)) if len(lists) == 1 else "")
    if wanted in lists:
        return wanted
    named = ", ".join(f"--list {key} ({name})" for key, name in sorted(lists.items())[:20]) or "none"
    what = (
        f"it tells nothing of list {list_id}"
        if list_id
        else "it tells of several lists"
        if lists
        else "it tells of no list"
    )
    raise InputError(what, where=source, remedy=f"say which: {named}")


def read_api(file: IO[bytes], source: str, list_id: str) -> ListFile:
    """Read an answer: each person's standing on one of the lists; who is not on it has none. Raises InputError."""
    people = _people(file, source)
    rows = (ListRow(person_of(each, list_id), number) for number, each in enumerate(people, start=1))
    return ListFile(source, API_COLUMNS, rows)


def read_answer(content: bytes, source: str) -> tuple[list[Mapping[str, Any]], int]:
    """Return the people of one page, and how many all pages have. Raises InputError."""
    found = _parsed(content)
    people = _checked(found, source)
    data = found.get("data") if isinstance(found, dict) else None
    total = data.get("total") if isinstance(data, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise InputError(
            "it does not say how many people there are", where=source, remedy="is it GET /api/subscribers?"
        )
    return list(people), total


def _people(file: IO[bytes], source: str) -> Sequence[Mapping[str, Any]]:
    content = file.read(MOST_JSON + 1)
    if len(content) > MOST_JSON:
        raise InputError(
            f"it is larger than {MOST_JSON >> 20} MiB", where=source, remedy="ask for pages of 10,000 people"
        )
    return _checked(_parsed(content), source)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _checked(found: Any, source: str) -> Sequence[Mapping[str, Any]]:
    data = found.get("data", found) if isinstance(found, dict) else found
    people = data.get("results") if isinstance(data, dict) else data
    if not isinstance(people, list) or not all(isinstance(each, dict) for each in people):
        raise InputError(
            "this is no answer of listmonk's API", where=source, remedy="ask GET /api/subscribers?list_id=3"
        )
    return people


def _lists_of(person: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lists = person.get("lists")
    return [each for each in lists if isinstance(each, dict) and "id" in each] if isinstance(lists, list) else []


def person_of(told: Mapping[str, Any], list_id: str) -> dict[str, str]:
    """Return a person as a row of API_COLUMNS, with the standing on one list."""
    of_list = next((each for each in _lists_of(told) if str(each["id"]) == list_id), {})
    meta = of_list.get("subscription_meta")
    values = {
        "email": told.get("email"),
        "name": told.get("name"),
        "status": told.get("status"),
        "subscription_status": of_list.get("subscription_status"),
        "created_at": told.get("created_at"),
        "subscription_created_at": of_list.get("subscription_created_at"),
        "optin_ip": meta.get("optin_ip") if isinstance(meta, dict) else None,
        "attribs": _short(json.dumps(told.get("attribs") or {}, ensure_ascii=False)),
        "list": of_list.get("name"),
    }
    return {name: "" if value is None else storable(str(value))[:MOST_CHARS] for name, value in values.items()}


def _short(attributes: str) -> str:
    """Return attributes that are taken apart later; longer ones would be cut within, and read as nothing."""
    return attributes if len(attributes) <= MOST_CHARS else "{}"
