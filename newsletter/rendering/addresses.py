"""Web addresses in running text become links, and international ones are spelled as the wire wants them (RFC 3986, RFC 5891).

A bare address ends where a reader would end it: before the punctuation of the sentence around it, in any script. What may stand in an
address all the same, such as a dash between words or a bracket that is opened in it, stays.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

import idna
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_DOUBTFUL = re.compile(r"[\s<>\"'`\\^{}|]|[^\x00-\x7f]")
_GOES_ON = re.compile(r"[/.\-=&?#%]?[^\W_]")
_MOST_BEFORE = 2048
"""Characters of an address before a sign of emphasis in it."""
_LAST = ".,;:!?*_~"
_WITHIN = frozenset("·‧‐‑‒–—―゠・")  # noqa: RUF001
"""Punctuation outside of ASCII that names carry inside: middle dots and dashes. It ends an address only when nothing follows it."""
_PAIRS = {")": "(", "]": "["}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})


def bare_addresses_plugin(parser: MarkdownIt) -> None:
    """Make links of the addresses that stand in text, outside of links and code."""
    parser.inline.ruler.before("emphasis", "underscores_of_addresses", _keep_underscores)
    parser.core.ruler.push("bare_addresses", _link)


def on_the_wire(address: str) -> str:
    """Return an address in ASCII: its host in Punycode (UTS 46), all else in percent signs. One that is no address stays as it is."""
    if address.isascii():
        return address
    try:
        parts = urlsplit(address)
        return normalizeLink(parts._replace(netloc=_netloc(parts)).geturl())
    except (ValueError, idna.IDNAError):
        return address


def _netloc(parts: SplitResult) -> str:
    if parts.netloc.isascii():
        return parts.netloc
    before, at, _ = parts.netloc.rpartition("@")
    host = idna.encode(parts.hostname or "", uts46=True).decode()
    return f"{before}{at}{host}" + (f":{parts.port}" if parts.port else "")


def _keep_underscores(state: StateInline, silent: bool) -> bool:
    """Keep the underscores within an address, such as those of `/__init__.py`: no emphasis begins or ends there."""
    source, pos = state.src, state.pos
    if source[pos] != "_" or not (source[pos - 1 : pos].isalnum() or source[pos - 1 : pos] in {*"/-.=&?#%"}):
        return False
    end = pos + 1
    while end < state.posMax and source[end] == "_":
        end += 1
    if not _GOES_ON.match(source, end, state.posMax) or not _in_address(source, pos):
        return False
    if not silent:
        state.append_pending(source[pos:end])
    state.pos = end
    return True


def _in_address(source: str, pos: int) -> bool:
    scheme = source.rfind("://", max(0, pos - _MOST_BEFORE), pos)
    return (
        scheme > 0
        and source[max(0, scheme - 5) : scheme].lower().endswith(("http", "https"))
        and _end(source, scheme + 3, pos) >= pos
    )


def _link(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children and "://" in token.content:
            token.children = list(_linked(token.children))


def _linked(tokens: list[Token]) -> Iterator[Token]:
    depth, before = 0, ""
    for token in tokens:
        if token.type == "link_close" and before:
            yield Token("text", "", 0, content=before)  # a link without words would be seen by nobody
        before = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "html_inline":
            depth += 1 if re.match(r"<a[\s>]", token.content, re.IGNORECASE) else 0
            depth -= 1 if token.content.lower().startswith("</a") else 0
        yield from [token] if token.type != "text" or depth > 0 else _split(token)


def _split(token: Token) -> Iterator[Token]:
    """Cut a run of text into text and links."""
    text, shown, position = token.content, 0, 0
    while found := _SCHEME.search(text, position):
        position = _end(text, found.end())
        address = _balanced(text[found.start() : position])
        if len(address) <= len(found[0]):
            continue  # no host
        yield Token("text", "", 0, content=text[shown : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": on_the_wire(address)})
        yield Token("text", "", 0, content=address)
        yield Token("link_close", "a", -1)
        shown = position = found.start() + len(address)
    yield Token("text", "", 0, content=text[shown:])


def _end(text: str, position: int, last: int = sys.maxsize) -> int:
    """Return where an address ends at the latest: at the first sign that stands in none. Each sign is looked at once."""
    while found := _DOUBTFUL.search(text, position, last):
        if found[0].isascii() or found[0].isspace() or (found[0] not in _WITHIN and _ends(found[0])):
            return found.start()
        position = found.end()
    return min(len(text), last)


def _ends(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category.startswith("P") or category in _INVISIBLE


def _balanced(address: str) -> str:
    """Take from the end what belongs to the sentence: its marks, and brackets that were opened before the address."""
    surplus = {close: address.count(close) - address.count(opening) for close, opening in _PAIRS.items()}
    end = len(address)
    while end:
        sign = address[end - 1]
        if sign in _PAIRS and surplus[sign] > 0:
            surplus[sign] -= 1
        elif sign not in _LAST and sign not in _WITHIN and sign not in "([":
            break
        elif sign in "([":
            surplus[")" if sign == "(" else "]"] += 1
        end -= 1
    return address[:end]
