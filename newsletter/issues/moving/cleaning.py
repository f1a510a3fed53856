"""HTML of a post, cleaned before it is converted: nothing that acts, counts, hides or belongs to the product stays, and its layout goes."""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.errors import InputError
from newsletter.issues.moving.embeds import replace_embeds
from newsletter.issues.moving.layout import unwrap_layout
from newsletter.issues.moving.merge_tags import holds_tag, is_service, without_tags
from newsletter.issues.moving.picture_addresses import picture_of
from newsletter.issues.moving.rubble import LOST, SERVICE_WORDS, rubble_of
from newsletter.rendering.inline_styles import HIDDEN, hides_by_class, meanings
from newsletter.rendering.pasted_notes import gather_notes
from newsletter.rendering.sanitising import depth
from newsletter.rendering.tag_order import check_order

MAX_HTML = 4_000_000
"""Characters of HTML that are read of one post; a mail has fifty thousand."""
MAX_DEPTH = 200
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\ue000-\ue0ff]")
"""Signs that no text has; those of the last range stand for something here."""
_GONE = frozenset(
    "script style noscript template head title meta link base object applet canvas form input select textarea button svg frame frameset "
    "noframes dialog map area datalist option optgroup param".split()
)
_UNSEEN = re.compile(
    r"(?:^|;)\s*(?:max-height|max-width|font-size|opacity|height|width)\s*:\s*0(?:px|em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_TINY = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[01]px", re.IGNORECASE)
_FOOTER = re.compile(r"\*\|(?:UNSUB|UPDATE_PROFILE|LIST:|HTML:|ABOUT_LIST|REWARDS)", re.IGNORECASE)
_BOAST = re.compile(r"powered by (?:beehiiv|buttondown|mailchimp|substack|ghost|kit|convertkit)\b", re.IGNORECASE)
_LIVING = ("http://", "https://", "mailto:", "#")
_LITERAL = frozenset({"pre", "code", "kbd", "samp"})
_BLOCKS = ("p", "li", "td", "div", "tr", "table", "center", "blockquote", "section")


@dataclass(frozen=True)
class Addresses:
    """How the addresses of a post are read: each gives one as it is from outside, or "" for one that leads nowhere."""

    link: Callable[[str], str]
    picture: Callable[[str, str], str]
    """Of an address and the words that are said of the picture."""


@dataclass(frozen=True)
class CleanedPost:
    """A post without what is not its own: the root of its elements, and what a product hid beside the subject."""

    root: HtmlElement
    preview: str
    lost: tuple[str, ...] = ()
    """What the product alone can show, in words."""


def cleaned(html: str, product: str, addresses: Addresses) -> CleanedPost:
    """Return what is left of a post.

    Raises InputError for HTML that is too long, nested too deeply, or would take long to read.
    """
    if len(html) > MAX_HTML:
        raise InputError(f"it is longer than {MAX_HTML:,} characters")
    html = _CONTROL.sub("", html)
    if depth(html, lenient=True) > MAX_DEPTH:
        raise InputError(f"it is nested more than {MAX_DEPTH} levels deep")
    check_order(html)
    root = _parsed(html)
    preview = _preview(root)
    root = _article(root)
    _drop_comments(root)
    replace_embeds(root)
    lost = _drop_rubble(root, rubble_of(product))
    _drop_hidden(root)
    _read_tags(root)
    _read_pictures(root, addresses.picture)
    _read_links(root, addresses.link)
    gather_notes(root)
    unwrap_layout(root)
    return CleanedPost(root, preview, lost)


def _parsed(html: str) -> HtmlElement:
    holder = lxml_html.fragment_fromstring("<div></div>")
    if not html.strip():
        return holder
    try:
        document = lxml_html.document_fromstring(html)
    except (etree.ParserError, ValueError):
        return holder
    body = document.find("body")
    found = body if body is not None else document
    holder.text = found.text
    holder.extend(list(found))
    return holder


def _article(root: HtmlElement) -> HtmlElement:
    """Return the part that is the article where a product says which it is: what stands around it are its title and the service."""
    found = root.xpath(".//*[@id='content-blocks']")
    if len(found) != 1:
        return root
    holder = lxml_html.fragment_fromstring("<div></div>")
    around = holder if found[0].tag != "tr" else holder.makeelement("table")
    if around is not holder:
        holder.append(around)
    around.append(found[0])
    found[0].tail = None
    return holder


def _preview(root: HtmlElement) -> str:
    """Return the words that stand beside the subject in an inbox: hidden, and before all others."""
    for element in root.iter("span", "div", "td"):
        classes = (element.get("class") or "").casefold()
        if "preview" in classes or "preheader" in classes or _is_hidden(element):
            words = " ".join(without_tags(element.text_content()).replace("\u034f", "").replace("\u200c", "").split())
            return words[:300]
        if (element.text or "").strip():
            return ""
    return ""


def _drop_comments(root: HtmlElement) -> None:
    for element in list(root.iter(etree.Comment, etree.ProcessingInstruction)):
        _drop(element)
    for element in list(root.iter(*_GONE)):
        _drop(element)
    for element in list(root.iter("source", "track")):
        if element.getparent().tag not in (
            "video",
            "audio",
        ):  # the parser of old puts into them what stands behind them
            element.drop_tag()


