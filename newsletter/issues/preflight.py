"""Look an issue over before it goes out: errors and open questions keep it from being scheduled, warnings are to be weighed.

What is asked (`newsletter.issues.questions`) depends on the other issues and on the day; what is found here, on the issue alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from newsletter.errors import InputError
from newsletter.issues.furnishing import furnishing
from newsletter.issues.image_faults import ALT, image_faults
from newsletter.issues.starting import left_over
from newsletter.issues.unfinished import RULES, unfinished
from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.model.document import Document, TableItem
from newsletter.rendering.footnotes import names_of_notes, without_marks
from newsletter.rendering.images import NO_IMAGES, Images
from newsletter.rendering.latex import line_losses
from newsletter.rendering.markdown import losses, may_lose
from newsletter.rendering.renderer import EmailRendering

CLIP_OCTETS = 102_400
"""Gmail shows no more than 102 KiB of a mail's HTML, and so hides the unsubscribe link at its end."""
STARTER = "starter"
"""The rule against what every new issue begins with."""
SAME_TEXT, SAME_DAY, OTHER_DATE = "same-text", "same-day", "other-date"
"""The rules that ask."""
MAY_PASS = (STARTER, *RULES, ALT, SAME_TEXT, SAME_DAY, OTHER_DATE)
"""Rules whose errors and questions an editor may let pass by name."""
LONG_SUBJECT = 120
_NAMED_AT_ONCE = 3

