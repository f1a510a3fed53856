"""Show an issue as it would go out, and send it to one address as a test."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.errors import LimitError, QueueError
from newsletter.issues import entries
from newsletter.issues.previewed_charts import with_charts
from newsletter.mail.address import address_hash, parse_address
from newsletter.mail.body import build_body
from newsletter.mail.list_headers import feedback_id, list_headers
from newsletter.mail.message import date_value, header, mailbox
from newsletter.mail.shown_address import shown_address
from newsletter.mail.slots import SLOT_CHARS, Slot
from newsletter.model import Notice, Publication
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.brand import Brand, brand_of
from newsletter.model.document import Document
from newsletter.model.rights import Right
from newsletter.model.states import NoticeState
from newsletter.model.surroundings import Surroundings
from newsletter.queue import Job, Queue
from newsletter.rendering.markdown_file import write_markdown
from newsletter.rendering.renderer import EmailRendering, Renderer, TrackingForm
from newsletter.store.accounts import editors
from newsletter.store.archive import published
from newsletter.store.audience import subscriptions
from newsletter.store.database import Database
from newsletter.store.delivery import allowances, notices, rehearsals
from newsletter.store.issues import issues

PREVIEW_TOKEN = "this-is-only-a-preview--"  # noqa: S105 - no secret: it opens nothing
"""Stands where a reader's own token would: as long as one, and refused wherever it is used."""
assert len(PREVIEW_TOKEN) == SLOT_CHARS
PREVIEW_READER = "reader@example.org"


TESTS_A_DAY = 20
"""Test mails of one editor in one day (UTC) to addresses that neither a reader nor an editor has."""


@dataclass(frozen=True, slots=True)
class PreviewReader:
    """Whose mail a preview shows: an address, a language (BCP 47; empty: that of the issue), and how far links and opening are tracked."""

    address: str = PREVIEW_READER
    language: str = ""
    tracking: TrackingForm = TrackingForm.NONE

    @property
    def is_anybody(self) -> bool:
        """Whether nothing of it was chosen."""
        return self == PreviewReader()


class OutputKind(StrEnum):
    """The outputs an issue can be seen as."""

    EMAIL = "email"
    TEXT = "text"
    WEB = "web"
    MARKDOWN = "markdown"
    EML = "eml"


