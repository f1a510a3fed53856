"""Know the lists of a move by their shape: encoding, delimiter, header or none, and the product whose columns these are."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import IO

from newsletter.audience import own_list
from newsletter.audience.column_names import plain_name
from newsletter.audience.list_file import ListFile, read_csv, read_lines
from newsletter.audience.moving.listmonk_api import API_COLUMNS, lists_of_api, read_api, the_list
from newsletter.audience.moving.mapping import address_of, check_columns, mapped
from newsletter.audience.moving.opening import SPREADSHEETS, MovedFile
from newsletter.audience.moving.product import Product
from newsletter.audience.moving.products import PRODUCTS
from newsletter.audience.moving.products.listmonk import LISTMONK_LISTS
from newsletter.audience.moving.products.mailing_lists import MAILMAN
from newsletter.audience.moving.products.plain import PLAIN
from newsletter.audience.moving.unread import ACTIVITY, TABLES, fault_of_unread, is_damaged
from newsletter.audience.standing_words import word_of_file
from newsletter.audience.standings import standings_of
from newsletter.errors import InputError

UTF_8, WESTERN = "utf-8", "cp1252"
_SUFFIXES = ("", ".csv", ".tsv", ".txt", ".json", ".list")
_NEVER = (".opens.csv", ".clicks.csv", ".errors.csv.log")
"""Files that name addresses and are no lists of readers."""
_PIECE = 1 << 20


@dataclass(frozen=True)
class RecognisedList:
    """A file that is a list of readers; `encoding` is said aloud where it is not UTF-8. `own`: an export of ours."""

    file: MovedFile
    product: Product
    columns: Sequence[str]
    encoding: str = UTF_8
    bare: bool = False
    """It has no header."""
    list_id: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    """Names of the lists by id that an answer of listmonk's API tells of; `list_id` is the one that is meant."""
    raw: bool = False
    delimiter: str = ""
    address: str = ""
    """The column of addresses, where somebody said it by hand."""

    @property
    def source(self) -> str:
        """The file's name."""
        return self.file.name

    @property
    def own(self) -> bool:
        """Whether it is an export of ours."""
        return own_list.is_own(self.columns)

    @property
    def of_api(self) -> bool:
        """Whether it is an answer of listmonk's API."""
        return self.columns is API_COLUMNS

    @contextmanager
    def rows(self) -> Iterator[ListFile]:
        """Open its rows, from the first."""
        with self.file.open() as file:
            yield _rows(file, self)


@dataclass(frozen=True)
class Recognised:
    """The lists of a move in the order in which they are read, and the files that are none, with a reason where it is not plain."""

    lists: Sequence[RecognisedList]
    others: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SaidOfFiles:
    """What somebody says of the files: the product's word, which list of an API is meant, which field each column is, and that nothing is guarded."""

    product: str = ""
    list_id: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False


NOTHING_SAID = SaidOfFiles()


def recognise(files: Sequence[MovedFile], said: SaidOfFiles = NOTHING_SAID, *, may_be_none: bool = False) -> Recognised:
    """Find the lists of readers among files. Raises InputError when there is none, unless there `may_be_none`, and for an only file that is none."""
    lists: list[RecognisedList] = []
    others: list[tuple[str, str]] = []
    faults: list[InputError] = []
    unread: list[InputError] = []
    for file in files:
        try:
            found = _list_of(file, said)
        except InputError as error:
            if file.named or (len(files) == 1 and not may_be_none) or word_of_file(file.name, {}):
                raise  # it was meant to be read, or says that it tells who left
            others.append((file.name, error.what))
            if is_table(file):
                faults.append(error)
            if is_damaged(file, error):
                unread.append(fault_of_unread(file) or error)
            continue
        if found is None:
            fault = fault_of_unread(file)
            others.append((file.name, fault.what if fault else ""))
            unread += [fault] if fault else []
        else:
            lists.append(found)
    if unread and (lists or not may_be_none):
        raise unread[0]  # nobody becomes active while it may tell that they left
    if not lists and faults:
        raise faults[0]  # the only table there is cannot be read: that says more than that there is no list
    check_columns(said.mapping, [each.columns for each in lists], [each.address for each in lists])
    lists, strays = _without_strays(lists)
    others += [(each.source, "no list of a product; name it by itself") for each in strays]
    if not any(not each.product.only_named for each in lists):
        if may_be_none and not lists:
            return Recognised((), others)
        raise InputError(
            "there is no list of readers",
            where=", ".join(f.name for f in files[:3]),
            remedy="name the file with their addresses",
        )
    return Recognised(sorted(_of_one_list(lists, said.list_id), key=lambda each: each.product.only_named), others)


def is_table(file: MovedFile) -> bool:
    """Tell whether a file's name says that it holds a table."""
    return file.named or PurePosixPath(file.name.lower()).suffix in TABLES


