"""The face of rendering: one object that turns a Document into every output."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from markupsafe import Markup

from newsletter.errors import NotFoundError
from newsletter.mail.merge_fields import FALLBACKS, KnownValues, MergeMarks, MergePlace, MergePlan, Merging, subject_for
from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.model.document import Document
from newsletter.model.images import digests_in
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.adapting import for_web
from newsletter.rendering.content import IssueContent, ItemContent, SectionContent, issue_content
from newsletter.rendering.footnotes import linked_notes
from newsletter.rendering.furniture.dressing import Place, dressed
from newsletter.rendering.images import NO_IMAGES, Images, placed
from newsletter.rendering.latex import soften_line
from newsletter.rendering.links import LinkBook, Track
from newsletter.rendering.mail_html import MailParts, mail_html, mail_parts
from newsletter.rendering.merging import ROOM, merge_count, merged_issue
from newsletter.rendering.notices import render_notice
from newsletter.rendering.plain_text import plain_text
from newsletter.rendering.slots_in_content import defuse
from newsletter.rendering.templating import Templates
from newsletter.rendering.typography import typeset

_ALONE = Surroundings()
FindImages: TypeAlias = Callable[[str, Collection[str]], Images]
"""The slug of a publication, and digests -> those of its images that have one of them."""


class TrackingForm(StrEnum):
    """Which links a compiled mail carries."""

    NONE = "none"  # the links themselves
    AGGREGATE = "aggregate"  # counted links without identity
    INDIVIDUAL = "individual"  # links with the delivery's click token, and the open image


@dataclass(frozen=True, slots=True)
class EmailRendering:
    """A mail before MIME: both parts still hold slot marks (`newsletter.mail.slots`)."""

    subject: str
    html: str
    text: str
    links: tuple[str, ...]
    """Every outgoing link of the document in order of first appearance, folded items' too: number n is links[n - 1]."""
    folded: int
    """Items that stand on the web only, to keep the byte budget."""
    paid: frozenset[int] = frozenset()
    """The numbers of links that were paid for."""


@dataclass(frozen=True, slots=True)
class NoticeRendering:
    """A one-off mail before MIME."""

    subject: str
    html: str
    text: str


