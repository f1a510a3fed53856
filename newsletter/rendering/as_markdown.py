"""HTML of others as Markdown: cleaned, addresses absolute, headings as strong lines, without images, scripts and what is hidden.

No sign of its text becomes Markdown (`written_text`). A text nested too deeply to be cleaned is told by its words alone.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import nh3
from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.errors import InputError
from newsletter.rendering.inline_styles import HIDDEN, hides_by_class, meanings
from newsletter.rendering.latex.indices import raised
from newsletter.rendering.sanitising import DROPPED_WITH_CONTENT, KEPT, MAX_DEPTH, depth
from newsletter.rendering.tag_order import check_order
from newsletter.rendering.written_text import at_beginning, inline, paragraphs

MAX_HTML = 40_000
"""Characters of HTML that are read; a text behind them would stand on no page of ours."""
FEW_TAGS = 500
"""Tags that no order of theirs makes slow to parse."""
_TAGS = (
    set(KEPT) | set("article section main header footer aside figure figcaption details summary center".split())
) - {"img"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "*": {"style", "class", "hidden"}}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "cite": "*", "dfn": "*", "var": "*", "del": "~~", "s": "~~"}
_BLOCKS = frozenset("p div ul ol dl dt dd li blockquote pre table caption tr td th hr h1 h2 h3 h4 h5 h6".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 caption dt".split())
_SPACE = re.compile(r"[ \t\n\r\f]+")
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_BRACKET = re.compile(r"(?<!\\)\]")
_MARKING = frozenset("*_~")
_LETTER = re.compile(r"\w")
_BREAK = "\0"
"""Stands for a line break until the spaces around it are gone; cleaning leaves no such sign."""
_LINK = "\1"
"""Stands before a link until the sign before it is known: behind an exclamation mark it would be an image."""


def markdown_of(html: str, absolute: Callable[[str], str], *, most: int = MAX_HTML) -> str:
    """Return HTML as Markdown, of `most` characters at most. `absolute` returns an address as it is from outside.

    It returns "" for one that leads nowhere: then its words stay.
    """
    html = html[:most].replace(_BREAK, "").replace(_LINK, "")
    try:
        clean = _clean(html, absolute)
    except InputError:
        return paragraphs(unescape(_ANY_TAG.sub(" ", html)))
    if "<" not in clean:
        return paragraphs(unescape(clean))
    root = lxml_html.fragment_fromstring(clean, create_parent="div")
    return "\n\n".join(_blocks(root))


def _clean(html: str, absolute: Callable[[str], str]) -> str:
    """Return what is kept, its addresses absolute. Raises InputError where it is too deep, or would take long."""
    if html.count("<") > FEW_TAGS:  # fewer cannot take long, however they are nested
        if depth(html, lenient=True) > MAX_DEPTH:
            raise InputError("the text is nested too deeply")
        check_order(html)

    def kept(_: str, name: str, value: str) -> str | None:
        match name:
            case "href":
                return absolute(value) or None
            case "style":
                return HIDDEN if HIDDEN in meanings(value[:2000]) else None
            case "class":
                return HIDDEN if hides_by_class(value[:2000]) else None
        return value if value.isascii() and value.isdecimal() and len(value) < 7 else ""

    clean: str = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto"},
        url_relative="pass_through",
        link_rel=None,
    )
    return clean


def _is_hidden(element: HtmlElement) -> bool:
    attributes = element.attrib
    return bool(attributes) and ("hidden" in attributes or "style" in attributes or "class" in attributes)


def _blocks(element: HtmlElement) -> Iterator[str]:
    """Yield the paragraphs of an element, each as Markdown without a line end behind it."""
    run: list[str] = [_text(element.text)]
    for child in element:
        if _is_hidden(child):
            run.append(_text(child.tail))
            continue
        if child.tag in _BLOCKS or _holds_blocks(child):
            yield from _paragraph(run)
            yield from _block(child)
            run = []
        else:
            run.append(_inline(child))
        run.append(_text(child.tail))
    yield from _paragraph(run)


def _holds_blocks(element: HtmlElement) -> bool:
    return any(child.tag in _BLOCKS for child in element.iterdescendants())


def _block(element: HtmlElement) -> Iterator[str]:
    match element.tag:
        case "ul" | "ol":
            yield from _list(element)
        case "blockquote":
            if within := "\n\n".join(_blocks(element)):
                yield "\n".join(f"> {line}".rstrip() for line in within.split("\n"))
        case "pre":
            if words := _typed(element).strip("\n"):
                yield _fenced(words)
        case "tr":
            cells = [" ".join(_blocks(cell)).replace("\n", " ") for cell in element if cell.tag in {"td", "th"}]
            if row := " · ".join(cell for cell in cells if cell):
                yield row
        case "hr":
            return
        case name if name in _HEADINGS and not _holds_blocks(element):
            for paragraph in _blocks(element):
                yield paragraph if "**" in paragraph else f"**{paragraph}**"
        case _:
            yield from _blocks(element)


def _list(element: HtmlElement) -> Iterator[str]:
    """Yield one block with a line for each entry; what stands below an entry is set in below its first letter."""
    ordered = element.tag == "ol"
    number = int(element.get("start") or 1) if ordered else 0
    lines = [*_paragraph([_text(element.text)])]
    mark = ""
    for child in element:
        if (
            child.tag in {"ul", "ol"} and mark and not _is_hidden(child)
        ):  # Google Docs: below the entry before, and not in it
            lines += [f"{' ' * len(mark)}{line}".rstrip() for each in _list(child) for line in each.split("\n")]
            lines += _paragraph([_text(child.tail)])
            continue
        mark = f"{number}. " if ordered else "- "
        within = "" if _is_hidden(child) else "\n\n".join(_blocks(child) if child.tag == "li" else _block(child))
        if within:
            number += 1
            first, *rest = within.split("\n")
            lines += [mark + first, *(f"{' ' * len(mark)}{line}".rstrip() for line in rest)]
        lines += _paragraph([_text(child.tail)])
    if lines:
        yield "\n".join(lines)


def _typed(element: HtmlElement) -> str:
    """Return the words of an element with its lines as they stand in it."""
    for mark in element.iter("br"):
        mark.tail = f"\n{mark.tail or ''}"
    return str(element.text_content())


def _fenced(words: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", words)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{words}\n{fence}"


def _paragraph(run: list[str]) -> Iterator[str]:
    words = _SPACE.sub(" ", "".join(run)).replace(f"!{_LINK}", r"\!").replace(_LINK, "")
    lines = [line.strip() for line in words.split(_BREAK)]
    written = "\\\n".join(at_beginning(line) for line in lines if line)
    if written:
        yield written


def _text(text: str | None) -> str:
    return inline(_SPACE.sub(" ", text)) if text else ""


def _inline(element: HtmlElement) -> str:
    """Return an element within a line as Markdown, its tail not among it."""
    name = element.tag
    if _is_hidden(element):
        return ""
    if name == "br":
        return _BREAK
    if name in {"code", "kbd", "samp"}:
        return _code(element.text_content())
    if name in {"sup", "sub"} and not len(element):
        return _text(raised("^" if name == "sup" else "_", _SPACE.sub(" ", element.text or "")))
    words = _text(element.text) + "".join(_inline(child) + _text(child.tail) for child in element)
    if name == "a" and (address := element.get("href")):
        words = _BRACKET.sub("&#93;", words)
        target = f"](<{address}>)" if re.search(r"[()\s]", address) else f"]({address})"
        return _marked(words, f"{_LINK}[", target)
    if name in _MARKS:
        return _emphasised(words, _MARKS[name], element)
    if name == "q":
        return f"“{words}”"
    return words


def _emphasised(words: str, mark: str, element: HtmlElement) -> str:
    """Return emphasised words, or the words alone where CommonMark (section 6.2) would not see the marks for what they are."""
    inner = words.strip(" ")
    if not inner or mark[0] in inner or _BREAK in inner:
        return words
    before = " " if words[0] == " " else _before(element)
    after = " " if words[-1] == " " else _after(element)
    if before in _MARKING or after in _MARKING:
        return words
    if (before and _LETTER.match(before) and not _LETTER.match(inner[0])) or (
        before and mark == "~~" and _LETTER.match(before)
    ):
        return words
    if (after and _LETTER.match(after) and not _LETTER.match(inner[-1])) or (
        after and mark == "~~" and _LETTER.match(after)
    ):
        return words
    return _marked(words, mark, mark)


def _before(element: HtmlElement) -> str:
    """Return the letter before an element, "" at the beginning of its block, and a mark where nobody can tell."""
    node = element
    while True:
        previous, parent = node.getprevious(), node.getparent()
        if previous is not None and _is_plain(previous):  # reads like the words beside it
            if words := previous.tail or previous.text:
                return str(words[-1])
            node = previous
            continue
        if previous is not None:
            return previous.tail[-1:] if previous.tail else " " if previous.tag == "br" else "*"
        if parent is None or parent.text:
            return parent.text[-1:] if parent is not None else ""
        if parent.tag in _BLOCKS:
            return ""
        node = parent


def _after(element: HtmlElement) -> str:
    """Return the letter behind an element, "" at the end of its block, and a mark where nobody can tell."""
    node = element
    while True:
        if node.tail:
            return str(node.tail[0])
        following, parent = node.getnext(), node.getparent()
        if following is not None and _is_plain(following):
            if following.text:
                return str(following.text[0])
            node = following
            continue
        if following is not None:
            return " " if following.tag == "br" or following.tag in _BLOCKS else "*"
        if parent is None or parent.tag in _BLOCKS:
            return ""
        node = parent


def _is_plain(element: HtmlElement) -> bool:
    """Tell whether an element is written as its text alone."""
    return element.tag == "span" and not len(element) and not _is_hidden(element)


def _marked(words: str, opening: str, closing: str) -> str:
    """Put signs around words, within the white space around them; nothing around nothing."""
    inner = words.strip(" ")
    if not inner.replace(_BREAK, ""):
        return words
    start = words[: len(words) - len(words.lstrip(" "))]
    return f"{start}{opening}{inner}{closing}{words[len(start) + len(inner) :]}"


def _code(words: str) -> str:
    words = _SPACE.sub(" ", words).strip()
    if not words:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", words)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{ticks}{space}{words}{space}{ticks}"
