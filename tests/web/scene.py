"""A service with one of everything behind its addresses, so that a refusal is because of rights and not because nothing is there."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select, text

from newsletter.accounts.api_keys import Wanted
from newsletter.audience import asking
from newsletter.audience.changing_readers import WantedChange
from newsletter.audience.keeping_fields import FieldWish
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback.intake import Intake
from newsletter.images.keeping import Upload
from newsletter.images.listing import file_of
from newsletter.issues.deleting import Deleting
from newsletter.issues.editing import Editing
from newsletter.mail.address import address_hash
from newsletter.mail.envelope import Envelope, Outcome
from newsletter.model import (
    Base,
    Delivery,
    Edition,
    EditionLink,
    Editor,
    EditorSession,
    Issue,
    Notice,
    Publication,
    RawReport,
    Subscriber,
    Subscription,
)
from newsletter.model.actor import operator
from newsletter.model.brand import Author
from newsletter.model.feedback import RawState
from newsletter.model.reader_change import ReaderChangeKind
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.rights import HeldGrant, Right, Role
from newsletter.model.segment import FieldIs
from newsletter.model.sources import SourceKind
from newsletter.model.states import Consent, DeliveryState, IssueState, NoticeState, SubscriptionState
from newsletter.rendering.markdown_file import write_markdown
from newsletter.sources.keeping import NewSource
from newsletter.store import alarms
from newsletter.store.audience import consents
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.database import Database
from newsletter.tokens import Purpose
from newsletter.transports.maildir import MaildirTransport
from newsletter.web import sessions
from newsletter.web.app import create_app
from tests.parts.actors import OPERATOR, able
from tests.parts.answers import MEANT
from tests.parts.kept_counts import planned
from tests.parts.named import id_of_issue
from tests.parts.pictures import png
from tests.sources.rows import add_candidate
from tests.web.places import Visitor, add_publication, make_document, make_parts, publish
from tests.web.seats import Browser, add_editor

HOOK_SECRET = "open sesame and please be quick"
LEAVE = "leave@news.test"
MAIL = (
    b"From: Ada <ada@orchard.test>\r\nTo: reader@example.org\r\nSubject: Caught\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><head></head><body>caught</body></html>\r\n"
)
STATES = {
    "scheduled": IssueState.SCHEDULED,
    "sending": IssueState.SENDING,
    "doomed": IssueState.SENDING,
    "paused": IssueState.PAUSED,
    "uncertain": IssueState.SENDING,
}
"""Issues by name, each in the state that one change asks for; drafts are `draft`, `ready`, `tested` and `spare`, and `binned` is deleted."""


class Nobody:
    """A witness that keeps nothing."""

    def wrote(self, delivery_id: int) -> None: ...
    def heard(self, delivery_id: int, outcome: Outcome) -> None: ...


def fingerprint(database: Database, besides: Collection[str] = ()) -> dict[str, str]:
    """Return a digest of each table's rows, `besides` those named: two that are equal say that nothing changed.

    It is taken before and after everything that anybody asks: so by the database itself, or of rows as the driver has them.
    """
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in besides]
    with database.read() as session:
        if session.get_bind().dialect.name == "postgresql":
            each = "SELECT '{0}', md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{0}\" t"
            return {
                name: str(digest) for name, digest in session.execute(text(" UNION ALL ".join(map(each.format, names))))
            }
        driver = session.connection().connection.driver_connection
        assert driver is not None
        rows = {name: sorted(map(repr, driver.execute(f'SELECT * FROM "{name}"'))) for name in names}
        return {name: hashlib.sha256("\n".join(each).encode()).hexdigest() for name, each in rows.items()}


@dataclass
class Caller:
    """Who asks: with the cookies and the CSRF token of a browser, or with nothing."""

    app: FastAPI
    cookies: str = ""
    csrf: str = ""
    ip: str = "192.0.2.7"

    def ask(self, method: str, address: str, **given: Any) -> httpx.Response:
        """Send one request; `headers` and `data` are added to what this caller sends anyway."""
        headers = {"cookie": self.cookies} if self.cookies else {}
        return Visitor(self.app, self.ip).ask(
            method, address, **{**given, "headers": headers | (given.get("headers") or {})}
        )


@dataclass
class Scene:
    """The service, and the names of what lies behind its addresses."""

    database: Database
    clock: SettableClock
    folder: Path
    base_url: str = "http://news.test"
    names: dict[str, object] = field(default_factory=dict)
    _editors: int = 0

    def __post_init__(self) -> None:
        self.publication = add_publication(self.database)
        self.parts.authors.add(self.publication.id, Author("ada", "Ada Crabtree", bio="Grows apples."), by=OPERATOR)
        self.editor = add_editor(self.parts)
        self.other_editor = add_editor(self.parts, "bea@tide.example.org", "Bea")
        self._add_issues()
        self._add_reader()
        self._add_others()
        self._add_reports()
        self._catch_a_mail()
        self._raise_an_alarm()
        self._add_to_the_team()
        self.seated()

    @cached_property
    def parts(self) -> Parts:
        """Parts with every optional door open: hooks, goodbyes by mail, a local inbox."""
        made = make_parts(self.database, self.clock, self.folder, self.base_url)
        secrets = {
            "inbound_secret": SecretStr(HOOK_SECRET),
            "metrics_token": SecretStr(HOOK_SECRET),
            "webhook_secrets": SecretStr(f"postmark=hook:{HOOK_SECRET}"),
        }
        plain = {"leave_address": LEAVE, "nameserver": "127.0.0.1:9"}  # where nobody answers
        opened = Parts(made.settings.model_copy(update={**secrets, **plain}), self.clock)
        opened.__dict__["database"] = self.database
        return opened

    @cached_property
    def app(self) -> FastAPI:
        """The application."""
        return create_app(self.parts)

    def stranger(self) -> Caller:
        """Return somebody without a cookie."""
        return Caller(self.app)

    def seated(self, editor: Editor | None = None) -> Caller:
        """Return an editor's browser, freshly signed in; `{session}` is the number of that session from now on."""
        browser = Browser(self.app)
        browser.take_seat(self.parts, editor or self.editor)
        with self.database.read() as opened:
            self.names["session"] = opened.scalar(select(func.max(EditorSession.id)))
        secret = browser.cookies["desk"]
        return Caller(self.app, f"{sessions.cookie_name(self.parts, sessions.SESSION)}={secret}", browser.csrf)

    def one_more_editor(self) -> Editor:
        """Return an editor nobody else sits with, for what an editor does to the own account."""
        self._editors += 1
        return add_editor(self.parts, f"editor{self._editors}@tide.example.org", f"Editor {self._editors}")

    def fill(self, text: str) -> str:
        """Put what is there into an address or a field: `{draft}`, `{reader}`, `{leave}` ..."""
        return text.format_map(self.names | self._tokens())

    def fingerprint(self, besides: Collection[str] = ()) -> dict[str, str]:
        """Return a digest of each table, what is on its way there included."""
        self.parts.events.flush()
        return fingerprint(self.database, besides)

    def _tokens(self) -> dict[str, str]:
        signer, now = self.parts.signer, self.clock.now()
        subscription, delivery = int(str(self.names["subscription"])), int(str(self.names["delivery"]))
        return {
            "confirm": signer.issue_timed(Purpose.CONFIRM, subscription, now),
            "leave": signer.issue(Purpose.UNSUBSCRIBE, delivery),
            "click": signer.issue(Purpose.CLICK, delivery),
            "open": signer.issue(Purpose.OPEN, delivery),
            "vote": signer.issue(Purpose.VOTE, delivery),
            "form": asking.form_token(signer, SettableClock(now - timedelta(minutes=1)), self.publication.id),
        }

    def _add_issues(self) -> None:
        for day, name in enumerate(("draft", "ready", "tested", "spare", "binned"), 1):
            document = make_document(f"2026-05-0{day}", date(2026, 5, day))
            made = Editing(self.database, self.clock).import_issue(write_markdown(document), source=name, by=OPERATOR)
            self.names |= {name: made.id, f"{name} text": made.source.replace("Sweetness", "Sourness")}
        Deleting(self.database, self.clock).delete(
            id_of_issue(self.database, "2026-05-05", self.publication.slug), by=OPERATOR
        )
        for day, (name, state) in enumerate(STATES.items(), 1):
            document = make_document(f"2026-04-0{day}", date(2026, 4, day))
            made = publish(self.database, self.publication, document, shown=name != "scheduled")
            self._put(made, state)
            self.names[name] = made.id
        sent = publish(self.database, self.publication, make_document("2026-03-01", date(2026, 3, 1)))
        self.names |= {"sent": sent.id, "edition": self._link(sent), "revision": 1}
        made = self.parts.commenting.comment(int(str(self.names["draft"])), "Is this so?", line=1, by=OPERATOR)
        self.names["comment"] = made.id
        self.parts.slotting.skip(self.publication.id, date(2030, 12, 25), "Christmas", by=OPERATOR)
        [kept] = self.parts.keeping_images.add(self.publication.id, [Upload("pear.png", png())], by=OPERATOR)
        self.names["image"] = file_of(kept.image)
        snippet = self.parts.snippets.keep(self.publication.id, "Goodbye", "Until tomorrow.", by=OPERATOR)
        self.names["snippet"] = str(snippet.id)
        self._add_a_list()
        field = self.parts.keeping_fields.add(self.publication.id, FieldWish("City", on_form=True), by=OPERATOR)
        segment = self.parts.segmenting.add(
            self.publication.id, "In Ulm", FieldIs(key="city", value="Ulm"), by=OPERATOR
        )
        spare = self.parts.keeping_fields.add(self.publication.id, FieldWish("Spare"), by=OPERATOR)
        self.names |= {"field": field.id, "spare field": spare.id, "segment": segment.id}
        source = NewSource(section="wire", kind=SourceKind.FEED, address="https://tide.test/feed")
        self.names["source"] = self.parts.sources.add(self.publication.id, source, by=OPERATOR).id
        self.names["candidate"] = self._offer(source_id=int(str(self.names["source"])))

    def _offer(self, source_id: int) -> int:
        candidate = add_candidate(
            self.database, self.clock, self.publication, "https://tide.test/one", source_id=source_id
        )
        return candidate.id

    def _put(self, issue: Issue, state: IssueState) -> None:
        with self.database.write() as session:
            found = session.get_one(Issue, issue.id)
            found.state = state
            found.scheduled_at = self.clock.now() + timedelta(days=1)

    def _link(self, issue: Issue) -> int:
        with self.database.write() as session:
            edition = session.scalars(select(Edition).where(Edition.issue_id == issue.id)).one()
            session.add(EditionLink(edition_id=edition.id, number=1, url="https://journal.test/1"))
            return edition.id

    def _add_a_list(self) -> None:
        """A list with a row at fault and a past issue that a worker looked at."""
        upload = self.folder / "upload.csv"
        upload.write_text("email,town,mood\nplum@pear.example,Ulm,in\nnobody,,in\n")
        by = able(*Right, editor_id=self.editor.id)
        move = self.parts.list_moves.take(self.publication.id, upload, file_name="readers.csv", by=by)
        self.parts.list_move_work.run(move)
        upload.write_text("---\ntitle: Of another place\n---\nA draft, for it has no date.\n")
        posts = self.parts.post_moves.take(self.publication.id, upload, file_name="letter.md", by=by)
        self.parts.list_move_work.run(posts)
        self.names |= {"move": str(move), "posts": str(posts)}

    def _add_others(self) -> None:
        """Add somebody who waits to confirm and somebody who may be forgotten, a note, and a change that can be taken back."""
        for name, state in (("waiting", SubscriptionState.PENDING), ("forgettable", SubscriptionState.UNSUBSCRIBED)):
            now, address = self.clock.now() - timedelta(days=3), f"{name}@plum.example"
            known = {"address": address, "address_hash": address_hash(address), "domain": "plum.example"}
            with self.database.write() as session:
                person = Subscriber(name="", **known, created_at=now)
                session.add(person)
                session.flush()
                own = {"publication_id": self.publication.id, "subscriber_id": person.id, "state": state}
                subscription = Subscription(**own, tracking=Consent.UNKNOWN, created_at=now, changed_at=now)
                session.add(subscription)
                session.flush()
                consents.add(session, [subscription.id], ConsentAction.ASKED, at=now, place="form:subscribe")
                self.names |= {name: person.id, f"{name}_address": address}
        reader = int(str(self.names["reader"]))
        self.parts.one_reader.note(self.publication.id, reader, "Wrote a letter.", by=OPERATOR)
        wanted = WantedChange(ReaderChangeKind.TAG, ReaderFilter(words="pip@"), "early")
        change = self.parts.changing_readers.begin(self.publication.id, wanted, by=OPERATOR)
        self.names |= {"note": 1, "change": change.id}

    def _add_reader(self) -> None:
        now, address = self.clock.now(), "pip@pear.example"
        known = {"address": address, "address_hash": address_hash(address), "domain": "pear.example", "created_at": now}
        with self.database.write() as session:
            reader = Subscriber(name="Pip", **known)
            session.add(reader)
            session.flush()
            standing = {"state": SubscriptionState.ACTIVE, "tracking": Consent.UNKNOWN}
            dates = {"created_at": now, "changed_at": now}
            own = {"publication_id": self.publication.id, "subscriber_id": reader.id}
            subscription = Subscription(**own, **standing, **dates)
            session.add(subscription)
            session.flush()
            self.names |= {"reader": reader.id, "address": address, "subscription": subscription.id, "delivery": 1}
            for number, (name, state) in enumerate((("sent", "submitted"), ("uncertain", "uncertain")), 1):
                issue_id = self.names[name]
                edition = session.scalars(select(Edition.id).where(Edition.issue_id == issue_id)).one()
                facts = {"edition_id": edition, "subscriber_id": reader.id, "changed_at": now - timedelta(hours=1)}
                session.add(Delivery(id=number, issue_id=issue_id, state=DeliveryState(state), **facts))
        for name in ("sent", "uncertain"):
            planned(self.database, self.names[name])

    def _add_reports(self) -> None:
        for name in ("report", "other_report"):
            content = f"Subject: {name}\r\n\r\nno report at all\r\n".encode()
            kept = Intake(self.database, self.clock, self.parts.queue).keep(content, source="smtp")
            with self.database.write() as session:
                session.get_one(RawReport, kept.raw_report_id).state = RawState.SET_ASIDE
            self.names[name] = kept.raw_report_id

    def _add_to_the_team(self) -> None:
        add_editor(self.parts, "team@tide.example.org", "Tea")
        by, links = operator(), self.parts.accounts.links
        address = links.invite_by_hand("ina@tide.example.org", HeldGrant(Role.WRITER), by=by)
        key = self.parts.accounts.api_keys.create(Wanted("exporter", [Right.READ]), by=by)
        may = [Right.SEE_PEOPLE, Right.MANAGE_AUDIENCE]
        of_readers = self.parts.accounts.api_keys.create(Wanted("form", may, "orchard"), by=by)
        self.parts.accounts.api_keys.authenticate(of_readers)  # it is noted that it was used, and not again so soon
        self.names |= {"invited": address.rpartition("/")[2], "key": key[:12], "api key": of_readers}

    def _raise_an_alarm(self) -> None:
        words = {
            "title": "Reports cannot be read",
            "message": "Five were set aside.\n\nHave a look.",
            "url": self.base_url,
        }
        with self.database.write() as session:
            self.names["alarm"] = alarms.raise_alarm(session, "reports: unread", now=self.clock.now(), **words).id

    def _catch_a_mail(self) -> None:
        inbox = self.parts.settings.inbox
        envelope = Envelope(1, "bounce@orchard.test", "reader@example.org", MAIL)
        MaildirTransport(inbox).send([envelope], Nobody())
        (caught,) = (inbox / "new").iterdir()
        self.names["mail"] = caught.name


def add_notice(scene: Scene, to: str = "pip@pear.example") -> Notice:
    """Store a one-off mail that a server took."""
    now = scene.clock.now()
    texts = {"subject": "Please confirm", "text": "text", "html": "<p>html</p>"}
    with scene.database.write() as session:
        notice = Notice(
            kind="confirm",
            publication_id=scene.publication.id,
            to_address=to,
            state=NoticeState.SUBMITTED,
            next_attempt_at=now,
            created_at=now,
            **texts,
        )
        session.add(notice)
    return notice


def schedule(scene: Scene, name: str, *, days: int = 1) -> None:
    """Schedule a draft as an editor would."""
    with scene.database.read() as session:
        issue = session.get_one(Issue, scene.names[name])
        publication = session.get_one(Publication, issue.publication_id)
    scene.parts.publishing.schedule(
        id_of_issue(scene.database, issue.slug, publication.slug),
        scene.clock.now() + timedelta(days=days),
        despite=MEANT,
        by=OPERATOR,
    )
