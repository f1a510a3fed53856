"""The process that reads the answers of sources: `python -m newsletter.sources.reading_child`, see `newsletter.guarded_child`.

A question is a kind, what the reader is told beside (JSON) and the answer of the source; what comes back is a Reading, or why there is none.
Without a kind it is asked which one takes the answer for its own.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from newsletter.guarded_child import serve
from newsletter.model.sources import SourceKind
from newsletter.sources.found import BrokenAnswerError, FoundCandidate, FoundTable, LimitedAnswerError, Reading
from newsletter.sources.kinds import chosen_kind, read
from newsletter.sources.kinds.question import Question

PIECES = 3


def asked(kind: SourceKind | None, content: bytes, question: Question) -> list[bytes]:
    """Return a question as octets."""
    mapping = None if question.mapping is None else dict(question.mapping)
    beside = {"address": question.address, "now": question.now.isoformat(), "mapping": mapping}
    return [kind.value.encode() if kind else b"", json.dumps(beside).encode(), content]


def answer(question: list[bytes]) -> dict[str, Any]:
    """Return what a reader makes of an answer, as JSON can say it."""
    kind, beside, content = question
    told = json.loads(beside)
    if not kind:
        return {"kind": _chosen(content, told["address"])}
    asking = Question(told["address"], datetime.fromisoformat(told["now"]), told["mapping"])
    try:
        return {"reading": _fields(read(SourceKind(kind.decode()), content, asking))}
    except BrokenAnswerError as error:
        return {"broken": error.words, "reading": _fields(error.reading)}
    except LimitedAnswerError as error:
        return {"limited": error.words, "seconds": error.seconds}


def reading_from(fields: dict[str, Any]) -> Reading:
    """Return the reading that `answer` took apart. Raises BrokenAnswerError, LimitedAnswerError as the reader did."""
    if "limited" in fields:
        raise LimitedAnswerError(fields["limited"], fields["seconds"])
    reading = _reading(fields["reading"])
    if "broken" in fields:
        raise BrokenAnswerError(fields["broken"], reading)
    return reading


def _chosen(content: bytes, address: str) -> str:
    """Return the kind that takes an answer for its own, or nothing."""
    try:
        found = chosen_kind(content, address)
    except BrokenAnswerError:
        return ""
    return found.value if found is not None else ""


def _fields(reading: Reading) -> dict[str, Any]:
    candidates = [
        {**asdict(each), "published": each.published and each.published.isoformat()} for each in reading.candidates
    ]
    return {**asdict(reading), "candidates": candidates}


def _reading(fields: dict[str, Any]) -> Reading:
    table = fields["table"]
    return Reading(
        candidates=tuple(_candidate(each) for each in fields["candidates"]),
        told=tuple(fields["told"]),
        table=table
        and FoundTable(
            tuple(table["columns"]), tuple((key, tuple(cells)) for key, cells in table["rows"]), table["attribution"]
        ),
        stars=fields["stars"],
        offered=tuple((address, title) for address, title in fields["offered"]),
    )


def _candidate(fields: dict[str, Any]) -> FoundCandidate:
    published = fields["published"]
    return FoundCandidate(**{**fields, "published": published and datetime.fromisoformat(published)})


if __name__ == "__main__":
    serve(answer, pieces=PIECES)