def _without_strays(lists: Sequence[RecognisedList]) -> tuple[list[RecognisedList], list[RecognisedList]]:
    """Part the lists of a product's export from what else lies there. Raises InputError for one that may tell who left."""
    if len(lists) < 2 or all(each.product.is_plain for each in lists):
        return list(lists), []
    strays = [each for each in lists if each.product.is_plain and not each.own and not each.file.named]
    for each in strays:
        activity = ACTIVITY & set(PurePosixPath(each.source.lower()).parts)
        if not activity and standings_of(each.columns, each.source, ()).suspicious:
            raise InputError(
                "this list may name people who left, and is none of the product's",
                where=each.source,
                remedy="name it by itself, or leave it out of the folder",
            )
    return [each for each in lists if each not in strays], strays


def _of_one_list(lists: Sequence[RecognisedList], list_id: str) -> list[RecognisedList]:
    """Have all answers of listmonk's API tell of one list, whatever other lists each of them tells of. Raises InputError."""
    answers = [each for each in lists if each.of_api]
    told = {key: name for each in answers for key, name in each.told.items()}
    wanted = the_list(told, list_id, answers[0].source) if answers else ""
    return [replace(each, list_id=wanted) if each.of_api else each for each in lists]


def product_of(columns: Sequence[str], source: str) -> Product:
    """Return the product whose columns these are, or PLAIN."""
    names = {plain_name(name) for name in columns}
    for product in PRODUCTS:
        named = not product.file_names or source.lower().endswith(tuple(product.file_names))
        if named and any(sign <= names for sign in product.signs):
            return product
    return PLAIN


def encoding_of(file: IO[bytes]) -> str:
    """Return UTF-8 where all octets are, or begin as UTF-16 does; else that of Western spreadsheets."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    first = True
    while piece := file.read(_PIECE):
        if first and piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return UTF_8  # the reader knows it by its mark
        first = False
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return WESTERN
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return WESTERN
    return UTF_8


def _list_of(file: MovedFile, said: SaidOfFiles) -> RecognisedList | None:
    name = file.name.lower()
    if file.named and name.endswith(SPREADSHEETS):
        raise InputError("this is a spreadsheet's own format", where=file.name, remedy="save the sheet as CSV")
    if PurePosixPath(name).suffix not in _SUFFIXES or name.endswith(_NEVER):
        return None
    with file.open() as opened:
        head = opened.read(1 << 12)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _answer(file) if b'"subscription_status"' in head or b'"results"' in head else None
    with file.open() as opened:
        encoding = encoding_of(opened)
    bare = _is_bare(head, encoding)
    address = _address_by_hand(file, encoding, said.mapping)
    with file.open() as opened:
        rows = _opened_rows(opened, RecognisedList(file, MAILMAN, (), encoding, bare, raw=said.raw, address=address))
        columns = list(rows.columns)
    known = _named(said.product) or (MAILMAN if bare else product_of(columns, file.name))
    if said.mapping and not own_list.is_own(columns):
        known = mapped(known, columns, said.mapping, by_hand=bool(address))
    return RecognisedList(file, known, columns, encoding, bare, raw=said.raw, delimiter=rows.delimiter, address=address)


def _named(word: str) -> Product | None:
    """Return the product that somebody named; None where nobody did. Raises InputError."""
    found = next((each for each in PRODUCTS if each.word == word), None) if word else None
    if word and found is None:
        known = ", ".join(each.word for each in PRODUCTS)
        raise InputError(f"there is no product {word!r}", where="--as", remedy=f"write one of {known}")
    return found


def _address_by_hand(file: MovedFile, encoding: str, mapping: Mapping[str, str]) -> str:
    """Return the column that is said to hold the addresses, where this file has it."""
    named = address_of(mapping)
    if not named:
        return ""
    with file.open() as opened:
        try:
            read_csv(opened, source=file.name, encoding=encoding, address=named)
        except InputError:
            return ""
    return named


def _answer(file: MovedFile) -> RecognisedList:
    with file.open() as opened:
        return RecognisedList(file, LISTMONK_LISTS, API_COLUMNS, told=lists_of_api(opened, file.name))


def _rows(file: IO[bytes], found: RecognisedList) -> ListFile:
    if found.of_api:
        return read_api(file, found.source, found.list_id)
    return _opened_rows(file, found)


def _opened_rows(file: IO[bytes], found: RecognisedList) -> ListFile:
    if found.bare:
        return read_lines(file, source=found.source, encoding=found.encoding)
    return read_csv(file, raw=found.raw, source=found.source, encoding=found.encoding, address=found.address)


def _is_bare(head: bytes, encoding: str) -> bool:
    """Tell whether a list begins with an address instead of a header."""
    line = next((each for each in head.decode(encoding, "replace").splitlines() if each.strip()), "").strip("\ufeff \t")
    return "@" in line and ("<" in line or not any(sign in line.strip() for sign in ",;\t| "))