@dataclass(frozen=True)
class Previewing:
    """The tools of previewing, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    settings: Settings

    def preview(self, issue_id: int, kind: str) -> str | bytes:
        """Return a stored issue as `kind`: bytes for "eml", else text; slots hold `PREVIEW_TOKEN`. Raises NotFoundError."""
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            owner = issues.publication_of(session, issue)
            document = Document.model_validate(issue.content)
            around = published.surroundings(session, owner.id, document)
        brand = brand_of(owner, self.settings.base_url)
        match OutputKind(kind):
            case OutputKind.WEB:
                return with_charts(self.renderer.web(document, brand, around), document, brand)
            case OutputKind.MARKDOWN:
                return write_markdown(document)
            case OutputKind.EMAIL:
                return self._mail(document, brand, around).html
            case OutputKind.TEXT:
                return self._mail(document, brand, around).text
            case OutputKind.EML:
                return message_of(document, owner, brand, self._mail(document, brand, around))

    def send_test(self, issue_id: int, to: str, *, by: Actor) -> Notice:
        """Owe `to` a mail that looks as the issue would, its subject beginning with [Test]; return the notice.

        Each editor may write to TESTS_A_DAY strangers, and so may the operator. Raises NotFoundError, ForbiddenError,
        InputError for an address that is none, LimitError beyond that number.
        """
        address = parse_address(to).text
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            owner = issues.publication_of(session, issue)
            document = Document.model_validate(issue.content)
            around = published.surroundings(session, owner.id, document)
        mail = self._mail(document, brand_of(owner, self.settings.base_url), around, address)
        with self.database.write() as session:
            now = self.clock.now()
            if not _is_confirmed(session, owner, address):
                _count(session, by, now)
            notice = notices.add(session, _notice(owner, mail, address, now))
            rehearsals.remember(session, owner.id, address, now)
            entries.add(session, by, "issue.test-mail", issue, at=now)
        with contextlib.suppress(QueueError):  # the scheduler rings again
            self.queue.ring(Job.SEND_NOTICE, notice.id)
        return notice

    def remembered(self, publication_id: int) -> Sequence[str]:
        """Return the addresses to which tests of a publication went, last used first."""
        with self.database.read() as session:
            return rehearsals.remembered(session, publication_id)

    def _mail(
        self, document: Document, brand: Brand, around: Surroundings, reader: str = PREVIEW_READER
    ) -> EmailRendering:
        """Return the mail as one reader would get it, its slots filled with `PREVIEW_TOKEN`."""
        budget = self.settings.byte_budget
        return without_slots(self.renderer.email(document, brand, byte_budget=budget, around=around), reader)


def without_slots(rendering: EmailRendering, reader: str = PREVIEW_READER) -> EmailRendering:
    """Return the mail with `PREVIEW_TOKEN` in each slot, to be read by `reader`."""
    html, text = (_filled(part, reader) for part in (rendering.html, rendering.text))
    return EmailRendering(rendering.subject, html, text, rendering.links, rendering.folded)


def _is_confirmed(session: Session, publication: Publication, address: str) -> bool:
    """Whether the owner of an address wants mail from here: a reader who confirmed, or someone who signs in at the desk."""
    editor = editors.find(session, address.lower())
    if editor is not None and editor.disabled_at is None:
        return True
    return subscriptions.is_active(session, publication.id, address_hash(address))


def _count(session: Session, by: Actor, now: datetime) -> None:
    editor_id = by.id if by.kind is ActorKind.EDITOR else None
    if allowances.count_test(session, editor_id, now.date(), TESTS_A_DAY):
        return
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    raise LimitError(
        f"{TESTS_A_DAY} test mails went to addresses that nobody confirmed, which is all for today",
        where="to",
        retry_after=math.ceil((midnight - now).total_seconds()),
        remedy="send it to a reader of this publication or to an editor, which is not counted, or wait until midnight UTC",
    )


def _notice(publication: Publication, mail: EmailRendering, address: str, now: datetime) -> Notice:
    return Notice(
        kind="test",
        publication_id=publication.id,
        to_address=address,
        subject=f"[Test] {mail.subject}",
        text=mail.text,
        html=mail.html,
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
    )


def _filled(text: str, reader: str) -> str:
    text = text.replace(Slot.READER, shown_address(reader).decode())
    for slot in Slot:
        text = text.replace(slot, PREVIEW_TOKEN)
    return text


def message_of(document: Document, publication: Publication, brand: Brand, mail: EmailRendering) -> bytes:
    """Return the message in wire form, its slots filled; its date is that of the issue, so that the same issue gives the same octets."""
    body = build_body(mail.text, mail.html)
    domain = parse_address(publication.from_address).domain
    fields = [
        ("From", mailbox(publication.from_name, publication.from_address)),
        ("To", mailbox("A Reader", PREVIEW_READER)),
        *([("Reply-To", publication.reply_to)] if publication.reply_to else []),
        ("Subject", mail.subject),
        ("Date", date_value(datetime.combine(document.date, time(8), UTC))),
        ("Message-ID", f"<preview.{document.slug}@{domain}>"),
        *list_headers(
            name=publication.name,
            list_id=publication.list_id,
            unsubscribe_url=brand.unsubscribe_url(PREVIEW_TOKEN),
            archive_url=brand.home,
            feedback=feedback_id(issue=document.slug, publication=publication.slug, kind="issue", sender=domain),
        ),
        ("MIME-Version", "1.0"),
        ("Content-Type", body.content_type),
    ]
    return b"".join(header(name, value) for name, value in fields) + b"\r\n" + body.content
