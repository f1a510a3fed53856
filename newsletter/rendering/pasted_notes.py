"""Footnotes of pasted HTML: pairs of links that lead to each other, as Substack, Ghost, GitHub, Google Docs, Word and WordPress write them.

They become what footnotes of Markdown become: a raised number, and the note at the end of the text.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from lxml.html import HtmlElement  # type: ignore[import-untyped]

_CLIMBED = frozenset({"p", "div", "section", "aside", "sup", "span"})
"""Elements around a link back that belong to its note, as long as they hold nothing of another."""
_WORDS = re.compile(r"[^\W\d_]{3}")
"""A link with words is more than a mark: they stay."""
_MOST_BACKS = 16
"""Links back of one note."""
_EMPTIED = frozenset({"ol", "ul", "div", "section", "aside", "p", "sup", "footer"})


def gather_notes(root: HtmlElement) -> None:
    """Replace links to notes by their numbers and put the notes at the end; anchors that are none of that stay as they are."""
    pairs = _pairs(root)
    backs = {back for _, back, _ in pairs}
    pairs = [(link, back, target) for link, back, target in pairs if _around(back, target, backs) is not back]
    if not pairs:
        return
    marks = {name for link, _, _ in pairs for each in (link, link.getparent()) for name in _names(each)}
    numbers: dict[HtmlElement, int] = {}
    notes = _end(root)
    first = 1 + max(
        (int(mark.text) for mark in notes.xpath(".//sup[@class='mark']") if (mark.text or "").isdigit()), default=0
    )
    for reference, back, target in pairs:
        if target not in numbers:
            numbers[target] = first + len(numbers)
            notes.append(_note(numbers[target], back, target, backs))
            _without_links_back(notes[-1], marks)
        _mark(reference, numbers[target])
    last = root[-1] if len(root) else None
    if last is not None and last.tag == "hr" and not (last.tail or "").strip():
        _remove(last)  # it parted the notes from the text
    root.append(notes)


def _pairs(root: HtmlElement) -> list[tuple[HtmlElement, HtmlElement, HtmlElement]]:
    """Return each link to a note with the note's link back and with what carries the note's name."""
    named: dict[str, HtmlElement] = {}
    for element in root.xpath(".//*[@id or @name]"):
        for name in filter(None, (element.get("id"), element.get("name"))):
            named.setdefault(name, element)
    place = {element: number for number, element in enumerate(root.iter())}  # also keeps one object for each element
    links = [(link, named[_fragment(link)]) for link in root.iter("a") if _fragment(link) in named]
    backs = _inside(links, root)
    paired: dict[HtmlElement, HtmlElement] = {}
    for link, target in links:
        for back, origin in () if target in paired else backs.get(target, ()):
            if place[back] > place[link] and _meets(origin, link):
                paired.setdefault(target, back)
    return [(link, paired[target], target) for link, target in links if paired.get(target, link) is not link]


def _inside(
    links: list[tuple[HtmlElement, HtmlElement]], root: HtmlElement
) -> dict[HtmlElement, list[tuple[HtmlElement, HtmlElement]]]:
    """Return, for each element with a name, the first links in it, or that it is, and where they lead."""
    inside: dict[HtmlElement, list[tuple[HtmlElement, HtmlElement]]] = {}
    for link, origin in links:
        for holder in (link, *link.iterancestors()):
            if holder is not root and (holder.get("id") or holder.get("name")):
                held = inside.setdefault(holder, [])
                held += [(link, origin)] if len(held) < _MOST_BACKS else []
    return inside


def _names(element: HtmlElement) -> set[str]:
    return {name for name in (element.get("id"), element.get("name")) if name}


def _without_links_back(note: HtmlElement, marks: set[str]) -> None:
    """Take out the other links back: a note that is marked twice has two."""
    for link in list(note.iter("a")):
        if _fragment(link) in marks and not _WORDS.search(link.text_content()):
            _remove(link.getparent() if link.getparent().tag == "sup" and len(link.getparent()) == 1 else link)


def _fragment(link: HtmlElement) -> str:
    return unquote((link.get("href") or "").partition("#")[2])


def _meets(origin: HtmlElement, link: HtmlElement) -> bool:
    """Tell whether a link back leads to this link: to itself, to what is around it, or into it."""
    return (
        origin is link or origin in link.iterancestors() or link in origin.iterancestors() or origin.getnext() is link
    )


def _end(root: HtmlElement) -> HtmlElement:
    found: list[HtmlElement] = root.xpath("./div[@class='notes']")
    if found:
        return found[-1]
    notes = root.makeelement("div")
    notes.set("class", "notes")
    return notes


def _note(number: int, back: HtmlElement, target: HtmlElement, backs: set[HtmlElement]) -> HtmlElement:
    """Take a note out of its place and return it with its mark."""
    around = _around(back, target, backs)
    if _WORDS.search(back.text_content()):
        back.drop_tag()
    else:
        _remove(back)
    parent = around.getparent()
    _remove(around)
    while parent is not None and parent.getparent() is not None and parent.tag in _EMPTIED and _holds_nothing(parent):
        parent, emptied = parent.getparent(), parent
        _remove(emptied)
    note = around.makeelement("div")
    note.set("class", "note")
    note.text = around.text
    note.extend(list(around))
    _put_first(note, number)
    return note


def _around(back: HtmlElement, target: HtmlElement, backs: set[HtmlElement]) -> HtmlElement:
    """Return the element that is a note: what its link back is in; the link itself where nothing is."""
    return target if target is not back and back in target.iterdescendants() else _climbed(back, backs)


def _climbed(back: HtmlElement, backs: set[HtmlElement]) -> HtmlElement:
    around = back
    for parent in back.iterancestors():
        held = any(  # the first is enough: there may be thousands
            link is not back and (link in backs or (link.get("href") or "").startswith("#"))
            for link in parent.iter("a")
        )
        if parent.getparent() is None or parent.tag not in _CLIMBED or held:
            break
        around = parent
    return around


def _is_empty(element: HtmlElement) -> bool:
    return not element.text_content().strip() and not element.xpath(".//img")


def _holds_nothing(element: HtmlElement) -> bool:
    return not len(element) and not (element.text or "").strip()


def _remove(element: HtmlElement) -> None:
    element.drop_tree()


def _put_first(note: HtmlElement, number: int) -> None:
    """Put the mark before the first words, into their paragraph."""
    for empty in [each for each in note if each.tag in {"sup", "span", "a", "hr"} and _is_empty(each)]:
        _remove(empty)
    holder = note
    while not (holder.text or "").strip() and len(holder) and holder[0].tag in {"p", "div"}:
        holder = holder[0]
    if not (holder.text or "").strip() and len(holder):
        holder[0].text = (holder[0].text or "").lstrip() or None
    mark = note.makeelement("sup")
    mark.set("class", "mark")
    mark.text = str(number)
    mark.tail = f" {(holder.text or '').lstrip()}"
    holder.text = None
    holder.insert(0, mark)


def _mark(reference: HtmlElement, number: int) -> None:
    """Replace a link, and the raised letters that hold nothing else, by the number."""
    parent = reference.getparent()
    tail = reference.tail or ""
    if (
        parent is not None
        and parent.tag == "sup"
        and not tail.strip()
        and len(parent) == 1
        and not (parent.text or "").strip()
    ):
        reference, tail = parent, parent.tail or ""
    mark = reference.makeelement("sup")
    mark.set("class", "ref")
    mark.text, mark.tail = str(number), tail
    reference.tail = None
    reference.addnext(mark)
    if _WORDS.search(reference.text_content()):
        reference.drop_tag()
    else:
        _remove(reference)
