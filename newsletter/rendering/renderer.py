"""The face of rendering: one object that turns a Document into every output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from newsletter.model.brand import Brand
from newsletter.model.document import Document


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
    links: tuple[
        str, ...
    ]  # every outgoing link in order of first appearance: number n of a tracked link is links[n - 1]
    folded: int  # items that stand on the web only, to keep the byte budget


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

    def email(
        self,
        document: Document,
        brand: Brand,
        *,
        byte_budget: int,
        form: TrackingForm = TrackingForm.NONE,
        edition_id: int = 0,
    ) -> EmailRendering:
        """Render the mail. Raises InputError when the document cannot be rendered (too deep, too large)."""
        raise NotImplementedError

    def text(self, document: Document, brand: Brand) -> str:
        """Render the plain text for people and terminals, without slots."""
        raise NotImplementedError

    def web(self, document: Document, brand: Brand) -> str:
        """Render the body of the issue's web page: an HTML fragment (`<article>`), sanitised, without scripts."""
        raise NotImplementedError

    def web_item(self, document: Document, section_slug: str, key: str, brand: Brand) -> str:
        """Render one item as an HTML fragment, for its permalink page and the "All ..." pages. Raises NotFoundError."""
        raise NotImplementedError

    def notice(self, kind: str, brand: Brand, **values: str) -> NoticeRendering:
        """Render the notice `templates/notice/<kind>.*`; `values` are escaped where they stand in HTML."""
        raise NotImplementedError
