"""Rules about whether everybody can read the finished mail: language, descriptions, headings, words of links, heads of tables.

By WCAG 2.2: 3.1.1 (language of page), 1.1.1 (non-text content), 1.3.1 and 2.4.6 (headings), 2.4.4 (link purpose), 1.4.3 (contrast).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.issues.preflight.finding import Finding, Rule, short
from newsletter.issues.preflight.finished_mail import bare
from newsletter.issues.preflight.inspected import Inspected
from newsletter.issues.preflight.written_addresses import addresses_of
from newsletter.rendering.colours import contrast, palette

NO_LANGUAGE = Rule("no-language", "advise", "the mail does not say its language")
NO_ALT = Rule("mail-image-without-alt", "advise", "an image of the mail has no alt attribute")
ORDER = Rule("heading-order", "advise", "a heading of the mail leaves out a level, or its first is not h1")
LINK_WORDS = Rule("link-words", "advise", "a link called “here” or “click here”, or by nothing at all")
NO_HEADS = Rule("table-without-heads", "advise", "a table of the mail whose heads are not marked")
ACCENT = Rule("accent-contrast", "advise", "the accent cannot be read on paper or in the dark as it is chosen")
COLOUR = Rule("low-contrast", "advise", "words of the mail in a colour that cannot be read on their ground")
RULES = (NO_LANGUAGE, NO_ALT, ORDER, LINK_WORDS, NO_HEADS, ACCENT, COLOUR)
LEAST = 4.5
"""Contrast that text needs (WCAG 2.2, 1.4.3)."""
_EMPTY_WORDS = frozenset(
    ("here", "click here", "click", "this", "this link", "link", "read more", "more", "see here", "learn more", "go", "hier", "hier klicken",
     "ici", "cliquez ici", "aquí", "haz clic aquí", "こちら", "ここ", "هنا", "اضغط هنا")
)  # fmt: skip
_ATX = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n]*)$", re.MULTILINE)
_WORDS = re.compile(r"[^\w ]+")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*(#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3}))\b")
_GROUND = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*(#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3}))\b")
_HIDDEN = re.compile(r"display\s*:\s*none")
_MOST_TOLD = 20


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at the mail as those meet it who do not see it as most do."""
    yield from _accent(issue)
    if issue.mail is None or not issue.mail.html.strip():
        return
    root = lxml_html.document_fromstring(issue.mail.html)
    if not any(element.get("lang") for element in root.iter("html", "body", "div")):
        yield NO_LANGUAGE.found("the mail does not say its language", "issue", "give its language in the front matter")
    yield from _elements(issue, root)
    yield from _colours(root, palette(issue.brand.accent).paper)


def _elements(issue: Inspected, root: HtmlElement) -> Iterator[Finding]:
    level, told = 0, 0
    lines, written = cache(lambda: _lines_of_links(issue)), cache(lambda: _written_headings(issue))  # few mails ask
    for element in root.iter(*_HEADINGS, "img", "a", "table"):
        found = None
        if element.tag in _HEADINGS:
            found, level = _heading(element, level, written), int(element.tag[1])
        elif element.tag == "img" and element.get("alt") is None:
            what = f"the image at {short(element.get('src') or '')} has no alt attribute"
            found = NO_ALT.found(what, "issue", 'describe it; alt="" where it only decorates')
        elif element.tag == "a":
            found = _link(element, lines)
        elif element.tag == "table" and element.get("role") != "presentation":
            found = _table(element)
        if found is not None and told < _MOST_TOLD:
            told += 1
            yield found


def _written_headings(issue: Inspected) -> set[str]:
    """The words of headings that an editor wrote with #, which `structure` looks at, where their lines are known."""
    blocks = (passage.prose for passage in issue.passages if passage.is_block and "#" in passage.text)
    return {bare(found[1]) for text in blocks for found in _ATX.finditer(text)}


def _heading(element: HtmlElement, above: int, written: Callable[[], set[str]]) -> Finding | None:
    level, words = int(element.tag[1]), short(" ".join(" ".join(element.itertext()).split()))
    if level <= above + 1 or bare(words) in written():
        return None
    what = f"the heading “{words}” has level {level} " + (
        f"below one of level {above}" if above else "and is the first"
    )
    return ORDER.found(what, "issue", "let no level be left out")


