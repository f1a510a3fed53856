"""What a reader makes of a source's answer that lies in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import files, moments, printing
from newsletter.cli.commands.source_options import mapping_in
from newsletter.cli.options import Json

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.errors import NewsletterError
    from newsletter.model.sources import SourceKind
    from newsletter.sources.found import FoundCandidate, FoundTable, Reading
    from newsletter.sources.kinds.question import Question

BY_CONTENT = "auto"


def read(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="feed, arxiv, hf-papers, hacker-news, github, table; or auto: by what the file holds."
        ),
    ],
    file: Annotated[str, typer.Argument(metavar="FILE", help="What a source answered; - for standard input.")],
    address: Annotated[
        str, typer.Option("--address", metavar="URL", help="Where it was got from: relative addresses begin there.")
    ] = "",
    mapping: Annotated[
        str, typer.Option("--mapping", metavar="FILE", help="JSON that says what is wished, and where it lies.")
    ] = "",
    now: Annotated[
        str, typer.Option("--now", metavar="MOMENT", help="When it is read, such as 2026-05-08T21:00Z; else now.")
    ] = "",
    json: Json = False,
) -> None:
    """Show what a reader makes of an answer. Nothing is asked of anybody, and nothing is stored.

    \b
      newsletter source read feed news.xml --address https://example.org/news.xml
      curl -s https://example.org/feed.json | newsletter source read auto - --json
      newsletter source read table scores.csv --mapping scores.json
    """
    from newsletter.sources.kinds.octets import MOST_OCTETS
    from newsletter.sources.kinds.question import Question

    content = files.read_at_most(file, MOST_OCTETS)
    question = Question(_address(address), _moment(now), mapping_in(mapping) if mapping else None)
    reading, error = _reading(_kind(kind, content, address), content, question, file)
    if json:
        printing.as_json({"candidates": [values(each) for each in reading.candidates], "told": [*reading.told]})
    elif error is None or reading.candidates:
        _tell(reading)
    if error is not None:
        raise error


def values(candidate: FoundCandidate) -> dict[str, Any]:
    """Return a candidate as programs get it: its moment in UTC, or null."""
    published = candidate.published
    return {
        "key": candidate.key,
        "title": candidate.title,
        "url": candidate.url,
        "published": published and published.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "text": candidate.text,
        "attributes": candidate.attributes,
    }


def _reading(kind: SourceKind, content: bytes, question: Question, file: str) -> tuple[Reading, NewsletterError | None]:
    """Return what the child reads, and what was wrong; then the reading is what could be read all the same, and says so."""
    from newsletter.errors import InputError, LimitError
    from newsletter.sources.found import BrokenAnswerError, LimitedAnswerError, Reading
    from newsletter.sources.reading import Reader

    reader = Reader()
    try:
        return reader.read(kind, content, question), None
    except BrokenAnswerError as broken:
        reading = replace(broken.reading, told=(broken.words, *broken.reading.told))
        remedy = f"is it what a source of the kind {kind.value} answers?"
        return reading, InputError(broken.words, where=file, remedy=remedy)
    except LimitedAnswerError as limited:
        seconds = int(limited.seconds or 0)
        remedy = f"ask again in {seconds} seconds" if seconds else "ask again later"
        return Reading(told=(limited.words,)), LimitError(limited.words, where=file, remedy=remedy, retry_after=seconds)
    except InputError as error:  # too slow, too much, or it ended the reader
        return Reading(told=(error.what,)), InputError(error.what, where=file)
    finally:
        reader.close()


def _kind(word: str, content: bytes, address: str) -> SourceKind:
    from newsletter.errors import InputError
    from newsletter.model.sources import SourceKind
    from newsletter.sources.found import BrokenAnswerError
    from newsletter.sources.kinds import chosen_kind

    if word == BY_CONTENT:
        try:
            found = chosen_kind(content, address)
        except BrokenAnswerError as error:
            raise InputError(error.words, where="FILE") from None
        if found is None:
            raise InputError("it is nothing that a source answers with", where="FILE", remedy="name its kind")
        return found
    try:
        return SourceKind(word)
    except ValueError:
        known = ", ".join([*SourceKind, BY_CONTENT])
        raise InputError(f"{word!r} is no kind of source", where="KIND", remedy=f"one of {known}") from None


def _address(written: str) -> str:
    from newsletter.errors import InputError
    from newsletter.sources.kinds.addresses import is_absolute

    if written and not is_absolute(written):
        remedy = "write it in full, such as https://example.org/feed.xml"
        raise InputError(f"{written!r} is no web address", where="--address", remedy=remedy)
    return written


def _moment(written: str) -> datetime:
    from newsletter.clock import SystemClock

    return moments.read(written, where="--now") if written else SystemClock().now()


def _tell(reading: Reading) -> None:
    """Print a reading for people: what is offered, and what is to be said of the rest."""
    rows = [
        (f"{each.published:%Y-%m-%d %H:%M}" if each.published else "-", each.title, each.url or each.key)
        for each in reading.candidates
    ]
    if reading.table is None or rows:
        printing.table(("published", "title", "address"), rows, empty="Nothing is offered.")
    if reading.table is not None:
        _tell_table(reading.table)
    for address, title in reading.offered:
        print(printing.safe(f"feed: {address}" + (f" ({title})" if title else "")))
    for sentence in reading.told:
        printing.aside(sentence)


def _tell_table(table: FoundTable) -> None:
    heads = ["key", *(str(column.get("title") or column.get("name") or "") for column in table.columns)]
    rows = ([key, *("" if cell is None else cell for cell in cells)] for key, cells in table.rows)
    printing.table(heads, rows, empty="The table has no rows.")
