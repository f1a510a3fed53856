"""Notices: one-off mails (confirm, welcome, sign-in, alert) from three templates each: subject, HTML, text.

To add a kind, add `templates/notice/<kind>.subject.j2`, `<kind>.mjml.j2` (extends `notice/base.mjml.j2`) and `<kind>.txt.j2`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from newsletter.errors import NotFoundError
from newsletter.model.brand import Brand
from newsletter.rendering.language import ENGLISH, language_of
from newsletter.rendering.mail_page import mail_page
from newsletter.rendering.plain_width import wrap
from newsletter.rendering.templating import Templates

FOR_EDITORS = frozenset({"alert", "signin"})
"""Notices that no reader gets: in English, as the desk is."""


def render_notice(templates: Templates, kind: str, brand: Brand, values: Mapping[str, str]) -> tuple[str, str, str]:
    """Return subject (one line), HTML page and text (wrapped at 72), in the publication's language. Raises NotFoundError, InputError."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind):
        raise NotFoundError(f"no notice of kind {kind!r}", remedy="use a kind that has templates under notice/")
    words = ENGLISH if kind in FOR_EDITORS else language_of(brand.language).spoken
    subject = " ".join(templates.render(f"notice/{kind}.subject.j2", brand=brand, words=words, **values).split())
    text = templates.render(f"notice/{kind}.txt.j2", brand=brand, words=words, **values)
    page = mail_page(
        templates,
        f"notice/{kind}.mjml.j2",
        language=words,
        words=words,
        brand=brand,
        title=subject,
        preheader=_second_paragraph(text),
        content=(),
        values=values,
    )
    return (
        subject,
        "".join(page),
        "\n".join(line for written in text.strip().split("\n") for line in wrap(written)) + "\n",
    )


def _second_paragraph(text: str) -> str:
    """What an inbox shows beside the subject: the words after the heading."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]
    return next((paragraph for paragraph in paragraphs[1:] if "://" not in paragraph), "")
