"""A text as typed, read and rendered for preview."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from newsletter.bootstrap import Parts
from newsletter.errors import DocumentError, InputError, NewsletterError
from newsletter.issues import editing, looking_over, merge_field_names, preflight, previewing, questions, renaming
from newsletter.issues.preflight.finished_mail import SectionWeight, weights
from newsletter.mail.merge_fields import KnownValues
from newsletter.model import Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.rendering.renderer import EmailRendering, TrackingForm

CONTEXT_CHARS = 160
_OPENED = re.compile(rf"""<img\b[^<>]*/o/{previewing.PREVIEW_TOKEN}\.gif[^<>]*>""")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that could be read: what it says, how its mail looks (slots filled), and what preflight found."""

    document: Document
    mail: EmailRendering
    findings: list[preflight.Finding]
    weights: list[SectionWeight] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a text cannot be read; `line` is 0 when no place is known, `quoted` is that line's beginning."""

    what: str
    remedy: str
    line: int = 0
    column: int = 0
    quoted: str = ""


class Drafts:
    """The last drafts rendered, by issue and name of the text; thread-safe. A process that has one not renders it again."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, str], Draft] = OrderedDict()

    def keep(self, issue_id: int, name: str, draft: Draft) -> None:
        """Keep a draft for the frame that is asked for next."""
        with self._lock:
            self._kept[issue_id, name] = draft
            self._kept.move_to_end((issue_id, name))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def find(self, issue_id: int, name: str) -> Draft | None:
        """Return the draft, or None when this process does not have it."""
        with self._lock:
            return self._kept.get((issue_id, name))


ANYBODY = previewing.PreviewReader()
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


def read(
    parts: Parts,
    publication: Publication,
    text: str,
    *,
    reader: previewing.PreviewReader = ANYBODY,
    known: Mapping[str, str] = NOTHING_KNOWN,
) -> Draft | Mistake:
    """Read and render a text as `reader` would get it, of whom `known` is known, or say what is wrong with it and where."""
    try:
        document = editing.read_document(text)
        if not renaming.was_named(parts.database, publication, document.publication):
            return Mistake(f"the publication must be {publication.slug!r}", "change it back in the front matter")
        draft = rendered(parts, publication, document, text, reader=reader, known=known)
        day = questions.day_of_draft(document, publication, parts.clock.now())
        asked = questions.other_date(document, publication, day, source=text)
        unknown = merge_field_names.look_up(parts.database, document, publication, source=text)
        return replace(draft, findings=preflight.in_order([*draft.findings, *asked, *unknown]))
    except InputError as error:
        return mistake_of(error, text)


def rendered(
    parts: Parts,
    publication: Publication,
    document: Document,
    source: str,
    *,
    reader: previewing.PreviewReader = ANYBODY,
    known: Mapping[str, str] = NOTHING_KNOWN,
) -> Draft:
    """Render a document's mail and look it over; `source` is its text as typed. Raises InputError when it cannot be rendered.

    What is found and weighed is that of the mail as everybody gets it, whoever it is shown to.
    """
    brand = brand_of(publication, parts.settings.base_url)
    written = preflight.Inspected(document, brand, None, source, publication.from_name)
    around = looking_over.around(parts.database, publication.id, document)
    mail, findings = looking_over.rendered(written, parts.renderer, parts.settings.byte_budget, around)
    weighed = weights(replace(written, mail=mail))
    if known or reader.language or reader.tracking is not TrackingForm.NONE:
        tag = reader.language or brand.language
        document = document.model_copy(update={"language": reader.language or document.language})
        mail = parts.renderer.email(
            document,
            replace(brand, language=tag),
            byte_budget=parts.settings.byte_budget,
            form=reader.tracking,
            around=around,
            merging=KnownValues(known),
        )
    shown = previewing.without_slots(mail, reader.address)
    if reader.tracking is TrackingForm.INDIVIDUAL:  # who looks at a preview opens nothing
        shown = replace(shown, html=_OPENED.sub("", shown.html))
    return Draft(document, shown, findings, weighed)


def mistake_of(error: NewsletterError, text: str) -> Mistake:
    """Return what the editor is told of `error`, with the line it is about."""
    if not isinstance(error, DocumentError):
        return Mistake(error.what, error.remedy)
    lines = text.splitlines()
    quoted = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
    return Mistake(error.what, error.remedy, error.line, error.column, quoted[:CONTEXT_CHARS])