class Renderer:
    """Compiles documents with the templates under `templates`; thread-safe, keeps its environments warm, no network."""

    def __init__(
        self,
        templates: Path,
        find_images: FindImages = lambda _publication, _digests: NO_IMAGES,
        *,
        only_house: bool = False,
    ) -> None:
        """`find_images` is asked for the images that a document names, only where it names some."""
        self.templates = templates
        self._find_images = find_images
        self._templates = Templates(templates, only_house=only_house)

    def email(
        self,
        document: Document,
        brand: Brand,
        *,
        byte_budget: int,
        form: TrackingForm = TrackingForm.NONE,
        edition_id: int = 0,
        around: Surroundings = _ALONE,
        merging: Merging = FALLBACKS,
    ) -> EmailRendering:
        """Render the mail. Raises InputError when the document cannot be rendered (too deep, too large).

        The HTML is at most `byte_budget` octets if folding items can do it (see `newsletter.rendering.budget`). `merging` fills merge fields.
        """
        written = self._written(document.as_mailed(), brand, around)
        issue = merged_issue(written, merging)
        parts = mail_parts(issue, self._templates.of(brand.slug))
        book = _book(brand, parts)
        track = _track(form, brand, edition_id)
        html, shown = mail_html(
            issue,
            brand,
            self._templates.of(brand.slug),
            parts,
            byte_budget=byte_budget - ROOM * merge_count(written),
            book=book,
            track=track,
            with_open_image=form is TrackingForm.INDIVIDUAL,
        )
        return EmailRendering(
            subject=defuse(_subject(document, issue, merging)),
            html=html,
            text=plain_text(
                dressed(merged_issue(written, merging, MergePlace.TEXT), Place.TEXT, self._templates.of(brand.slug)),
                brand,
                shown=shown,
                target=lambda url: book.target(url, track),
                for_mail=True,
            ),
            links=book.links,
            paid=book.paid,
            folded=sum(len(section.items) for section in issue.sections) - sum(shown),
        )

    def email_forms(
        self,
        document: Document,
        brand: Brand,
        *,
        byte_budget: int,
        edition_id: int,
        around: Surroundings = _ALONE,
    ) -> tuple[dict[TrackingForm, EmailRendering], MergePlan]:
        """Render the mail in all forms for all readers at once; return how its merge fields are filled. Raises InputError as `email`."""
        marks = MergeMarks(document.model_dump_json())
        mails = {
            form: self.email(
                document, brand, byte_budget=byte_budget, form=form, edition_id=edition_id, around=around, merging=marks
            )
            for form in TrackingForm
        }
        return mails, marks.plan(soften_line(document.subject))

    def text(self, document: Document, brand: Brand) -> str:
        """Render the plain text for people and terminals, without slots. Raises InputError as `email`."""
        templates = self._templates.of(brand.slug)
        return plain_text(dressed(self._content(document.as_mailed(), brand), Place.TEXT, templates), brand)

    def web(self, document: Document, brand: Brand, around: Surroundings = _ALONE) -> str:
        """Render the body of the issue's web page: an HTML fragment (`<article>`), sanitised, without scripts.

        It shows what was mailed; `web_item` shows the rest.
        """
        templates = self._templates.of(brand.slug)
        content = self._content(document.as_mailed(), brand, around)
        issue = dressed(_issue_for_web(content), Place.WEB, templates)
        return templates.render(
            "issue/web_issue.html.j2", issue=issue, language=issue.language, words=issue.language.spoken
        )

    def web_item(self, document: Document, section_slug: str, key: str, brand: Brand, *, level: int = 3) -> str:
        """Render one item as an HTML fragment under a heading of `level`: 3 on the "All ..." pages, 1 on its own. Raises NotFoundError.

        Beside items of other issues its anchors carry the issue's slug and a full stop, which no slug and no key holds.
        """
        chosen = [section for section in document.sections if section.slug == section_slug]
        items = [item for section in chosen for item in section.items if item.key == key]
        if not items:
            raise NotFoundError(f"no item {key} in section {section_slug}", where=document.slug)
        alone = document.model_copy(
            update={
                "lead": "",
                "image": "",
                "sections": (chosen[0].model_copy(update={"intro": "", "items": (items[0],)}),),
            }
        )
        templates = self._templates.of(brand.slug)
        page = "" if level == 1 else f"{document.slug}."
        issue = dressed(_issue_for_web(self._content(alone, brand), page), Place.WEB, templates)
        item = issue.sections[0].items[0]
        return templates.render(
            "issue/web_item.html.j2", item=item, level=level, language=issue.language, words=issue.language.spoken
        )

    def images_of(self, document: Document, publication: str) -> Images:
        """Return the images of the publication with this slug that a document names, by digest."""
        digests = digests_in(document.model_dump(mode="json"))
        return self._find_images(publication, digests) if digests else NO_IMAGES

    def _content(self, document: Document, brand: Brand, around: Surroundings = _ALONE) -> IssueContent:
        """Return an issue as whoever is no reader sees it."""
        return merged_issue(self._written(document, brand, around), FALLBACKS)

    def _written(self, document: Document, brand: Brand, around: Surroundings) -> IssueContent:
        issue = _content(document, brand, around)
        images = self.images_of(document, brand.slug)
        return _dressed(issue, lambda html: placed(html, images, brand.base_url))

    def notice(self, kind: str, brand: Brand, **values: str) -> NoticeRendering:
        """Render the notice `templates/notice/<kind>.*`; `values` are escaped where they stand in HTML.

        Raises NotFoundError for an unknown kind, InputError when a value is missing.
        """
        subject, html, text = render_notice(self._templates.of(brand.slug), kind, brand, values)
        return NoticeRendering(subject=subject, html=html, text=text)


def _content(document: Document, brand: Brand, around: Surroundings = _ALONE) -> IssueContent:
    content = issue_content(document, brand, around)
    return typeset(content) if brand.look.typographer else content


def _book(brand: Brand, parts: MailParts) -> LinkBook:
    book = LinkBook(brand)
    book.collect(parts.flat())
    return book


def _subject(document: Document, issue: IssueContent, merging: Merging) -> str:
    """The subject as this reader's inbox shows it; where it is filled for each later, as it is for nobody."""
    known = isinstance(merging, KnownValues) and "{{" in document.subject
    return subject_for(soften_line(document.subject), merging) if known else issue.subject


def _track(form: TrackingForm, brand: Brand, edition_id: int) -> Track | None:
    match form:
        case TrackingForm.NONE:
            return None
        case TrackingForm.AGGREGATE:
            return lambda _url, number: brand.aggregate_click_url(edition_id, number)
        case TrackingForm.INDIVIDUAL:
            return lambda _url, number: brand.click_url(Slot.CLICK, number)


def _issue_for_web(issue: IssueContent, prefix: str = "") -> IssueContent:
    def item_for_web(item: ItemContent) -> ItemContent:
        anchor = f"{prefix}{item.anchor}"
        return replace(item, anchor=anchor, body=linked_notes(item.body, anchor))

    linked = replace(
        issue,
        lead=linked_notes(issue.lead, ""),
        sections=tuple(
            replace(
                section,
                intro=linked_notes(section.intro, section.slug),
                items=tuple(map(item_for_web, section.items)),
            )
            for section in issue.sections
        ),
    )
    return _dressed(linked, for_web)


def _dressed(issue: IssueContent, dress: Callable[[str], Markup]) -> IssueContent:
    """Return the issue with each of its texts made ready for a place."""

    def items(section: SectionContent) -> tuple[ItemContent, ...]:
        return tuple(replace(item, body=dress(item.body), short=dress(item.short)) for item in section.items)

    sections = [replace(each, intro=dress(each.intro), items=items(each)) for each in issue.sections]
    return replace(issue, lead=dress(issue.lead), picture=dress(issue.picture), sections=tuple(sections))
