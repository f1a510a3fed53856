"""An XML feed taken apart by feedparser: strictly where that is possible, mended where not, loosely where nothing else helps.

feedparser is given text whose charset is known, so it guesses none, and mends no letters: it would read a title `Â©` as `©`.
"""

from __future__ import annotations

import io
import xml.sax
import xml.sax.handler
import xml.sax.xmlreader
from dataclasses import dataclass, field
from typing import Any

from feedparser.api import LooseFeedParser, StrictFeedParser

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import octets, xml_text
from newsletter.sources.kinds.feed_entries import IS_ADDRESS, person

_NOT_UTF_8 = "utf8"
"""The name by which feedparser does not take UTF-8 for something that was encoded twice."""


@dataclass(slots=True)
class FeedParts:
    """What feedparser made of a feed: its own values and those of its items, as dicts; `claimed` is how many items began in it."""

    version: str
    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    claimed: int
    told: list[str] = field(default_factory=list)
    problem: str = ""
    """What is wrong with its XML, where not even mending helped."""

    @property
    def is_atom(self) -> bool:
        """Whether the format says of each text what it is."""
        return self.version.startswith("atom")

    @property
    def is_broken(self) -> bool:
        """Whether only a part of it may have been read."""
        return bool(self.problem)


class _Forgetful:
    """What both readers of feedparser forget: whether a guid says that it is an address, and how a person was written."""

    def _start_guid(self, attributes: dict[str, str]) -> None:
        says_no = attributes.get("ispermalink", "true").strip().lower() in {"false", "0", "no"}
        self._get_context()[IS_ADDRESS] = not says_no  # type: ignore[attr-defined]
        self._start_id(attributes)

    def _start_id(self, attributes: dict[str, str]) -> None:
        super()._start_guid({**attributes, "ispermalink": "false"})  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()  # type: ignore[attr-defined]
        people = dict.get(context, f"{key}s") or [{}]
        if people[-1] or key != "author":
            super()._sync_author_detail(key)  # type: ignore[misc]
        elif name := person(str(dict.get(context, key) or "")):
            context.setdefault("authors", people)[-1]["name"] = name


class _Strict(_Forgetful, StrictFeedParser):  # type: ignore[misc]
    """feedparser's strict reader, given the text of an element at once: XML's parser hands it over in pieces, one for each `&lt;`."""

    def __init__(self, base: str) -> None:
        super().__init__(base, None, _NOT_UTF_8)
        self._pieces: list[str] = []

    def characters(self, text: str) -> None:
        self._pieces.append(text)

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - as xml.sax calls it
        self._flush()
        super().startElementNS(name, qname, attrs)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 - the same
        self._flush()
        super().endElementNS(name, qname)

    def _flush(self) -> None:
        if self._pieces:
            super().characters("".join(self._pieces))
            self._pieces.clear()


class _Loose(_Forgetful, LooseFeedParser):  # type: ignore[misc]
    """feedparser's loose reader."""


def parsed(content: bytes, address: str) -> FeedParts:
    """Return the parts of a feed. Raises BrokenAnswerError where nothing of it can be read, or reading it would take long."""
    text, told = octets.decoded(content)
    text, more = xml_text.prepared(text)
    found = xml_text.looked_over(text)
    told += more
    if found.cut_at >= 0:
        rest = text.count("</item>", found.cut_at) + text.count("</entry>", found.cut_at)
        told.append(f"only the first {xml_text.MOST_ITEMS} items are read; about {rest:,} more follow")
    base = address if xml_text.local(found.root) == "feed" else ""
    parser, words, problem = _parsed(xml_text.cut(text, found), base)
    entries = list(parser.entries)
    if problem and found.item_is_open and found.cut_at < 0 and entries and len(entries) == found.items:
        entries = entries[:-1]
        words += "; the last item is cut off, and left out"
    told += [words] if words else []
    return FeedParts(parser.version, parser.feeddata, entries, min(found.items, xml_text.MOST_ITEMS), told, problem)


def _parsed(text: str, base: str) -> tuple[Any, str, str]:
    """Return the parser that has read a text, what is to be told of its XML, and what is wrong with it where no mending helped."""
    problem = ""
    for is_mended in (False, True):
        parser: Any = _Strict(base)
        try:
            _feed_strictly(parser, xml_text.mended(text) if is_mended else text)
        except xml.sax.SAXException as error:
            problem = problem or _where(error)
        except (RecursionError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            problem = problem or type(error).__name__
        else:
            return parser, f"its XML was mended ({problem})" if problem else "", ""
    return _loosely(text, base), f"its XML is broken ({problem}): what could be read was read", problem


def _feed_strictly(parser: Any, text: str) -> None:
    parser.resolve_relative_uris = parser.sanitize_html = False
    reader = xml.sax.make_parser()  # noqa: S317 - its DTD is gone, and with it what such a parser could be attacked by
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setFeature(xml.sax.handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    source = xml.sax.xmlreader.InputSource()
    source.setEncoding("utf-8")
    source.setByteStream(io.BytesIO(text.encode("utf-8", "replace")))
    reader.parse(source)


def _loosely(text: str, base: str) -> Any:
    parser = _Loose(base, None, _NOT_UTF_8, {})
    parser.resolve_relative_uris = parser.sanitize_html = False
    try:
        parser.feed(text)
        parser.close()
    except Exception as error:  # noqa: BLE001 - whatever a parser of broken text stumbles over
        if not parser.entries:
            raise BrokenAnswerError(f"it cannot be read as a feed ({type(error).__name__})") from None
    return parser


def _where(error: xml.sax.SAXException) -> str:
    if isinstance(error, xml.sax.SAXParseException):
        return f"line {error.getLineNumber()}: {error.getMessage()}"
    return str(error)[:100]
