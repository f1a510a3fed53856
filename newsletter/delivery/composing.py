"""Compose the messages of one edition: everything that is equal for all readers is encoded once, the rest is joined in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.mail.address import parse_address
from newsletter.mail.envelope import Envelope, Merge, SharedMessage
from newsletter.mail.list_headers import feedback_id, list_headers
from newsletter.mail.merge_fields import ADDRESS, NAME, MergePlan
from newsletter.mail.message import Body, MessageTemplate, date_value, header, mailbox
from newsletter.mail.shown_address import shown_address
from newsletter.mail.slots import Slot
from newsletter.mail.verp import message_id, return_path
from newsletter.model import Edition, EditionBody, Issue, Publication
from newsletter.model.brand import Brand, brand_of
from newsletter.store.database import Database
from newsletter.store.delivery import compiled
from newsletter.store.delivery.deliveries import Recipient
from newsletter.tokens import Purpose, Signer

PURPOSES = {
    Slot.UNSUBSCRIBE: Purpose.UNSUBSCRIBE,
    Slot.CLICK: Purpose.CLICK,
    Slot.OPEN: Purpose.OPEN,
    Slot.VOTE: Purpose.VOTE,
}
"""What the token in each slot may be used for."""
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """One compiled form of an edition, ready to be filled."""

    template: MessageTemplate
    shared: SharedMessage
    slots: tuple[Slot, ...]  # those it holds: only their tokens are made
    names_reader: bool = False


@dataclass(frozen=True, slots=True)
class EditionComposer:
    """One edition ready to be filled: `compose` costs microseconds."""

    edition_id: int
    publication_id: int
    usual: CompiledForm
    return_domain: str
    from_domain: str
    signer: Signer
    tracked: CompiledForm | None = None  # for readers who agreed to be tracked; the others get `usual`
    merge_plan: MergePlan | None = None  # None: nothing but tokens and addresses differs from reader to reader

    def compose(self, recipient: Recipient, date_line: bytes, known: Mapping[str, str] = NOTHING_KNOWN) -> Envelope:
        """Return the envelope for one recipient; the same recipient gets the same Message-ID each time (law 2).

        `known` are the values of the fields that the edition's merge fields name.
        """
        delivery_id = recipient.delivery_id
        path = return_path(self.signer, delivery_id, self.return_domain)
        name = message_id(self.signer, delivery_id, self.return_domain)
        form = self.tracked if self.tracked is not None and recipient.tracked else self.usual
        token, template, address = self.signer.issue_octets, form.template, recipient.address
        slots: dict[str, bytes] = {slot: token(PURPOSES[slot], delivery_id) for slot in form.slots}
        if form.names_reader:
            slots[Slot.READER] = shown_address(address)
        if self.merge_plan is not None:
            theirs = {**known, NAME: recipient.name, ADDRESS: address}
            slots |= self.merge_plan.values(theirs)
            date_line += self.merge_plan.subject_line(theirs)
        content = template.compose(to=_to(recipient), message_id=name.encode(), slots=slots, extra=date_line)
        ascii_only = address.isascii()
        merge = Merge(form.shared, recipient.name, slots) if self.merge_plan is None else None
        wire_safe = ascii_only and template.wire_safe
        return Envelope(delivery_id, path, address, content, not ascii_only, merge, wire_safe, name)


class EditionComposers:
    """Letters of the editions being sent, kept by this process; thread-safe."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        *,
        base_url: str,
        return_domain: str = "",
        leave_address: str = "",
        most: int = 8,
    ) -> None:
        self._database = database
        self._signer = signer
        self._base_url = base_url
        self._return_domain = return_domain
        self._leave_address = leave_address
        self._most = most
        self._kept: OrderedDict[int, EditionComposer] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, edition_id: int) -> EditionComposer:
        """Return the letter of an edition. Raises NotFoundError when there is none."""
        with self._lock:
            if edition_id not in self._kept:
                self._kept[edition_id] = self._load(edition_id)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(edition_id)
            return self._kept[edition_id]

    def _load(self, edition_id: int) -> EditionComposer:
        with self._database.read() as session:
            edition, issue, publication = compiled.for_sending(session, edition_id)
            bodies = compiled.bodies(session, edition_id)
        return composer_of(
            (edition, issue, publication),
            bodies,
            self._signer,
            base_url=self._base_url,
            return_domain=self._return_domain,
            leave_address=self._leave_address,
        )


