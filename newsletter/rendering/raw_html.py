"""HTML in Markdown: which tags are HTML, and which are words that only look like tags (`vector<int>`, `<think>`, `Option<T>`).

A tag is HTML when HTML knows its name and it is closed where it has to be. Every other one is text and stands there as typed. What is
left out, for safety or because it is a comment, is told as a `Loss` with its line. No HTML is made safe here: see `sanitising`.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from newsletter.rendering.attributes import attribute
from newsletter.rendering.html_words import CONDITION, words_of_block
from newsletter.rendering.inline_styles import hides
from newsletter.rendering.losses import LOSSES, Loss, empty_link, leads_somewhere, line_breaks, of_tag, shows
from newsletter.rendering.pasted_html import REARRANGED
from newsletter.rendering.sanitising import DROPPED_WITH_CONTENT, EMBEDDED, KEPT, OPTIONAL_END, address_in

_CLOSINGS = "closings"
_UNWRAPPED = REARRANGED - {"input"} | frozenset(
    "acronym big col colgroup data font nobr output picture source time wbr".split()
)
"""What HTML knows and a mail does not: the tags go, the words stay."""
_VOID_KEPT = frozenset({"br", "hr", "img", "wbr"})
_VOID_LEFT_OUT = frozenset({"area", "base", "col", "embed", "input", "link", "meta", "param", "source", "track"})
"""They hold no words. Without an attribute they do nothing, and so somebody writes about them."""
_CONTAINERS = frozenset({"dl", "ol", "table", "ul"})
"""Within them an item, a row or a cell may end where the next one begins."""
_REAL = frozenset("audio canvas embed form iframe math object script style svg video".split())
"""Of what is dropped with its content: pasted, and not written about, when it is closed within a sentence."""
_SILENT = frozenset({"col", "source"})
"""Of those: a picture and a table are whole without them."""
_OFFICE = re.compile(r"(?:o|w|v|st1):[a-z][a-z0-9]{0,30}\Z")
"""Names of Word's own elements, whose words stay."""
_KNOWN = KEPT | _UNWRAPPED | _VOID_LEFT_OUT | DROPPED_WITH_CONTENT
_MOST_TAG = 4096  # characters of one tag; bounded, for a tag that never ends is looked for at each `<`
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][^\s/<>]*+)(?P<rest>(?>(?:[^\"'<>]|\"[^\"]*+\"|'[^']*+')*))>")
_CLOSING = re.compile(r"</([a-zA-Z][a-zA-Z0-9]*)|(-->)")


@dataclass(slots=True)
class _Place:
    """A tag or comment; `start` and `end` lie within the content of its token."""

    token: Token
    start: int
    end: int
    line: int
    name: str = ""  # of a comment
    closing: bool = False
    attributes: str = ""
    self_closing: bool = False
    after_words: bool = False
    """Whether something to read stands between the tag before it and this one."""
    is_html: bool = False

    @property
    def in_block(self) -> bool:
        return self.token.type == "html_block"


def raw_html_plugin(parser: MarkdownIt) -> None:
    """Let only HTML be HTML. Losses are put into the environment under `LOSSES`."""
    parser.block.ruler.at("html_block", _block, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.before("html_inline", "condition", _condition)
    parser.core.ruler.after("inline", "raw_html", _keep_words)


def _condition(state: StateInline, _silent: bool) -> bool:
    """Read over Word's conditions, `<![if !supportLists]>` and `<![endif]>`: what stands between them is shown, as there."""
    found = CONDITION.match(state.src, state.pos, state.posMax) if state.src.startswith("<![", state.pos) else None
    if found is None:
        return False
    state.pos = found.end()
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Begin a block of HTML only at what is HTML: it would hide Markdown until the next blank line, or to the end."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : start + 1] == "<" and not _begins_html(state, start):
        return False
    return html_block(state, start_line, end_line, silent)


def _begins_html(state: StateBlock, start: int) -> bool:
    if state.src.startswith("<!--", start):
        return _last(state, "-->") > start
    found = _TAG.match(state.src, start, start + _MOST_TAG)
    if found is None:
        return False
    name = found["name"].lower()
    if not _is_known(name) or (found["close"] and name in DROPPED_WITH_CONTENT):
        return False
    if found["close"] or name in {"p", *_VOID_KEPT, *_VOID_LEFT_OUT}:
        return True
    ends = _CONTAINERS | {name} if name in OPTIONAL_END else {name}
    return max(_last(state, end) for end in ends) > start


def _last(state: StateBlock, name: str) -> int:
    """Return where something is closed for the last time; all are looked for at once, so that many openings cost no more."""
    if _CLOSINGS not in state.env:
        found = _CLOSING.finditer(state.src)
        state.env[_CLOSINGS] = {(one[1] or one[2]).lower(): one.start() for one in found}
    return int(state.env[_CLOSINGS].get(name, -1))


def _keep_words(state: StateCore) -> None:
    places = list(_places(state.tokens))
    losses = state.env.setdefault(LOSSES, [])
    losses += _judge(places)
    by_token: dict[int, list[_Place]] = defaultdict(list)
    for place in places:
        by_token[id(place.token)].append(place)
    for token in _raw(state.tokens):
        if token.type == "html_block":
            line = token.map[0] + 1 if token.map else 1
            token.content, lost = words_of_block(token.content, by_token[id(token)], line)
            losses += lost
        elif not any(place.is_html for place in by_token[id(token)]):
            token.type = "text"


def _raw(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "html_block":
            yield token
        yield from (child for child in token.children or () if child.type == "html_inline")


def _places(tokens: Iterable[Token]) -> Iterator[_Place]:
    line, words = 0, False
    for token in tokens:
        line = token.map[0] if token.map else line
        words = words or token.type in {"fence", "code_block"}
        if token.type == "html_block":
            words = yield from _within(token, line, words)
        within = line
        for child in token.children or ():
            if child.type == "html_inline":
                words = yield from _within(child, within, words)
            words = words or child.type == "image" or (child.type != "html_inline" and bool(child.content.strip()))
            within += line_breaks(child)


def _within(token: Token, line: int, words: bool) -> Generator[_Place, None, bool]:
    """Yield the tags and comments of a token; return whether something to read stands behind the last. `words`: or before the first."""
    content, position, at, behind = token.content, 0, line + 1, 0
    closed = content.rfind("-->")
    while (start := content.find("<", position)) >= 0:
        at += content.count("\n", position, start)
        position = start + 1
        if content.startswith("<!--", start) and start < closed:
            place = _Place(token, start, content.find("-->", start + 2) + 3, at)  # `<!-->` is one, too
        elif found := _TAG.match(content, start, start + _MOST_TAG):
            place = _tag(token, found, at)
        else:
            continue
        place.after_words = words or bool(content[behind:start].strip())
        yield place
        words, position, behind = False, place.end, place.end
        at += content.count("\n", start, position)
    return words or bool(content[behind:].strip())


def _tag(token: Token, found: re.Match[str], line: int) -> _Place:
    name, closing, rest = found["name"].lower(), bool(found["close"]), found["rest"]
    return _Place(token, found.start(), found.end(), line, name, closing, rest.strip(" /\n\t"), rest.endswith("/"))


def _judge(places: list[_Place]) -> Iterator[Loss]:
    """Say of each place whether it is HTML, and yield what no reader will see."""
    partners = _partners(places)
    notes = _links_of_notes(places)
    number = contained = hidden = 0
    while number < len(places):
        place, last = places[number], partners.get(number)
        if not place.name:
            place.is_html = True
            yield from [Loss(place.line, "a comment")] if number >= hidden else ()
        elif place.name in DROPPED_WITH_CONTENT and place.name not in _VOID_LEFT_OUT:
            if last is not None and (place.in_block or place.name in _REAL):
                for each in places[number : last + 1]:
                    each.is_html = True
                yield from [Loss(place.line, _left_out(places[number : last + 1]))] if number >= hidden else ()
                number = last
        else:
            place.is_html = place.is_html or last is not None or _stands_alone(place, contained=number < contained)
            if last is not None:
                places[last].is_html = True
                contained = max(contained, last) if place.name in _CONTAINERS else contained
            if place.is_html and not place.closing and number >= hidden and number not in notes:
                yield from _of_tag(place)
                if last is not None and _is_empty_link(places[number : last + 1]):
                    yield empty_link(place.attributes, place.line)
                hidden = last if last is not None and hides(place.attributes) else hidden
        number += 1


def _links_of_notes(places: list[_Place]) -> set[int]:
    """Return the numbers of links between notes and their marks (see `pasted_notes`): their work is done by others."""
    links = {number: place for number, place in enumerate(places) if place.name == "a" and "#" in place.attributes}
    leads = {number: (attribute(place.attributes, "href") or "").partition("#")[2] for number, place in links.items()}
    names = {number: _names(place) for number, place in links.items()}
    marks = {number for number, named in names.items() if leads[number] and named & set(leads.values())}
    named = {name for number in marks for name in names[number]}
    return marks | {number for number, lead in leads.items() if lead in named}


def _names(place: _Place) -> set[str]:
    return {name for kind in ("id", "name") if (name := attribute(place.attributes, kind))}


def _of_tag(place: _Place) -> Iterator[Loss]:
    """Yield what is lost with a tag: what is hidden is told once, whatever is in it."""
    if hides(place.attributes):
        yield Loss(place.line, f"what is hidden in <{place.name}>")
        return
    yield from of_tag(place.name, place.attributes, place.line)
    if place.name in _VOID_LEFT_OUT - _SILENT and attribute(place.attributes, "type") != "checkbox":
        yield Loss(place.line, _left_out([place]))


def _is_empty_link(places: list[_Place]) -> bool:
    """Tell whether a link that leads somewhere has neither words nor an image."""
    link, within = places[0], places[1:-1]
    return (
        link.name == "a"
        and leads_somewhere(attribute(link.attributes, "href") or "")
        and not any(place.after_words for place in places[1:])
        and not any(place.name in EMBEDDED or (place.name == "img" and shows(place.attributes)) for place in within)
    )


def _left_out(places: list[_Place]) -> str:
    name = places[0].name
    if name in EMBEDDED and any(address_in(place.attributes) for place in places):
        return f"<{name}>, but for a link to it,"
    return f"<{name}>" if name in _VOID_LEFT_OUT else f"<{name}> and what is in it"


def _stands_alone(place: _Place, *, contained: bool) -> bool:
    """Tell whether a tag is HTML though nothing closes it; `contained`: within a list or a table."""
    if place.name in _VOID_KEPT:
        return True
    if place.name in _VOID_LEFT_OUT:
        if place.name == "col" and contained:
            return True
        return bool(place.attributes) and not place.closing
    if _OFFICE.match(place.name):
        return place.self_closing
    return place.in_block and (place.name == "p" or (contained and place.name in OPTIONAL_END))


def _is_known(name: str) -> bool:
    return name in _KNOWN or bool(_OFFICE.match(name))


def _partners(places: list[_Place]) -> dict[int, int]:
    """Return, by the number of each tag that is closed, the number of what closes it."""
    partners: dict[int, int] = {}
    opened: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        if not _is_known(place.name) or place.name in _VOID_KEPT | _VOID_LEFT_OUT:
            continue
        if not place.closing:
            opened[place.name].append(number)
        elif opened[place.name]:
            partners[opened[place.name].pop()] = number
    return partners