Severity = Literal["error", "question", "warning"]
_ORDER = ("error", "question", "warning")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something preflight noticed: what, where in the issue, and what to do about it."""

    severity: Severity
    what: str
    where: str
    remedy: str
    rule: str = ""
    """The name under which an editor may let an error or a question pass; without one it cannot be."""
    about: str = ""
    """What a question is asked about: the slugs of the other issues, or the two dates."""

    @property
    def answer(self) -> str:
        """What lets exactly this pass: another question of the same rule is asked all the same."""
        return f"{self.rule}:{self.about}" if self.about else self.rule


def check(
    document: Document, brand: Brand, rendering: EmailRendering | None, images: Images = NO_IMAGES
) -> list[Finding]:
    """Return what is wrong or doubtful, errors first; `rendering` adds what only the finished mail shows.

    `images` are those of the publication that the document names.
    """
    findings = [*_head(document), *_content(document, images), *_links(document, rendering), *_sender(brand)]
    findings += [Finding("warning", *doubt) for doubt in furnishing(document, brand)]
    if rendering is not None:
        findings.extend(_mail(rendering))
    return in_order(findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the gravest first."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.severity))


def stops(findings: Iterable[Finding], despite: Collection[str] = ()) -> list[Finding]:
    """Return those findings that keep an issue from being scheduled, though the rules of `despite` were let pass by name.

    `despite` holds names of rules, or answers of findings. Raises InputError for a name that no rule has: a slip of the pen
    must not pass for a decision.
    """
    named = {name.casefold() for name in despite}
    if strange := {name.partition(":")[0] for name in named} - {rule.casefold() for rule in MAY_PASS}:
        raise InputError(
            f"there is no rule {', '.join(sorted(strange))[:100]}",
            where="--despite",
            remedy=f"there are {', '.join(MAY_PASS)}",
        )
    return [f for f in findings if f.severity != "warning" and not _is_answered(f, named)]


def _is_answered(finding: Finding, named: set[str]) -> bool:
    return bool(finding.rule) and not named.isdisjoint({finding.rule.casefold(), finding.answer.casefold()})


def _head(document: Document) -> Iterator[Finding]:
    if not document.subject.strip():
        yield Finding("error", "the subject is empty", "subject", "write one in the front matter")
    if len(document.subject) > LONG_SUBJECT:
        what = f"the subject has {len(document.subject)} characters; most readers see the first 60"
        yield Finding("warning", what, "subject", f"keep it below {LONG_SUBJECT}")
    if not document.preheader.strip():
        what = "there is no preheader: mail programs show the first words of the mail instead"
        yield Finding("warning", what, "preheader", "add a sentence to the front matter")


def _content(document: Document, images: Images) -> Iterator[Finding]:
    if not document.lead.strip() and not any(section.items or section.intro.strip() for section in document.sections):
        yield Finding("error", "there is nothing to read: no lead and no items", "issue", "write a lead or an item")
    for where in left_over(document):
        what = "these are the words every new issue begins with"
        yield Finding("error", what, where, "write your own over them", STARTER)
    for rule, where, words in unfinished(document):
        what = f"“{words}” is no word for readers"
        yield Finding("error", what, where, "finish it, or let it pass if it is meant", rule)
    for where, text in _texts(document):
        for fault in image_faults(text, images):
            yield Finding("error", fault.what, f"{where}, line {fault.line}", fault.remedy, fault.rule)
        for loss in losses(text):
            yield Finding("warning", loss.said, f"{where}, line {loss.line}", loss.remedy)
    for where, text in _lines(document):
        yield from (Finding("warning", loss.said, where, loss.remedy) for loss in line_losses(text))


def _links(document: Document, rendering: EmailRendering | None) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for section in document.sections:
        for item in section.items:
            where = f"{section.slug}/{item.key}"
            if item.url and item.url in seen:
                what = f"the same link stands at {seen[item.url]} already"
                yield Finding("warning", what, where, "remove one of the two, unless it is meant")
            seen.setdefault(item.url, where)
    links = rendering.links if rendering is not None else tuple(seen)
    plain = [link for link in links if urlsplit(link).scheme.lower() == "http" and not _is_local(link)]
    if plain:
        named = ", ".join(plain[:_NAMED_AT_ONCE]) + (", ..." if len(plain) > _NAMED_AT_ONCE else "")
        what = f"{len(plain)} {'link is' if len(plain) == 1 else 'links are'} not encrypted: {named}"
        yield Finding("warning", what, "links", "use https:// where the site has it")


def _sender(brand: Brand) -> Iterator[Finding]:
    if not brand.postal_address.strip():
        # 15 U.S.C. 7704(a)(5)(A)(iii) (CAN-SPAM) asks for one in commercial mail; not every newsletter is that.
        what = "the publication has no postal address, which commercial mail must show in many countries"
        yield Finding("warning", what, "publication", "add one to the publication")


def _mail(rendering: EmailRendering) -> Iterator[Finding]:
    octets = len(rendering.html.encode())
    if octets > CLIP_OCTETS:
        what = f"the HTML part has {octets:,} octets; Gmail clips at {CLIP_OCTETS:,}"
        yield Finding("error", what, "issue", "shorten the lead or the long items")
    if rendering.folded:
        count = f"{rendering.folded} {'item stands' if rendering.folded == 1 else 'items stand'}"
        yield Finding("warning", f"{count} on the web only, to keep the mail small", "issue", "move what matters up")
    for part, name in ((rendering.html, "HTML"), (rendering.text, "plain text")):
        if Slot.UNSUBSCRIBE not in part:
            what = f"the {name} part has no unsubscribe link"
            yield Finding("error", what, "issue", "mend the template templates/issue: every mail must carry one")


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    yield "lead", document.lead
    for section in document.sections:
        yield section.slug, section.intro
        for item in section.items:
            where = f"{section.slug}/{item.key}"
            yield where, item.body
            if isinstance(item, TableItem):
                yield where, item.note
                names = names_of_notes((item.body, item.note))
                cells = (without_marks(cell, names) for row in item.rows for cell in row)
                yield from ((where, cell) for cell in cells if may_lose(cell))


def _lines(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what readers see of a document that is plain text."""
    yield from (("title", document.title), ("author", document.author), ("preheader", document.preheader))
    if document.subject != document.title:
        yield "subject", document.subject
    for section in document.sections:
        yield section.slug, section.title
        for item in section.items:
            where = f"{section.slug}/{item.key}"
            yield from ((f"{where}, title", item.title), (f"{where}, authors", getattr(item, "authors", "")))


def _is_local(link: str) -> bool:
    return (urlsplit(link).hostname or "") in {"localhost", "127.0.0.1", "::1"}
