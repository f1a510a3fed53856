"""HTML as other programs put it on the clipboard, rearranged: Google Docs, Word, Substack, Ghost, GitHub.

They say bold by a style, put every part into a `section`, hide words, and link notes by anchors. What is meant is kept as the few
elements that a mail has; what is hidden goes. Nothing is made safe here: `sanitising` cleans before and after.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering import inline_styles as styles
from newsletter.rendering.pasted_notes import gather_notes

UNTICKED, TICKED = "☐", "☑"
HIDING = "hidden"
"""What `class` holds of a tag that hides by one of its classes."""
_DIVISIONS = frozenset(
    "address article aside center details dialog fieldset figcaption figure footer header hgroup legend main nav search section summary".split()
)
"""Elements that stand on lines of their own, as `div` does."""
_RENAMED = {"strike": "s", "tt": "code", "menu": "ul", "dir": "ul"} | dict.fromkeys(_DIVISIONS, "div")
REARRANGED = frozenset("button input label meter progress rp rt ruby".split()) | _DIVISIONS | set(_RENAMED)
"""Elements that are read here and not kept by their names."""
_STYLED = re.compile(
    r" (?:style|hidden|id|name)=\"| class=\"hidden\"| href=\"(?:#|[^\"]*#)|<(?:" + "|".join(sorted(REARRANGED)) + r")\b"
)
_GONE, _UNWRAPPED = "template", "unwrapped"
"""Names that the cleaning after this takes out, with or without what is in them: to do it here takes the square of their number."""
_EMPTY = "(.//p | .//div[@class='part'])[not(.//img) and not(normalize-space())]"
_MADE_BY = {styles.BOLD: "b", styles.ITALIC: "i", styles.STRUCK: "s", styles.RAISED: "sup", styles.LOWERED: "sub"}
_OPPOSITE = {"b": styles.REGULAR, "strong": styles.REGULAR, "i": styles.UPRIGHT, "em": styles.UPRIGHT}
_SAID_BY = {
    **dict.fromkeys(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"), styles.BOLD),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), styles.ITALIC),
    **dict.fromkeys(("s", "del", "strike"), styles.STRUCK),
    "sup": styles.RAISED,
    "sub": styles.LOWERED,
}
_BLOCKS = _DIVISIONS | frozenset(
    "p div ul ol li dl dt dd blockquote pre table caption thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 hr".split()
)
_ALIGNED = frozenset("p div h1 h2 h3 h4 h5 h6 td th".split())
_LABELS = frozenset({"summary", "legend"})


def needs_arranging(html: str) -> bool:
    """Tell whether clean HTML holds anything that `arranged` would change."""
    return bool(_STYLED.search(html))


def arranged(html: str) -> str:
    """Return well-formed HTML rearranged; attributes are as `sanitising` prepares them: `style` holds words of `inline_styles`."""
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    _take_out_hidden(root)
    gather_notes(root)
    for element in list(root.iterdescendants()):
        if isinstance(element.tag, str):
            _say_form(element)
            _style(element)
            _rename(element)
    _take_out_empty(root)
    whole: str = lxml_html.tostring(root, encoding="unicode")
    return whole[whole.index(">") + 1 : whole.rindex("</div>")]


def _take_out_hidden(root: HtmlElement) -> None:
    for element in root.xpath(".//*[@hidden or @class='hidden' or contains(concat(' ', @style, ' '), ' hidden ')]"):
        element.tag = _GONE


def _take_out_empty(root: HtmlElement) -> None:
    """Take out what was around things that are gone: spans that say nothing, paragraphs and parts without anything in them."""
    for element in root.xpath(".//span[not(@dir) and not(@lang)]"):
        element.tag = _UNWRAPPED
    for element in root.xpath(_EMPTY):
        element.tag = _GONE


def _say_form(element: HtmlElement) -> None:
    """Write out what forms and ruby show by their shape."""
    match element.tag:
        case "input":
            if element.get("type") == "checkbox":
                element.text = f"{UNTICKED if element.get('checked') is None else TICKED} "
                element.tail = (element.tail or "").lstrip()
            element.tag = _UNWRAPPED
        case "progress" | "meter" if not element.text_content().strip() and element.get("value"):
            element.text = element.get("value") + (f"/{element.get('max')}" if element.get("max") else "")
        case "button" | "label":
            element.text, element.tail = f" {element.text or ''}", f" {element.tail or ''}"
        case "rp":
            element.tag = _GONE
        case "rt":
            element.text = f"({element.text or ''}"
            element.tail = f"){element.tail or ''}"


def _style(element: HtmlElement) -> None:
    """Turn what a style means into elements, and an element whose style takes its meaning back into none."""
    meant = frozenset((element.attrib.pop("style", "")).split())
    if not meant:
        return
    align = "center" if styles.CENTER in meant else "right" if styles.RIGHT in meant else ""
    if align and element.tag in _ALIGNED:
        element.set("align", align)
    said = _SAID_BY.get(element.tag, "")
    if _OPPOSITE.get(element.tag) in meant:
        element.tag = "span"
    _wrap(element, [tag for meaning, tag in _MADE_BY.items() if meaning in meant and meaning != said])


def _wrap(element: HtmlElement, tags: Iterable[str]) -> None:
    """Put what stands in an element, or in the innermost blocks in it, into elements of these names."""
    tags = list(tags)
    blocks = [child for child in element if child.tag in _BLOCKS]
    for block in blocks if tags else ():
        _wrap(block, [tag for tag in tags if _MADE_BY.get(_SAID_BY.get(block.tag, "")) != tag])
    for tag in () if blocks else tags:
        if not element.text_content().strip():
            return
        inner = element.makeelement(tag)
        inner.text, element.text = element.text, None
        inner.extend(list(element))
        element.append(inner)


def _rename(element: HtmlElement) -> None:
    name = element.tag
    if name == "center":
        element.set("align", "center")
    if name in _LABELS:
        _wrap(element, ["strong"])
    if name == "figcaption":
        element.set("class", "caption")
    elif name in _DIVISIONS - _LABELS:
        element.set("class", "part")
    if name in _RENAMED:
        element.tag = _RENAMED[name]
