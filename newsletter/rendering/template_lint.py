"""Lint of a publication's own templates against their contract (docs/templates.md): what they must be, keep and leave out.

Every output is rendered with the templates of the publication and with the house's alone, and the two are compared: what stands
in the house's mail and has to arrive must stand in the publication's mail, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml.html import document_fromstring  # type: ignore[import-untyped]

from newsletter.errors import NewsletterError
from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.model.document import Document
from newsletter.rendering.renderer import EmailRendering, Renderer, TrackingForm
from newsletter.rendering.template_scripts import in_page, in_source
from newsletter.rendering.templating import Templates

OWN = "own/"
"""Where a publication keeps templates that only its own ones include."""
MOST_HEAVIER = 12 * 1024
"""Octets by which a mail may grow over the house's before the lint says so."""
_BYTE_BUDGET = 10_000_000
_MARKUP = ("html.j2", "mjml.j2")
_NAMED_AT_ONCE = 3
_TAKE_OUT = "take it out: no mail program and no page of readers runs it"
_URL = "https://news.example.org/x/"
NOTICES: dict[str, dict[str, str]] = {
    "confirm": {"address": "ann@example.org", "confirm_url": f"{_URL}yes"},
    "already": {"address": "ann@example.org"},
    "invite": {
        "address": "ann@example.org",
        "confirm_url": f"{_URL}yes",
        "never_url": f"{_URL}never",
        "since": "3 May 2026",
        "wording": "At the fair",
    },
    "welcome": {
        "address": "ann@example.org",
        "rhythm": "Lately it came once a week.",
        "latest_title": "Tides",
        "latest_url": f"{_URL}tides",
        "unsubscribe_url": f"{_URL}leave",
    },
    "signin": {"url": f"{_URL}in", "lasts": "fifteen minutes"},
    "team_invite": {"url": f"{_URL}in", "lasts": "seven days", "role": "writer", "address": "ann@example.org"},
    "password_reset": {"url": f"{_URL}in", "lasts": "an hour", "address": "ann@example.org"},
    "alert": {"title": "Sending has stopped", "message": "Why.", "url": f"{_URL}in"},
}
"""What each kind of notice is given."""
_FORBIDDEN = {
    "a style sheet from elsewhere": re.compile(r"<link\b[^<>]*stylesheet|@import\b", re.IGNORECASE),
    "an address without https": re.compile(r"(?:src|background|srcset)=[\"']?http://", re.IGNORECASE),
}
"""What no mail may hold besides what runs: programs that show mail take it out, or warn."""


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong with a template of a publication, or with what becomes of it; a warning leaves the mail usable."""

    template: str
    what: str
    remedy: str
    warning: bool = False


def lint(renderer: Renderer, brand: Brand, samples: list[Document]) -> list[TemplateFault]:
    """Return what breaks the contract in the templates of a publication; nothing where it has none of its own."""
    templates = Templates(renderer.templates).of(brand.slug)
    if not templates.overrides():
        return []
    faults, both = [*_names(templates), *_sources(templates)], (renderer, Renderer(renderer.templates, only_house=True))
    for sample in samples:
        faults += [*_mails(both, brand, sample), *_pages(both, brand, sample)]
    for kind in NOTICES:
        faults += _notice(renderer, brand, kind)
    return list(dict.fromkeys(faults))


def _names(templates: Templates) -> Iterator[TemplateFault]:
    for name in templates.overrides():
        if not name.startswith(OWN) and not (templates.folder / name).is_file():
            remedy = f"give it the name of one of the house's, or put it under {OWN}"
            yield TemplateFault(name, "it takes the place of nothing", remedy)


def _is_markup(name: str) -> bool:
    return name.endswith(_MARKUP) or (OWN in name and name.endswith(".j2"))


def _sources(templates: Templates) -> Iterator[TemplateFault]:
    for name in filter(_is_markup, templates.overrides()):
        for line, what in in_source(templates.own_source(name)):
            yield TemplateFault(name, f"line {line} holds {what}", _TAKE_OUT)


def _mails(both: tuple[Renderer, Renderer], brand: Brand, sample: Document) -> Iterator[TemplateFault]:
    renderer, house = both
    for form in TrackingForm:
        try:
            own = renderer.email(sample, brand, byte_budget=_BYTE_BUDGET, form=form)
        except NewsletterError as error:
            yield _broken("issue/mail.mjml.j2", error)
            return
        yield from _mail(own, house.email(sample, brand, byte_budget=_BYTE_BUDGET, form=form), brand)


def _pages(both: tuple[Renderer, Renderer], brand: Brand, sample: Document) -> Iterator[TemplateFault]:
    pages: dict[str, Callable[[Renderer], str]] = {
        "issue/web_issue.html.j2": lambda renderer: renderer.web(sample, brand),
        "issue/web_item.html.j2": lambda renderer: _each_item(renderer, brand, sample),
    }
    for name, page in pages.items():
        try:
            own = page(both[0])
        except NewsletterError as error:
            yield _broken(name, error)
        else:
            if not own.strip():
                yield TemplateFault(name, "the page holds nothing", "keep the content")
                continue
            yield from _words(name, own, page(both[1]))
            yield from (TemplateFault(name, f"the page holds {what}", _TAKE_OUT) for what in in_page(own))


def _notice(renderer: Renderer, brand: Brand, kind: str) -> Iterator[TemplateFault]:
    name, values = f"notice/{kind}.mjml.j2", NOTICES[kind]
    try:
        own = renderer.notice(kind, brand, **values)
    except NewsletterError as error:
        yield _broken(name, error)
        return
    yield from _safe(name, own.html)
    links = {field: address for field, address in values.items() if field.endswith("url")}
    for part, text in (("HTML", own.html), ("plain text", own.text)):
        for field, address in links.items():
            if address not in text:
                yield TemplateFault(name, f"the {part} of the notice lacks its link", f"write {{{{ {field} }}}}")


def _broken(name: str, error: NewsletterError) -> TemplateFault:
    return TemplateFault(error.where or name, error.what, error.remedy or "mend the template")


def _each_item(renderer: Renderer, brand: Brand, sample: Document) -> str:
    items = [(section.slug, item.key) for section in sample.sections for item in section.items]
    return "".join(renderer.web_item(sample, section, key, brand) for section, key in items)


def _mail(own: EmailRendering, house: EmailRendering, brand: Brand) -> Iterator[TemplateFault]:
    name = "issue/mail.mjml.j2"
    if Slot.UNSUBSCRIBE not in own.html:
        yield TemplateFault(name, "the mail has no way to unsubscribe", "write {{ unsubscribe_url }} as a link")
    if f'href="{brand.home}"' not in own.html:
        yield TemplateFault(
            name, "the mail does not lead to the archive", "write {{ brand.home }} as a link", warning=True
        )
    if Slot.OPEN in house.html and Slot.OPEN not in own.html:
        yield TemplateFault(
            name, "openings are counted no more", "keep what the house's footer does with open_url", warning=True
        )
    yield from _words(name, own.html, house.html)
    yield from _safe(name, own.html)
    heavier = len(own.html.encode()) - len(house.html.encode())
    if heavier > MOST_HEAVIER:
        what = f"the mail is {heavier:,} octets heavier than the house's"
        yield TemplateFault(name, what, "make it smaller", warning=True)


def _words(name: str, own: str, house: str) -> Iterator[TemplateFault]:
    """Yield a warning where words do not arrive that the house's templates show: of the issue, the footer, the postal address."""
    said = set(_shown(own))
    missing = [words for words in dict.fromkeys(_shown(house)) if words not in said]
    if missing:
        named = "; ".join(f"“{words[:60]}”" for words in missing[:_NAMED_AT_ONCE])
        more = f" and {len(missing) - _NAMED_AT_ONCE} more" if len(missing) > _NAMED_AT_ONCE else ""
        remedy = "keep the content, the footer and the postal address"
        yield TemplateFault(name, f"not shown: {named}{more}", remedy, warning=True)


def _shown(html: str) -> Iterator[str]:
    for element in document_fromstring(html).iter():
        if isinstance(element.tag, str) and element.tag not in {"style", "script", "title"}:
            yield from _worded(element.text)
        yield from _worded(element.tail)


def _worded(text: str | None) -> list[str]:
    words = " ".join((text or "").split())
    return [words] if len(words) > 1 else []


def _safe(name: str, html: str) -> Iterator[TemplateFault]:
    for what in in_page(html):
        yield TemplateFault(name, f"the mail holds {what}", _TAKE_OUT)
    for what, pattern in _FORBIDDEN.items():
        if pattern.search(html):
            yield TemplateFault(name, f"the mail holds {what}", "take it out")
    for image in document_fromstring(html).iter("img"):
        if "alt" not in image.attrib or "width" not in image.attrib:
            what = f"an image has no alt text or no width: {image.get('src', '')[:80]}"
            yield TemplateFault(name, what, "give it both")
