"""What is paid for is called so, and its links say so to machines (https://developers.google.com/search/docs/crawling-indexing/qualify-outbound-links)."""

from __future__ import annotations

from markupsafe import Markup

from newsletter.model.document import SectionKind, SponsorItem
from newsletter.rendering.language import Language
from newsletter.rendering.latex import soften_line
from newsletter.rendering.links import PAID
from newsletter.sentences import sentence

REL = "sponsored"
LABEL = sentence("Sponsored")
_LINK, _PAID_LINK = "<a ", f'<a rel="{REL}" '


def is_paid(kind: str) -> bool:
    """Tell whether a section of this kind was paid for."""
    return kind == SectionKind.SPONSOR


def said_of(item: SponsorItem, language: Language) -> str:
    """Return who paid for an item, in words."""
    return language.say(sentence("Sponsored by %(name)s", name=soften_line(item.sponsor)) if item.sponsor else LABEL)


def paid_links(html: Markup) -> Markup:
    """Return clean content HTML whose links are marked as paid for."""
    return Markup(str(html).replace(_LINK, _PAID_LINK))  # noqa: S704 - clean before


def for_notes(html: Markup) -> Markup:
    """Return marked content whose links a numbered list tells from others that lead to the same place."""
    return Markup(str(html).replace(f'{_PAID_LINK}href="', f'{_PAID_LINK}href="{PAID}'))  # noqa: S704 - clean before
