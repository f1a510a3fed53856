"""Web addresses in running text become links, and international ones are spelled as the wire wants them (RFC 3986, RFC 5891).

A bare address ends where a reader would end it: before the punctuation of the sentence around it, in any script. What may stand in an
address all the same, such as a dash between words or a bracket that is opened in it, stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

import idna
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_ADDRESS = re.compile(r"(?i:https?)://[^\s<>\"'`\\^{}|]+")
_LAST = ".,;:!?*_~"
_WITHIN = frozenset("·‧‐‑‒–—―゠・")  # noqa: RUF001
"""Punctuation outside of ASCII that names carry inside: middle dots and dashes. It ends an address only when nothing follows it."""
_SLASHES_OF_A_SCHEME = 2
_PAIRS = {")": "(", "]": "["}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})


def bare_addresses_plugin(parser: MarkdownIt) -> None:
    """Make links of the addresses that stand in text, outside of links and code."""
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
    while found := _ADDRESS.search(text, position):
        address = _without_sentence(found[0])
        position = found.start() + len(address)
        if address.endswith("/") and address.count("/") == _SLASHES_OF_A_SCHEME:
            continue  # no host
        yield Token("text", "", 0, content=text[shown : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": on_the_wire(address)})
        yield Token("text", "", 0, content=address)
        yield Token("link_close", "a", -1)
        shown = position
    yield Token("text", "", 0, content=text[shown:])


def _without_sentence(address: str) -> str:
    for place, sign in enumerate(address):
        if not sign.isascii() and sign not in _WITHIN and _ends(sign):
            address = address[:place]
            break
    return _balanced(address)


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
