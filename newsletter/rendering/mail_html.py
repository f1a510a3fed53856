"""The HTML part of an issue's mail: parts rendered one by one, compiled together, folded to the byte budget."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup, escape

from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.rendering.adapting import for_mail
from newsletter.rendering.budget import Sizes, shown_counts
from newsletter.rendering.content import IssueContent, SectionContent
from newsletter.rendering.furniture.dressing import Dresser, Place
from newsletter.rendering.furniture.polls import answers
from newsletter.rendering.furniture.sponsors import is_paid
from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.links import LinkBook, Track
from newsletter.rendering.mail_page import mail_page
from newsletter.rendering.mail_sentences import folded_sentence, why_sentence
from newsletter.rendering.minifying import minify
from newsletter.rendering.plain_blocks import words_of
from newsletter.rendering.slots_in_content import SlotText, defuse
from newsletter.rendering.templating import Templates
from newsletter.sentences import plural

_FOLD = re.compile("@fold\\.*@")
_HERE = "\x0e"
"""Holds the place of the reader's address until the words around it are defused."""
_FORMS = (1, 2, 3, 11, 100)
"""Numbers of which each language has all its forms."""
_DERIVED_PREHEADER_CHARS = 140
_MINIFIED: KeptWork[int] = KeptWork()


@dataclass(frozen=True, slots=True)
class MailParts:
    """The content of a mail in the order it stands: lead, then for each section its head, items and fold line, the rest, an ending."""

    lead: str
    heads: list[str]
    items: list[list[str]]
    folds: list[str]
    rest: str
    """What is said of sections with nothing in them."""
    ending: str = ""
    """Who wrote it."""

    def flat(self) -> list[str]:
        """Return all parts in order."""
        flat = [self.lead]
        for head, items, fold in zip(self.heads, self.items, self.folds, strict=True):
            flat += [head, *items, fold]
        return [*flat, self.rest, self.ending]

    def like(self, flat: list[str]) -> MailParts:
        """Return parts of this shape from a flat list."""
        parts = iter(flat)
        lead = next(parts)
        sections = [(next(parts), [next(parts) for _ in items], next(parts)) for items in self.items]
        heads, items, folds = (list(column) for column in zip(*sections, strict=True)) if sections else ([],) * 3
        return MailParts(lead, heads, items, folds, next(parts), next(parts))

    def sizes(self, frame: int, measure: Callable[[str], int]) -> Sizes:
        """Return the octets of the parts by `measure`, with `frame` octets around them."""
        return Sizes(
            fixed=frame + sum(measure(part) for part in (self.lead, *self.heads, self.rest, self.ending)),
            items=[[measure(item) for item in items] for items in self.items],
            folds=[measure(fold) for fold in self.folds],
        )

    def shown(self, counts: list[int]) -> MailParts:
        """Return the parts with only the first `counts[s]` items of each section."""
        return replace(self, items=[items[:count] for items, count in zip(self.items, counts, strict=True)])


def octets(text: str) -> int:
    """Return the size of `text` on the wire before transfer encoding, in octets of UTF-8."""
    return len(text.encode())


def mail_parts(issue: IssueContent, templates: Templates) -> MailParts:
    """Render every part of the content, untracked."""
    words = issue.language.spoken
    dress = Dresser(Place.MAIL, templates, issue.language)

    def part(name: str, **values: object) -> str:
        return templates.render(f"issue/mail_{name}.html.j2", language=issue.language, words=words, **values)

    def shown(html: Markup) -> Markup:
        return dress(for_mail(html, issue.language))

    def item_parts(section: SectionContent) -> list[str]:
        bodies = [replace(item, body=shown(item.short or item.body)) for item in section.items]
        return [part("item", item=item, section=section) for item in bodies]

    sections = [replace(section, intro=shown(section.intro)) for section in issue.sections]
    return MailParts(
        lead=part("lead", lead=shown(issue.opening)),
        heads=["" if section.is_empty else part("section", section=section) for section in sections],
        items=[item_parts(section) for section in sections],
        folds=[part("folded", section=each, fold=_fold(issue.language, len(each.items))) for each in sections],
        rest=part("rest", issue=issue) if issue.elsewhere or issue.without else "",
        ending=templates.render("issue/furniture/mail_authors.html.j2", issue=issue),
    )


