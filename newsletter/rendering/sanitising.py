"""Keep of an editor's HTML what a mail and a strict page may carry; everything else goes.

Allowed: prose, lists, tables, links to http, https and mailto, images over https, and a few classes of our own. No ids, styles,
scripts, frames, forms, vector graphics, comments. What is meant by the styles of pasted HTML is kept (`pasted_html`): then it is
cleaned twice. The result is well formed and at most `MAX_DEPTH` elements deep.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from html import escape, unescape

import nh3

from newsletter.errors import InputError
from newsletter.model.images import COLUMN, digest_in
from newsletter.rendering.addresses import on_the_wire
from newsletter.rendering.attributes import attribute
from newsletter.rendering.inline_styles import hides_by_class, meanings
from newsletter.rendering.pasted_html import HIDING, REARRANGED, arranged, needs_arranging
from newsletter.rendering.tag_order import check_order

MAX_DEPTH = 64
MAX_IMAGE_WIDTH = COLUMN
MAX_ATTRIBUTE = 8192
"""Characters of an attribute's value; a longer one goes. To write out a value takes the square of its length (see `_parted`)."""
KEPT = frozenset(
    "a abbr b bdi bdo blockquote br caption cite code dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q "
    "s samp small span strong sub sup table tbody td tfoot th thead tr u ul var".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "ol": {"start"},
    "abbr": {"title"},
    "data": {"value"},  # of merge fields alone: see `newsletter.rendering.merge_marks`
    **{name: {"align"} for name in ("p", "div", "h4", "h5", "h6")},
    "*": {"dir", "lang", "class"},
}
_AS_PASTED = {
    **_ATTRIBUTES,
    **{name: {"align"} for name in ("h1", "h2", "h3")},
    "a": {"href", "title", "name"},
    "input": {"type", "checked"},
    "progress": {"value", "max"},
    "meter": {"value", "max"},
    "*": {"dir", "lang", "class", "style", "hidden", "id"},
}
"""What is read of pasted HTML before it is rearranged."""
_CLASSES = frozenset({"caption", "callout", "mark", "note", "notes", "part", "ref", "task"})
"""Those that our own HTML carries, and nothing else may follow from."""
_ALIGNMENTS = {"left", "center", "right"}
DROPPED_WITH_CONTENT = frozenset(
    "script style iframe object embed applet form svg math template noscript textarea select title head xmp "
    "noembed noframes plaintext audio video canvas".split()
)
EMBEDDED = frozenset({"iframe", "video", "audio", "embed"})
"""Of these a link is left: what they show stands elsewhere."""
_INSIDE = r"(?>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)"
_EMBEDDED = re.compile(
    rf"<(iframe|video|audio)\b({_INSIDE})>(.*?)</\1\s*>|<embed\b({_INSIDE})>", re.IGNORECASE | re.DOTALL
)
_SOURCE = re.compile(rf"<source\b({_INSIDE})>", re.IGNORECASE)
_LINK = re.compile(r"<a( [^<>]*+)?>|</a>")
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "source", "wbr", "col", "area", "base", "embed", "track"}
)
OPTIONAL_END = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead", "tfoot", "option"})
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^>]*+)(>?)")  # without its `>` to the end: never read twice
_IMAGE = re.compile(r"<img((?: [a-z]+=\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]"
)  # `&#1;` makes them; XML has none
_RUN = re.compile(r"(?:\A|(?<=>))[^<>]{8192,}+(?=<|\Z)")
_PIECE = re.compile(r".{4096}[A-Za-z0-9#]*+;?+", re.DOTALL)  # never within a character reference
_HEADING = re.compile(r"(</?)h([1-6])(?=[ >])")
_HEADING_LEVEL = re.compile(r"<h([1-6])[ >]")
_MERGE, _MERGED = re.compile(r"merge:[a-z][a-z0-9_]{0,39}"), "data"
_HREF = re.compile(r"\s*(?:https?:|mailto:|#)", re.IGNORECASE)


def sanitise(html: str) -> str:
    """Return `html` with only what is allowed. Raises InputError when it is nested deeper than `MAX_DEPTH`."""
    if depth(html, lenient=True) > MAX_DEPTH:
        raise too_deep()
    check_order(html)  # before the parser: its time grows with the depth
    clean = _clean(_RUN.sub(_parted, _EMBEDDED.sub(_link_to, html)), as_pasted=True)
    if needs_arranging(clean):
        clean = _clean(_RUN.sub(_parted, arranged(_CONTROL.sub("", clean))), as_pasted=False)
    if depth(clean, lenient=False) > MAX_DEPTH:
        raise too_deep()
    return _levelled(_IMAGE.sub(_image, _living_links(_CONTROL.sub("", clean))))