def _link(element: HtmlElement, lines: Callable[[], dict[str, tuple[str, int]]]) -> Finding | None:
    address = element.get("href") or ""
    words = " ".join(element.text_content().split())
    if element.get("aria-hidden") == "true" or not address:
        return None
    if not words and not any(image.get("alt") for image in element.iter("img")):
        what, remedy = f"the link to {short(address)} has no words", "write what it leads to between its brackets"
    elif _WORDS.sub("", words).strip().casefold() in _EMPTY_WORDS:
        what, remedy = f"the words “{words}” do not say where the link leads", "name what is behind it"
    else:
        return None
    where, line = lines().get(address, ("issue", 0))
    return LINK_WORDS.found(what, where, remedy, line=line)


def _lines_of_links(issue: Inspected) -> dict[str, tuple[str, int]]:
    lines: dict[str, tuple[str, int]] = {}
    for address in addresses_of(issue):
        lines.setdefault(address.url, (address.where, address.line))
    return lines


def _table(element: HtmlElement) -> Finding | None:
    heads = list(element.iter("th"))
    if heads and all(head.get("scope") for head in heads):
        return None
    what = "a table marks no heads" if not heads else "heads of a table do not say whether of a column or of a row"
    words = short(" ".join(" ".join(element.itertext()).split()))
    return NO_HEADS.found(f"{what}: “{words}”", "issue", 'write its first row as heads: <th scope="col">')


def _accent(issue: Inspected) -> Iterator[Finding]:
    chosen, shown = issue.brand.accent.lower(), palette(issue.brand.accent)
    for what, ground, name in (
        (shown.accent, shown.paper, "on paper"),
        (shown.dark_accent, shown.dark_paper, "in the dark"),
    ):
        least = contrast(what, ground)
        if least < LEAST:
            yield ACCENT.found(
                f"the accent {chosen} has a contrast of {least:.1f} to 1 {name}, less than {LEAST}", "publication", "choose a darker accent"
            )  # fmt: skip
        elif ground == shown.paper and re.fullmatch(r"#[0-9a-f]{6}", chosen) and what != chosen:
            told = f"the accent {chosen} has a contrast of {contrast(chosen, ground):.1f} to 1 {name}, so {what} is shown instead"
            yield ACCENT.found(
                told, "publication", "choose a darker accent, or leave it: links can be read as they are"
            )


def _colours(root: HtmlElement, paper: str) -> Iterator[Finding]:
    """Yield each pair of colours too near each other that words stand in, once."""
    told: set[tuple[str, str]] = set()
    grounds: dict[HtmlElement, tuple[str, str]] = {}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        style = element.get("style") or ""
        colour, ground = grounds.get(element.getparent(), ("", paper))
        if ground == _UNSEEN or _HIDDEN.search(style):
            grounds[element] = ("", _UNSEEN)
            continue
        own, under = _colours_of(style)
        colour = own or element.get("color") or colour
        ground = under or element.get("bgcolor") or ground
        grounds[element] = (colour, ground)
        if not (element.text or "").strip() or not _is_colour(colour) or not _is_colour(ground):
            continue
        least = contrast(colour, ground)
        if least < LEAST and (colour, ground) not in told:
            told.add((colour, ground))
            what = f"“{short(' '.join((element.text or '').split()))}” is {colour} on {ground}: a contrast of {least:.1f} to 1"
            yield COLOUR.found(what, "issue", f"choose colours of {LEAST} to 1 at least")


_UNSEEN = "unseen"


@lru_cache(maxsize=512)
def _colours_of(style: str) -> tuple[str, str]:
    """Return the colour and the ground that a style says: a mail says few, again and again."""
    return _last(_COLOUR, style), _last(_GROUND, style)


def _last(pattern: re.Pattern[str], style: str) -> str:
    found: list[str] = pattern.findall(style)
    colour = found[-1].lower() if found else ""
    return "#" + "".join(sign * 2 for sign in colour[1:]) if len(colour) == 4 else colour


def _is_colour(text: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))
