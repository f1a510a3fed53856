"""The catalogues of `newsletter/locale/`: gettext's .po files, read as they are, so that nothing has to be built and nothing is stale."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from newsletter.resources import LOCALE

SOURCE = "en"
"""The language of the sentences in code and templates, which needs no catalogue."""


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that readers are spoken to in, the source first."""
    return SOURCE, *sorted(file.parent.parent.name for file in LOCALE.glob("*/LC_MESSAGES/newsletter.po"))


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the sentences of one of `languages`; read once per process."""
    if language == SOURCE:
        return NullTranslations()
    file = LOCALE / language / "LC_MESSAGES" / "newsletter.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=language))
    return GNUTranslations(io.BytesIO(compiled.getvalue()))
