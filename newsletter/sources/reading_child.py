"""The process that reads answers of sources: `python -m newsletter.sources.reading_child`, two pieces in, JSON out.

The pieces are what the answer is to be read as (JSON: kind, address, mapping, now) and its octets. Without a kind it is told which one
takes it for its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from newsletter.model.sources import SourceKind
from newsletter.sources.found import BrokenAnswerError, FoundCandidate, FoundTable, LimitedAnswerError, Reading

MOST_CANDIDATES = 500
"""So many things of one answer are taken, the first ones."""
BROKEN, LIMITED = "broken", "limited"


def answer(question: Sequence[bytes]) -> dict[str, Any]:
    """Return what is said of one answer."""
    from newsletter.sources.kinds import KINDS, chosen_kind
    from newsletter.sources.kinds.question import Question

    asked, content = json.loads(question[0]), question[1]
    address = asked["address"]
    if asked["kind"] is None:
        kind = chosen_kind(content, address)
        return {"kind": kind.value if kind is not None else ""}
    reader = KINDS[SourceKind(asked["kind"])]
    try:
        reading = reader.read(content, Question(address, datetime.fromisoformat(asked["now"]), asked["mapping"]))
    except BrokenAnswerError as error:
        return {BROKEN: error.words, "reading": fields_of(error.reading)}
    except LimitedAnswerError as error:
        return {LIMITED: error.words, "seconds": error.seconds}
    return {"reading": fields_of(reading)}


def fields_of(reading: Reading) -> dict[str, Any]:
    """Return a reading as JSON can say it, with as many candidates as are taken."""
    candidates = [
        asdict(each) | {"published": each.published.isoformat() if each.published else None}
        for each in reading.candidates[:MOST_CANDIDATES]
    ]
    cut = len(reading.candidates) - len(candidates)
    told = [*reading.told, *([f"{cut:,} more than {MOST_CANDIDATES} are left out"] if cut else [])]
    table = asdict(reading.table) if reading.table is not None else None
    rest = {"told": told, "table": table, "stars": reading.stars, "offered": reading.offered}
    return {"candidates": candidates, **rest}


def reading_from(fields: dict[str, Any]) -> Reading:
    """Return the reading that `fields_of` took apart; what no database can keep is taken out of its texts."""
    plain = _keepable(fields)
    table = plain["table"]
    return Reading(
        candidates=tuple(_candidate(each) for each in plain["candidates"]),
        told=tuple(plain["told"]),
        table=FoundTable(tuple(table["columns"]), _rows(table["rows"]), table["attribution"]) if table else None,
        stars=plain["stars"],
        offered=tuple((address, title) for address, title in plain["offered"]),
    )


def _candidate(fields: dict[str, Any]) -> FoundCandidate:
    published = fields["published"]
    return FoundCandidate(**fields | {"published": datetime.fromisoformat(published) if published else None})


def _rows(rows: Sequence[Any]) -> tuple[tuple[str, tuple[str | float | None, ...]], ...]:
    return tuple((key, tuple(cells)) for key, cells in rows)


def _keepable(value: Any) -> Any:
    """Without NUL and half surrogates, which PostgreSQL keeps in no text (https://www.postgresql.org/docs/current/datatype-character.html)."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_keepable(key): _keepable(each) for key, each in value.items()}
    return [_keepable(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    from newsletter.guarded_child import serve
    from newsletter.sources import kinds  # noqa: F401 - what is imported late is imported now, and not on the first answer's time

    serve(answer, pieces=2)
