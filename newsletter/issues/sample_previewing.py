"""Show how a publication looks: the sample issue with its brand and templates, and the lint of templates of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from newsletter.config import Settings
from newsletter.issues.previewed_charts import with_charts
from newsletter.issues.previewing import OutputKind, without_slots
from newsletter.issues.sample import sample_document
from newsletter.model import Publication
from newsletter.model.brand import Brand, FontChoice, brand_of
from newsletter.rendering.renderer import Renderer
from newsletter.rendering.template_lint import TemplateFault, lint
from newsletter.store.database import Database
from newsletter.store.publications import publications

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_MOST_TAGLINE, _MOST_FOOTER = 200, 2000
_OTHER_WAY = "he"
"""A language that is written from right to left: templates have to bear both."""


@dataclass(frozen=True, slots=True)
class TriedLook:
    """A look as it is being typed; what cannot be used of it, and None, is as the publication has it."""

    accent: str | None = None
    font: str | None = None
    tagline: str | None = None
    footer: str | None = None

    def on(self, brand: Brand) -> Brand:
        """Return a brand with this look."""
        look = brand.look
        if self.font in list(FontChoice):
            look = replace(look, font=FontChoice(self.font))
        if self.tagline is not None and self.tagline.isprintable():
            look = replace(look, tagline=self.tagline[:_MOST_TAGLINE].strip())
        if self.footer is not None:
            look = replace(look, footer=self.footer[:_MOST_FOOTER])
        accent = self.accent if self.accent and _ACCENT.fullmatch(self.accent) else brand.accent
        return replace(brand, accent=accent, look=look)


@dataclass(frozen=True)
class SamplePreviewing:
    """The tools of showing a publication's look, put together once per process."""

    database: Database
    renderer: Renderer
    settings: Settings

    def preview(self, publication_id: int, kind: str, tried: TriedLook | None = None) -> str:
        """Return the sample issue as `kind` (email, text or web) with the publication's brand, and what is tried of another.

        Raises NotFoundError, InputError.
        """
        publication, brand = self._brand(publication_id)
        brand = brand if tried is None else tried.on(brand)
        document = sample_document(publication.slug, publication.language)
        if OutputKind(kind) is OutputKind.WEB:
            return with_charts(self.renderer.web(document, brand), document, brand)
        mail = without_slots(self.renderer.email(document, brand, byte_budget=self.settings.byte_budget))
        return mail.text if OutputKind(kind) is OutputKind.TEXT else mail.html

    def lint_templates(self, publication_id: int) -> list[TemplateFault]:
        """Return what is wrong with the publication's own templates; nothing where it has none. Raises NotFoundError."""
        publication, brand = self._brand(publication_id)
        languages = dict.fromkeys((publication.language, _OTHER_WAY))
        return lint(self.renderer, brand, [sample_document(publication.slug, language) for language in languages])

    def _brand(self, publication_id: int) -> tuple[Publication, Brand]:
        with self.database.read() as session:
            publication = publications.by_id(session, publication_id)
        return publication, brand_of(publication, self.settings.base_url)
