"""What the lists of a move are, column by column, and which words of standing they hold: what somebody looks at before they choose otherwise.

Read whole once, so that a word that stands in the last row is found; of people nothing is kept but words of standing and a shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from newsletter.audience.column_names import plain_name
from newsletter.audience.list_file import EMAIL, header_of
from newsletter.audience.moving.cells import read_moment
from newsletter.audience.moving.mapping import FIELD
from newsletter.audience.moving.opening import MovedFile
from newsletter.audience.moving.product import IGNORE, STATE, Product
from newsletter.audience.moving.recognising import Recognised, RecognisedList, encoding_of, is_table
from newsletter.audience.standing_words import MOST_CHARS, clear_word
from newsletter.audience.standings import FILE_NAME, Standings, standings_of
from newsletter.mail.address import masked

MOST_COLUMNS = 60
"""Columns of all lists that somebody chooses for; a form holds a hundred fields."""
MOST_WORDS = 25
_MOST_COUNTED = 2_000
_MOST_LISTS = 50
_NAMES = {
    "name": "name",
    "first": "first_name",
    "last": "last_name",
    "asked_at": "consent_at",
    "asked_ip": "consent_ip",
    "asked_words": "consent_text",
}
_EVERY = 5_000
"""Rows between two signs of progress."""


def survey(
    found: Recognised,
    states: Sequence[str],
    progress: Callable[[int], None] = lambda _: None,
    defined: Collection[str] = (),
) -> dict[str, Any]:
    """Return what there is, as JSON holds it; `defined` as `standings_of` has it. Raises InputError for a list that breaks off, and for `states` that say nothing of it."""
    columns: dict[str, dict[str, Any]] = {}
    words: Counter[tuple[str, str]] = Counter()
    meant: dict[tuple[str, str], str] = {}
    lists = []
    for each in found.lists:
        if each.own:
            lists.append(_told(each, []))
            continue
        standings = standings_of(each.columns, each.source, states, each.product, defined=defined)
        examples = _count(each, standings, words, progress)
        lists.append(_told(each, [*standings.columns, *standings.moments]))
        for name in each.columns:
            said = {"name": name, "example": examples.get(name, ""), "field": field_of(name, each.product, standings)}
            columns.setdefault(name, said)
        needs_word = each.product.needs_file_word and not standings.moments
        if standings.of_file or needs_word or not each.product.tells_by(map(plain_name, standings.columns)):
            words[(FILE_NAME, standings.of_file)] += 1
        meant |= {key: meaning for key in words if key not in meant and (meaning := standings.meaning_of(*key))}
    return {
        "lists": lists[:_MOST_LISTS],
        "more_lists": max(len(lists) - _MOST_LISTS, 0),
        "others": [list(other) for other in found.others[:20]],
        "columns": list(columns.values())[:MOST_COLUMNS],
        "more_columns": max(len(columns) - MOST_COLUMNS, 0),
        **_words_told(words, meant),
    }


def survey_of_headers(files: Sequence[MovedFile]) -> dict[str, Any]:
    """Return the columns of a list in which none is known to hold addresses, so that somebody can say which does. Raises InputError."""
    lists: list[dict[str, Any]] = []
    columns: dict[str, dict[str, Any]] = {}
    for file in [each for each in files if is_table(each)][:_MOST_LISTS]:
        with file.open() as opened:
            encoding = encoding_of(opened)
        with file.open() as opened:
            delimiter, names = header_of(opened, source=file.name, encoding=encoding)
        told = {"source": file.name, "product": "", "why": "", "encoding": encoding, "delimiter": delimiter}
        lists.append(told | {"standing": [], "bare": False, "columns": len(names)})
        columns |= {name: {"name": name, "example": "", "field": FIELD} for name in names}
    told_columns = list(columns.values())[:MOST_COLUMNS]
    return {
        "lists": lists,
        "columns": told_columns,
        "more_columns": max(len(columns) - len(told_columns), 0),
        "words": [],
        "more_words": 0,
        "others": [],
        "more_lists": 0,
    }


def field_of(name: str, product: Product, standings: Standings) -> str:
    """Return what becomes of a column: one of the fields that somebody may choose."""
    plain = plain_name(name)
    by_hand = product.by_hand.get(plain, "")
    if name == EMAIL:
        return "address"
    if by_hand:
        return by_hand
    if name in standings.columns or name in standings.moments or name in standings.clues or standings.flags.has(name):
        return STATE
    listed = next((field for attribute, field in _NAMES.items() if plain in getattr(product, attribute)), "")
    if listed:
        return listed
    if plain in product.tags:
        return "tags"
    if plain in product.since:
        return "since"
    return IGNORE if plain in product.left_behind or not name else FIELD


def why(found: RecognisedList) -> str:
    """Return by what a list was known, in words."""
    if found.own:
        return "it is an export of ours"
    if found.of_api:
        return "it is an answer of listmonk's API"
    if found.bare:
        return "it has no header, and begins with an address"
    names = {plain_name(name): name for name in reversed(found.columns)}
    sign = next((sign for sign in found.product.signs if sign <= names.keys()), None)
    if sign is None:
        return "somebody said so" if found.product.signs else "its columns are those of no product that is known here"
    return f"it has the columns {', '.join(names[plain] for plain in sorted(sign))}"


def _told(found: RecognisedList, standing: Sequence[str]) -> dict[str, Any]:
    return {
        "source": found.source[:300],
        "product": "our own export" if found.own else found.product.title,
        "why": why(found),
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "bare": found.bare,
        "standing": list(standing)[:20],
        "columns": len(found.columns),
    }


def _count(
    found: RecognisedList, standings: Standings, words: Counter[tuple[str, str]], progress: Callable[[int], None]
) -> dict[str, str]:
    """Count the words of standing of a list; return the shape of a cell of each column."""
    examples: dict[str, str] = {}
    of_leaving = frozenset(standings.moments) - standings.explained
    for column in of_leaving:
        words[(column, "")] += 0  # whoever has a moment there left: what is to be said is what an empty cell means
    with found.rows() as rows:
        for number, row in enumerate(rows, start=1):
            standings.flags.see(row)
            for key in _words_in(row, standings, of_leaving):
                if key in words or len(words) < _MOST_COUNTED:
                    words[key] += 1
            if number <= 20:
                for name, cell in row.items():
                    if cell.strip() and name not in examples and len(examples) < MOST_COLUMNS:
                        examples[name] = shape(cell.strip())
            if number % _EVERY == 0:
                progress(number)
    for column, said in standings.flags.found.items():
        words.update({(column, word): rows for word, rows in said.items()})
    return examples


def _words_in(row: Mapping[str, str], standings: Standings, of_leaving: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what somebody may have to explain of a row: words of standing, what is no moment in a column of leaving, and clear words elsewhere."""
    for column in standings.columns:
        yield column, row.get(column, "").strip()[:MOST_CHARS].lower()
    for column in standings.moments:
        cell = row.get(column, "").strip()[:MOST_CHARS].lower()
        if (cell or column in of_leaving) and not read_moment(cell):
            yield column, cell
    for column in standings.plain:
        if word := clear_word(row.get(column, ""), likely=standings.likely):
            yield column, word.lower()


def shape(cell: str) -> str:
    """Return what a cell looks like without telling whose it is: a moment as it is, an address masked, else its beginning."""
    if read_moment(cell) or cell.lower() in ("true", "false", "yes", "no"):
        return cell[:40]
    if "@" in cell:
        return masked(cell[:100])
    return cell if len(cell) <= 2 else f"{cell[:2]}…"


def _words_told(words: Mapping[tuple[str, str], int], meant: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return words by what nobody explained first, then by how many rows say them."""
    ranked = sorted(words.items(), key=lambda item: (item[0] in meant, -item[1], item[0]))
    told = [
        {"column": column, "word": word, "rows": rows, "meaning": meant.get((column, word), "")}
        for (column, word), rows in ranked
    ]
    return {"words": told[:MOST_WORDS], "more_words": max(len(told) - MOST_WORDS, 0)}
