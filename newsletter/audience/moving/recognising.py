"""Know the lists of a move by their shape: encoding, delimiter, header or none, and the product whose columns these are."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from newsletter.audience import own_list
from newsletter.audience.list_file import ListFile, ListRow, plain_name, read_csv, read_lines
from newsletter.audience.moving.opening import MovedFile
from newsletter.audience.moving.product import Product
from newsletter.audience.moving.products import PRODUCTS
from newsletter.audience.moving.products.listmonk import LISTMONK_LISTS
from newsletter.audience.moving.products.mailing_lists import MAILMAN
from newsletter.audience.moving.products.plain import PLAIN
from newsletter.errors import InputError

UTF_8, WESTERN = "utf-8", "cp1252"
_SUFFIXES = ("", ".csv", ".tsv", ".txt", ".json", ".list")
_NEVER = (".opens.csv", ".clicks.csv", ".errors.csv.log")
"""Files that name addresses and are no lists of readers."""
_PIECE = 1 << 20
MOST_JSON = 64 << 20


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
    raw: bool = False

    @property
    def source(self) -> str:
        """The file's name."""
        return self.file.name

    @property
    def own(self) -> bool:
        """Whether it is an export of ours."""
        return own_list.is_own(self.columns)

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


def recognise(files: Sequence[MovedFile], *, product: str = "", list_id: str = "", raw: bool = False) -> Recognised:
    """Find the lists of readers among files. Raises InputError when there is none, and for an only file that is none."""
    lists: list[RecognisedList] = []
    others: list[tuple[str, str]] = []
    for file in files:
        try:
            found = _list_of(file, product, list_id, raw=raw)
        except InputError as error:
            if len(files) == 1:
                raise
            others.append((file.name, error.what))
            continue
        if found is None:
            others.append((file.name, ""))
        else:
            lists.append(found)
    if len(lists) > 1 and any(
        each.product is not PLAIN for each in lists
    ):  # a move of a product: what else lies there is no list of it
        others += [(each.source, "no list of a product; name it by itself") for each in lists if _is_stray(each)]
        lists = [each for each in lists if not _is_stray(each)]
    if not any(not each.product.only_named for each in lists):
        raise InputError(
            "there is no list of readers",
            where=", ".join(f.name for f in files[:3]),
            remedy="name the file with their addresses",
        )
    return Recognised(sorted(lists, key=lambda each: each.product.only_named), others)


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


def _list_of(file: MovedFile, product: str, list_id: str, *, raw: bool) -> RecognisedList | None:
    name = file.name.lower()
    if PurePosixPath(name).suffix not in _SUFFIXES or name.endswith(_NEVER):
        return None
    with file.open() as opened:
        head = opened.read(1 << 12)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return (
            RecognisedList(file, LISTMONK_LISTS, _API_COLUMNS, list_id=list_id)
            if b"subscription_status" in head or b"results" in head
            else None
        )
    with file.open() as opened:
        encoding = encoding_of(opened)
    bare = _is_bare(head, encoding)
    with file.open() as opened:
        rows = _opened_rows(opened, file.name, encoding, bare=bare, raw=raw)
        columns = list(rows.columns)
    found = next((each for each in PRODUCTS if each.word == product), None) if product else None
    if product and found is None:
        raise InputError(
            f"there is no product {product!r}",
            where="--as",
            remedy=f"write one of {', '.join(p.word for p in PRODUCTS)}",
        )
    known = MAILMAN if bare else product_of(columns, file.name)
    return RecognisedList(file, found or known, columns, encoding, bare, raw=raw)


def _rows(file: IO[bytes], found: RecognisedList) -> ListFile:
    if found.columns is _API_COLUMNS:
        return _of_api(file, found.source, found.list_id)
    return _opened_rows(file, found.source, found.encoding, bare=found.bare, raw=found.raw)


def _opened_rows(file: IO[bytes], source: str, encoding: str, *, bare: bool, raw: bool) -> ListFile:
    if bare:
        return read_lines(file, source=source, encoding=encoding)
    return read_csv(file, raw=raw, source=source, encoding=encoding)


def _is_bare(head: bytes, encoding: str) -> bool:
    """Tell whether a list begins with an address instead of a header."""
    line = next((each for each in head.decode(encoding, "replace").splitlines() if each.strip()), "").strip("\ufeff \t")
    return "@" in line and ("<" in line or not any(sign in line for sign in ",;\t|"))


def _is_stray(found: RecognisedList) -> bool:
    return found.product is PLAIN and not found.own


_API_COLUMNS = (
    "email",
    "name",
    "status",
    "subscription_status",
    "created_at",
    "subscription_created_at",
    "attribs",
    "list",
)


def _of_api(file: IO[bytes], source: str, list_id: str) -> ListFile:
    """Read an answer of listmonk's API: a person's standing on one of its lists. Raises InputError."""
    content = file.read(MOST_JSON + 1)
    try:
        found = json.loads(content) if len(content) <= MOST_JSON else None
    except (ValueError, RecursionError):
        found = None
    data = found.get("data", found) if isinstance(found, dict) else found
    people = data.get("results") if isinstance(data, dict) else data
    if not isinstance(people, list) or not all(isinstance(each, dict) for each in people):
        raise InputError(
            "this is no answer of listmonk's API", where=source, remedy="ask GET /api/subscribers?list_id=3"
        )
    lists = {str(each["id"]): str(each.get("name", "")) for person in people for each in _lists_of(person)}
    wanted = list_id or (next(iter(lists)) if len(lists) == 1 else "")
    if wanted not in lists:
        named = ", ".join(f"--list {key} ({name})" for key, name in sorted(lists.items())[:20]) or "none"
        raise InputError(
            "it tells of several lists" if not list_id else f"it tells nothing of list {list_id}",
            where=source,
            remedy=f"say which: {named}",
        )
    return ListFile(
        source, _API_COLUMNS, (ListRow(_person(each, wanted), number) for number, each in enumerate(people, start=1))
    )


def _lists_of(person: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lists = person.get("lists")
    return [each for each in lists if isinstance(each, dict) and "id" in each] if isinstance(lists, list) else []


def _person(told: Mapping[str, Any], list_id: str) -> dict[str, str]:
    of_list = next((each for each in _lists_of(told) if str(each["id"]) == list_id), {})
    values = {
        "email": told.get("email"),
        "name": told.get("name"),
        "status": told.get("status"),
        "subscription_status": of_list.get("subscription_status"),
        "created_at": told.get("created_at"),
        "subscription_created_at": of_list.get("subscription_created_at"),
        "attribs": json.dumps(told.get("attribs") or {}, ensure_ascii=False),
        "list": of_list.get("name"),
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}
