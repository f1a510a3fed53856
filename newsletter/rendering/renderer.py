"""The face of rendering: one object that turns a Document into every output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from newsletter.errors import NotFoundError
from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.model.document import Document
from newsletter.rendering.adapting import for_web
from newsletter.rendering.content import IssueContent, ItemContent, issue_content
from newsletter.rendering.footnotes import linked_notes
from newsletter.rendering.links import LinkBook, Track
from newsletter.rendering.mail_html import mail_html, mail_parts
from newsletter.rendering.notices import render_notice
from newsletter.rendering.plain_text import plain_text
from newsletter.rendering.slots_in_content import defuse
from newsletter.rendering.templating import Templates


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


@dataclass(frozen=True, slots=True)
class NoticeRendering:
    """A one-off mail before MIME."""

    subject: str
    html: str
    text: str


class Renderer:
    """Compiles documents with the templates under `templates`; thread-safe, keeps its environments warm, no network."""

    def __init__(self, templates: Path) -> None:
        self.templates = templates
        self._templates = Templates(templates)

    def email(
        self,
        document: Document,
        brand: Brand,
        *,
        byte_budget: int,
        form: TrackingForm = TrackingForm.NONE,
        edition_id: int = 0,
    ) -> EmailRendering:
        """Render the mail. Raises InputError when the document cannot be rendered (too deep, too large).

        The HTML is at most `byte_budget` octets if folding items can do it: see `newsletter.rendering.budget`.
        """
        issue = issue_content(document, brand)
        parts = mail_parts(issue, self._templates)
        book = LinkBook(brand)
        book.collect(parts.flat())
        track = _track(form, brand, edition_id)
        html, shown = mail_html(
            issue,
            brand,
            self._templates,
            parts,
            byte_budget=byte_budget,
            book=book,
            track=track,
            with_open_image=form is TrackingForm.INDIVIDUAL,
        )
        return EmailRendering(
            subject=defuse(issue.subject),
            html=html,
            text=plain_text(issue, brand, shown=shown, target=lambda url: book.target(url, track), for_mail=True),
            links=book.links,
            folded=sum(len(section.items) for section in issue.sections) - sum(shown),
        )

    def text(self, document: Document, brand: Brand) -> str:
        """Render the plain text for people and terminals, without slots. Raises InputError as `email`."""
        return plain_text(issue_content(document, brand), brand)

    def web(self, document: Document, brand: Brand) -> str:
        """Render the body of the issue's web page: an HTML fragment (`<article>`), sanitised, without scripts."""
        issue = _issue_for_web(issue_content(document, brand))
        return self._templates.render(
            "issue/web_issue.html.j2", issue=issue, language=issue.language, words=issue.language.spoken
        )

    def web_item(self, document: Document, section_slug: str, key: str, brand: Brand) -> str:
        """Render one item as an HTML fragment, for its permalink page and the "All ..." pages. Raises NotFoundError."""
        chosen = [section for section in document.sections if section.slug == section_slug]
        items = [item for section in chosen for item in section.items if item.key == key]
        if not items:
            raise NotFoundError(f"no item {key} in section {section_slug}", where=document.slug)
        alone = document.model_copy(
            update={"lead": "", "sections": (chosen[0].model_copy(update={"intro": "", "items": (items[0],)}),)}
        )
        issue = issue_content(alone, brand)
        item = _item_for_web(issue.sections[0].items[0])
        return self._templates.render(
            "issue/web_item.html.j2", item=item, language=issue.language, words=issue.language.spoken
        )

    def notice(self, kind: str, brand: Brand, **values: str) -> NoticeRendering:
        """Render the notice `templates/notice/<kind>.*`; `values` are escaped where they stand in HTML.

        Raises NotFoundError for an unknown kind, InputError when a value is missing.
        """
        subject, html, text = render_notice(self._templates, kind, brand, values)
        return NoticeRendering(subject=subject, html=html, text=text)


def _track(form: TrackingForm, brand: Brand, edition_id: int) -> Track | None:
    match form:
        case TrackingForm.NONE:
            return None
        case TrackingForm.AGGREGATE:
            return lambda _url, number: brand.aggregate_click_url(edition_id, number)
        case TrackingForm.INDIVIDUAL:
            return lambda _url, number: brand.click_url(Slot.CLICK, number)


def _issue_for_web(issue: IssueContent) -> IssueContent:
    return replace(
        issue,
        lead=for_web(linked_notes(issue.lead, "")),
        sections=tuple(
            replace(
                section,
                intro=for_web(linked_notes(section.intro, section.slug)),
                items=tuple(map(_item_for_web, section.items)),
            )
            for section in issue.sections
        ),
    )


def _item_for_web(item: ItemContent) -> ItemContent:
    return replace(item, body=for_web(linked_notes(item.body, item.anchor)))