def _clean(html: str, *, as_pasted: bool) -> str:
    """Return what is allowed; `as_pasted` keeps what `arranged` reads, which no reader must get."""
    clean = nh3.clean(
        html,
        tags={*KEPT, *REARRANGED, _MERGED} if as_pasted else {*KEPT, _MERGED},
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes=_AS_PASTED if as_pasted else _ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto"},
        url_relative="pass_through" if as_pasted else lambda address: address if digest_in(address) else None,
        link_rel=None,
    )
    if as_pasted and depth(clean, lenient=False) > MAX_DEPTH:
        raise too_deep()
    return clean


def _levelled(html: str) -> str:
    """Return content whose headings begin at level 4, below those of items, and leave none out."""
    levels = sorted(set(_HEADING_LEVEL.findall(html)))
    return _HEADING.sub(lambda found: f"{found[1]}h{min(4 + levels.index(found[2]), 6)}", html) if levels else html


def _living_links(html: str) -> str:
    """Leave only the words of a link that leads nowhere: blue and dead, it would be pressed in vain. Links hold no links."""
    dead = False

    def kept(found: re.Match[str]) -> str:
        nonlocal dead
        if found[0] == "</a>":
            shown, dead = "" if dead else found[0], False
            return shown
        dead = ' href="' not in (found[1] or "")
        return "" if dead else found[0]

    return _LINK.sub(kept, html)


def address_in(attributes: str) -> str:
    """Return where a film or a frame is to be seen: an address on https, or nothing. `//` is https, as on most pages."""
    address = (attribute(attributes, "src") or "").strip()
    address = f"https:{address}" if address.startswith("//") else address
    return address if address.lower().startswith("https://") else ""


def _link_to(found: re.Match[str]) -> str:
    attributes = found[2] if found[1] else found[4]
    address = address_in(attributes) or next(filter(None, map(address_in, _SOURCE.findall(found[3] or ""))), "")
    words = attribute(attributes, "title") or address
    return f' <a href="{escape(address)}">{escape(words)}</a> ' if address else ""


def _parted(run: re.Match[str]) -> str:
    """Return a long run of text with comments in it, which go again: each piece is a text of its own to nh3.

    It takes the square of a text's length to write out `&` or signs such as the no-break space, 1 s for 200,000 of them.
    """
    return _PIECE.sub(r"\g<0><!---->", run[0])


def too_deep() -> InputError:
    """Return the error for text nested too deeply."""
    return InputError(
        f"the text is nested more than {MAX_DEPTH} levels deep",
        remedy="take out nested quotes, lists or HTML elements",
    )


def depth(html: str, *, lenient: bool) -> int:
    """Return the greatest number of open elements; `lenient` leaves out those whose end tag HTML lets one omit."""
    deepest = level = 0
    skipped = _VOID | OPTIONAL_END if lenient else _VOID
    for closing, name, rest, end in _TAG.findall(html):
        if not end or rest.endswith("/") or name.lower() in skipped:
            continue
        level = max(0, level - 1) if closing else level + 1
        deepest = max(deepest, level)
    return deepest


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    if len(value) > MAX_ATTRIBUTE:
        return None
    match attribute:
        case "href":
            return on_the_wire(value) if _HREF.match(value) and not digest_in(value) else None
        case "class":
            return HIDING if hides_by_class(value) else next((name for name in value.split() if name in _CLASSES), None)
        case "style":
            return " ".join(sorted(meanings(value))) or None
    if tag == _MERGED:
        return value if _MERGE.fullmatch(value) else None
    if tag == "img" and attribute == "src":
        return value if value.lower().startswith("https://") or digest_in(value) else None
    if tag == "img" and attribute in {"width", "height"}:
        return value if value.isascii() and value.isdigit() and len(value) <= 5 else None
    if attribute == "align":
        return value.lower() if value.lower() in _ALIGNMENTS else None
    if attribute in {"colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdigit() and len(value) <= 3 else None
    return value


def _image(found: re.Match[str]) -> str:
    """Return the image with an `alt` and a width that fits, or its `alt` alone when it has no place on https."""
    attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
    alternative = attributes.setdefault("alt", "")
    if "src" not in attributes:
        return escape(alternative, quote=False)
    if int(attributes.get("width", 0)) > MAX_IMAGE_WIDTH:
        attributes["width"] = str(MAX_IMAGE_WIDTH)
        attributes.pop("height", None)
    return "<img" + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items()) + ">"