def _drop_rubble(root: HtmlElement, classes: frozenset[str]) -> tuple[str, ...]:
    """Drop what is no word of the article; return what of it a reader would miss."""
    lost: dict[str, None] = {}
    for element in list(root.xpath(".//*[@class]")):
        given = element.get("class").split()
        if not classes.isdisjoint(given) or not classes.isdisjoint(f"{element.tag}.{name}" for name in given):
            lost |= dict.fromkeys(
                f"{LOST[name]} that its product alone shows is left behind" for name in given if name in LOST
            )
            _drop(element)
    return tuple(lost)


def _drop_hidden(root: HtmlElement) -> None:
    for element in list(root.xpath(".//*[@style or @hidden or @class]")):
        if _is_hidden(element):
            _drop(element)


def _is_hidden(element: HtmlElement) -> bool:
    style = (element.get("style") or "")[:2000]
    if element.tag == "img":
        return False  # its size is looked at where pictures are
    return (
        element.get("hidden") is not None
        or HIDDEN in meanings(style)
        or bool(_UNSEEN.search(style) and not element.findall(".//img"))
        or hides_by_class((element.get("class") or "")[:2000])
    )


def _read_tags(root: HtmlElement) -> None:
    """Drop what only leads a reader to the service, and put words in the place of merge tags; code stays what it is."""
    for link in list(root.iter("a")):
        address = link.get("href") or ""
        if _FOOTER.search(address):
            _drop_block(link)
        elif is_service(address) or "action=share" in address or _BOAST.match(link.text_content().strip()):
            _drop_service(link)
    for element in list(root.iter()):
        for text in (element.text, element.tail):
            if text and _FOOTER.search(text):
                _drop_block(element)
                break
    for element in root.iter():
        if element.tag not in _LITERAL and element.text and holds_tag(element.text) and not _in_code(element):
            element.text = without_tags(element.text)
        if element.tail and holds_tag(element.tail) and not _in_code(element.getparent()):
            element.tail = without_tags(element.tail)
        for name in ("alt", "title", "href", "src"):
            if (value := element.get(name)) and holds_tag(value):
                element.set(name, _without_parameters(value) if name in ("href", "src") else without_tags(value))


def _in_code(element: HtmlElement | None) -> bool:
    return element is not None and (element.tag in _LITERAL or any(each.tag in _LITERAL for each in element.iterancestors()))  # fmt: skip


def _drop_block(element: HtmlElement) -> None:
    """Drop the paragraph around an element, or the smallest part that is not the whole."""
    around = next((each for each in (element, *element.iterancestors()) if each.tag in ("p", "li", "td", "div", "center")), element)  # fmt: skip
    if around.getparent() is None or len(around.text_content()) > 1500 or around.find(".//h2") is not None:
        around = element
    _drop(around) if around.getparent() is not None else None


def _drop_service(link: HtmlElement) -> None:
    """Drop a link that leads to the service, with its paragraph where that holds nothing else; other words stay."""
    parent, words = link.getparent(), " ".join(link.text_content().split()).casefold()
    if parent is None:
        return
    alone = " ".join(parent.text_content().split()).casefold() == words and parent.find(".//img") is None
    if alone and parent.tag in ("p", "div", "center", "td", "span", "em", "small"):
        _drop(parent) if parent.getparent() is not None else link.drop_tree()
    elif words.strip(" .!→>") in SERVICE_WORDS:
        _drop(link)
    else:
        link.drop_tag()


def _without_parameters(address: str) -> str:
    """Return an address without the values that differed by reader."""
    start, mark, query = address.partition("?")
    kept = [each for each in query.split("&") if not holds_tag(each)]
    return without_tags(start) + (mark + "&".join(kept) if kept and mark else "")


def _read_pictures(root: HtmlElement, read: Callable[[str, str], str]) -> None:
    for image in list(root.iter("img")):
        if _is_tracker(image):
            _drop(image)
            continue
        alt = " ".join((image.get("alt") or "").split())
        address = read(picture_of(image), alt)
        if not address.startswith(("http://", "https://", "/images/")):
            image.tag, image.text = "span", alt
            _strip(image)
            continue
        _strip(image)
        image.set("src", address)
        image.set("alt", alt)
    for picture in list(root.iter("picture")):
        picture.drop_tag()


def _is_tracker(image: HtmlElement) -> bool:
    sizes = [(image.get(name) or "").strip().removesuffix("px") for name in ("width", "height")]
    style = image.get("style") or ""
    return any(size in ("0", "1") for size in sizes) or bool(_TINY.search(style)) or HIDDEN in meanings(style[:2000])


def _read_links(root: HtmlElement, absolute: Callable[[str], str]) -> None:
    for link in list(root.iter("a")):
        written = (link.get("href") or "").strip()
        address = written if written.startswith("#") else absolute(written)
        if not address.startswith(_LIVING):
            if not (link.get("id") or link.get("name")):
                link.drop_tag()
            else:
                link.attrib.pop("href", None)
            continue
        link.set("href", address)
        pictures = link.findall(".//img")
        if len(pictures) == 1 and not link.text_content().strip() and _same_picture(address, pictures[0].get("src")):
            link.drop_tag()  # it led to the picture itself, larger


def _same_picture(address: str, source: str) -> bool:
    name = source.rpartition("/")[2].rpartition("%2F")[2]
    return address == source or (bool(name) and address.endswith(name))


def _strip(element: HtmlElement) -> None:
    for name in list(element.attrib):
        del element.attrib[name]


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree() if isinstance(element.tag, str) else _drop_comment(element)


def _drop_comment(element: HtmlElement) -> None:
    parent, tail = element.getparent(), element.tail or ""
    previous = element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    element.tail = None
    parent.remove(element)