def mail_html(
    issue: IssueContent,
    brand: Brand,
    templates: Templates,
    parts: MailParts,
    *,
    byte_budget: int,
    book: LinkBook,
    track: Track | None,
    with_open_image: bool,
) -> tuple[str, list[int]]:
    """Return the page, at most `byte_budget` octets if folding can do it, and how many items of each section it shows."""
    tracked = parts.like([book.rewrite(part, track) for part in parts.flat()])
    totals = [len(section.items) for section in issue.sections]
    paid = frozenset(place for place, section in enumerate(issue.sections) if is_paid(section.kind))
    # What could not fit at half its size is not compiled: inlining adds, minifying takes less than half.
    likely = tracked.sizes(0, lambda part: _minified_octets(part) // 2)
    tracked = tracked.shown(shown_counts(likely, totals, byte_budget, whole=paid))
    before, *flat, after = _compile(issue, brand, templates, tracked, with_open_image=with_open_image)
    compiled = tracked.like(flat)
    shown = shown_counts(compiled.sizes(octets(before) + octets(after), octets), totals, byte_budget, whole=paid)
    return before + "".join(_said(compiled, shown, totals, issue.language)) + after, shown


def _minified_octets(part: str) -> int:
    return _MINIFIED.of(part, lambda: octets(minify(part)), lambda _: len(part))


def _fold(language: Language, total: int) -> str:
    """Return what stands for the fold line until it is known how many it tells of: never shorter, so that the budget holds."""
    return f"@fold{'.' * (_longest_fold(language) + len(str(total)))}@"


@lru_cache(maxsize=64)
def _longest_fold(language: Language) -> int:
    return max(octets(escape(folded_sentence(language, count))) for count in _FORMS)


def _said(parts: MailParts, shown: list[int], totals: list[int], language: Language) -> list[str]:
    """Return the parts that stay, with the fold line where a section lost items."""
    folds = [
        _told(fold, folded_sentence(language, total - count)) if count < total else ""
        for fold, count, total in zip(parts.folds, shown, totals, strict=True)
    ]
    return replace(parts.shown(shown), folds=folds).flat()


def _told(fold: str, words: str) -> str:
    return _FOLD.sub(lambda _: escape(words), fold)


def _compile(
    issue: IssueContent, brand: Brand, templates: Templates, parts: MailParts, *, with_open_image: bool
) -> list[str]:
    return mail_page(
        templates,
        "issue/mail.mjml.j2",
        language=issue.language,
        words=language_of(brand.language).spoken,
        brand=brand,
        title=issue.subject,
        preheader=issue.preheader or _derived_preheader(issue),
        content=parts.flat(),
        values={
            "issue": issue,
            "why": _why(brand),
            "reading_time": reading_time(issue),
            "forward_url": _forward_url(issue),
            "asks": bool(issue.poll),
            "answers": answers(issue.language),
            "vote_url": SlotText(brand.vote_url(Slot.VOTE)),
            "unsubscribe_url": SlotText(brand.unsubscribe_url(Slot.UNSUBSCRIBE)),
            "open_url": SlotText(f"{brand.base_url}/o/{Slot.OPEN}.gif") if with_open_image else "",
            # link 0, which no person sees: who follows it is a machine
            "canary_url": SlotText(brand.click_url(Slot.CLICK, 0)) if with_open_image else "",
        },
    )


def _why(brand: Brand) -> SlotText:
    said = defuse(language_of(brand.language).say(why_sentence(brand.name, _HERE)))
    return SlotText(escape(said).replace(_HERE, Markup("<bdi>%s</bdi>") % Slot.READER))


def reading_time(issue: IssueContent) -> str:
    """Return how long an issue takes to read, in its language."""
    return issue.language.say(plural("%(count)s min read", "%(count)s min read", issue.minutes))


def _forward_url(issue: IssueContent) -> str:
    """A mail of the reader's own that names the issue (RFC 6068)."""
    return f"mailto:?subject={quote(issue.title)}&body={quote(issue.url)}"


def _derived_preheader(issue: IssueContent) -> str:
    words = words_of(issue.lead_for_all or issue.lead)
    return words if len(words) <= _DERIVED_PREHEADER_CHARS else words[:_DERIVED_PREHEADER_CHARS].rsplit(" ", 1)[0] + "…"