def composer_of(
    whose: tuple[Edition, Issue, Publication],
    bodies: Mapping[str, EditionBody],
    signer: Signer,
    *,
    base_url: str,
    return_domain: str = "",
    leave_address: str = "",
) -> EditionComposer:
    """Return the letter of an edition from its compiled forms, by name. Raises NewsletterError when it has none."""
    edition, issue, publication = whose
    headers = issue_headers(edition, issue, publication, brand_of(publication, base_url), leave_address=leave_address)
    plan = MergePlan.of_stored(edition.merge_fields)
    if plan is not None and plan.subject:
        headers = [each for each in headers if each[0] != "Subject"]  # each reader gets one of their own
    forms = {name: _form(headers, body, plan) for name, body in bodies.items()}
    usual = forms.get("aggregate" if publication.counts_clicks else "none", forms.get("none"))
    if usual is None:
        raise NewsletterError(
            "an edition has no body", where=f"edition {edition.id}", remedy="schedule the issue again"
        )
    from_domain = parse_address(publication.from_address).domain
    domain = return_domain or from_domain
    return EditionComposer(
        edition.id, publication.id, usual, domain, from_domain, signer, forms.get("individual"), plan
    )


def issue_headers(
    edition: Edition, issue: Issue, publication: Publication, brand: Brand, *, leave_address: str = ""
) -> list[tuple[str, str]]:
    """Return the headers every reader of an edition gets alike; the ways to unsubscribe hold a slot mark."""
    headers = [
        ("From", mailbox(publication.from_name, publication.from_address)),
        *([("Reply-To", publication.reply_to)] if publication.reply_to else []),
        ("Subject", edition.subject),
    ]
    return headers + list_headers(
        name=publication.name,
        list_id=publication.list_id,
        unsubscribe_url=brand.unsubscribe_url(Slot.UNSUBSCRIBE),
        # RFC 6068 section 2: the token stands in the subject, which keeps the case that a local part may lose
        unsubscribe_mailto=f"mailto:{leave_address}?subject={Slot.UNSUBSCRIBE}" if leave_address else "",
        archive_url=brand.home,
        feedback=feedback_id(
            issue=issue.slug,
            publication=publication.slug,
            kind="issue",
            sender=parse_address(publication.from_address).domain,
        ),
    )


def date_line(clock: Clock) -> bytes:
    """Return the Date header of this moment, in wire form."""
    return header("Date", date_value(clock.now()))


def _body(stored: EditionBody) -> Body:
    return Body(stored.content_type, stored.body)


def _form(headers: list[tuple[str, str]], stored: EditionBody, plan: MergePlan | None) -> CompiledForm:
    more = plan.marks if plan is not None else ()
    template = MessageTemplate(headers, _body(stored), more)
    shared = _shared(template, more)
    tokens = tuple(slot for slot in PURPOSES if slot.encode() in shared.content)
    return CompiledForm(template, shared, tokens, Slot.READER.encode() in shared.content)


def _shared(template: MessageTemplate, more: Sequence[str]) -> SharedMessage:
    """The message with its marks left in place, for providers that fill them on their side."""
    marks = {mark: mark.encode() for mark in (*Slot, *more)}
    return SharedMessage(bytes(template.compose(to=b"", message_id=b"", slots=marks)))


def _to(recipient: Recipient) -> bytes:
    if not recipient.name:
        return recipient.address.encode()
    # `header` folds and encodes; what stands after "To: " and before the last CRLF is the value in wire form
    return header("To", mailbox(recipient.name, recipient.address))[4:-2]
