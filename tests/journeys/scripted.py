"""A service in which every text is a script: given through its own doors first, then straight into every row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from sqlalchemy import JSON, Column, String, Table, Text, UniqueConstraint, select, text, update

from newsletter.audience import asking
from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.errors import InputError
from newsletter.issues import preview_texts
from newsletter.issues.deleting import Deleting
from newsletter.issues.editing import Editing
from newsletter.issues.parsing import parse_issue
from newsletter.issues.previewing import Previewing
from newsletter.issues.publishing import Publishing
from newsletter.issues.working_copies import TypedText
from newsletter.model import (
    AcceptedFinding,
    AppliedReport,
    Approval,
    Attempt,
    Base,
    Batch,
    Brake,
    ConsentRecord,
    Delivery,
    Edition,
    EditionLink,
    EditorIdentity,
    Event,
    IdBlock,
    Issue,
    Notice,
    RawReport,
    SignUp,
    Suppression,
    Trip,
)
from newsletter.model.actor import SCHEDULER
from newsletter.model.base import Word
from newsletter.model.brand import Author, SocialLink
from newsletter.model.credentials import Passkey
from newsletter.model.document import (
    Column as TableColumn,
)
from newsletter.model.document import (
    Document,
    LinkItem,
    PaperItem,
    RepositoryItem,
    Section,
    SponsorItem,
    TableItem,
    TextItem,
)
from newsletter.model.feedback import Blame, EventKind
from newsletter.model.states import IssueState
from newsletter.publications.creating import Creating, PublicationChange
from newsletter.rendering.markdown_file import write_markdown
from newsletter.store.delivery import progress
from newsletter.store.publications import domain_checks, publications
from tests.journeys.scripted_agreeing import add_talk
from tests.journeys.scripted_columns import COLUMNS, DOOR
from tests.journeys.scripted_readers import add_known
from tests.journeys.scripted_sources import ROW, add_sources
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.named import id_of_issue, id_of_publication
from tests.parts.rows import add_row, tables
from tests.parts.scripts import ADDRESSES, BACKWARDS, JOINED, MARK, SCRIPTS
from tests.web.scene import Scene

PER_ISSUE = 19
"""So many scripts stand in one issue, each in every field of one item of every kind."""
AUTHOR = "haunted"
"""An author of the publication: all but the first issue are theirs."""
SHORT = "\"><x-owned>'><script>alert(1)</script>"
"""For what may be only some forty characters long."""

OPEN, ADDRESS, CLOSED = "any text", "an address of the web or of mail", "nothing but words of ours"
PICTURE = "an address of the web on https"
FIELDS: dict[str, str] = {
    "ItemBase.title": OPEN,
    "ItemBase.body": OPEN,
    "ItemBase.attributes": OPEN,
    "ItemBase.url": ADDRESS,
    "ItemBase.key": CLOSED,
    "ItemBase.explicit_key": CLOSED,
    "ItemBase.mailed": CLOSED,
    "ItemBase.image": PICTURE,
    "ItemBase.image_alt": OPEN,
    "ItemBase.image_caption": OPEN,
    "SponsorItem.sponsor": OPEN,
    "SponsorItem.kind": CLOSED,
    "LinkItem.source": OPEN,
    "LinkItem.published": CLOSED,
    "LinkItem.kind": CLOSED,
    "PaperItem.category": OPEN,
    "PaperItem.authors": OPEN,
    "PaperItem.published": CLOSED,
    "PaperItem.kind": CLOSED,
    "TableItem.columns": CLOSED,  # of Column
    "TableItem.rows": OPEN,
    "TableItem.note": OPEN,
    "TableItem.kind": CLOSED,
    "TableItem.bars": CLOSED,  # the title of one of its columns
    "TableItem.change": CLOSED,  # the same
    "TableItem.best": CLOSED,
    "Column.title": OPEN,
    "Column.align": CLOSED,
    "RepositoryItem.language": OPEN,
    "RepositoryItem.stars": CLOSED,
    "RepositoryItem.stars_today": CLOSED,
    "RepositoryItem.kind": CLOSED,
    "TextItem.kind": CLOSED,
    "Section.title": OPEN,
    "Section.all_title": OPEN,
    "Section.intro": OPEN,
    "Section.attributes": OPEN,
    "Section.slug": CLOSED,
    "Section.kind": CLOSED,
    "Section.items": CLOSED,  # of the items above
    "Document.title": OPEN,
    "Document.subject": OPEN,
    "Document.author": OPEN,
    "Document.preheader": OPEN,
    "Document.lead": OPEN,
    "Document.poll": OPEN,
    "Document.publication": CLOSED,
    "Document.slug": CLOSED,
    "Document.date": CLOSED,
    "Document.language": CLOSED,
    "Document.sections": CLOSED,  # of Section
}
"""Every field of the document, and what can stand in it."""
ITEMS: tuple[type[BaseModel], ...] = (LinkItem, PaperItem, TableItem, RepositoryItem, TextItem, SponsorItem)
MODELS: tuple[type[BaseModel], ...] = (*ITEMS, TableColumn, Section, Document)
WHOLE: dict[type[BaseModel], dict[str, Any]] = {
    **{item: {"title": "Plain"} for item in ITEMS},
    TableItem: {"title": "Plain", "columns": [{"title": "Plain"}], "rows": [["plain"]]},
    TableColumn: {"title": "Plain"},
    Section: {"title": "Plain", "slug": "plain", "kind": "links"},
    Document: {
        "publication": "orchard",
        "title": "Plain",
        "slug": "plain",
        "date": date(2026, 3, 1),
        "subject": "Plain",
    },
}
"""The least that each is made of."""


def text_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Yield every column that holds text or JSON; an enum's word is no text: nothing else can be stored in it."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | Text | JSON) and not isinstance(column.type, Word):
                yield table, column


def fields() -> Iterator[tuple[type[BaseModel], str, str]]:
    """Yield every field of the document: its model, its name, and its name in FIELDS."""
    for model in MODELS:
        for name in model.model_fields:
            own = name in model.__annotations__
            yield model, name, f"{model.__name__ if own else 'ItemBase'}.{name}"


@cache
def admitted(model: type[BaseModel], field: str) -> tuple[str, ...]:
    """Return the scripts that a field takes."""
    return tuple(script for script in (*SCRIPTS, *ADDRESSES) if is_taken(model, {field: shaped(field, script)}))


def is_taken(model: type[BaseModel], values: dict[str, Any]) -> bool:
    """Tell whether the document takes these values."""
    try:
        model.model_validate(WHOLE[model] | values)
    except ValidationError:
        return False
    return True


def shaped(field: str, script: str) -> Any:
    """Return a script as the value of a field."""
    return {"attributes": {"x-owned": script}, "rows": [[script]]}.get(field, script)


# --- through the doors


@cache
def is_importable(script: str) -> bool:
    """Tell whether the file format takes a script as the body of an item: it refuses addresses that nobody can open."""
    item = LinkItem(title="Plain", body=script)
    section = WHOLE[Section] | {"items": [item]}
    try:
        parse_issue(write_markdown(Document.model_validate(WHOLE[Document] | {"sections": [section]})))
    except InputError:
        return False
    return True


def haunted_item(model: type[BaseModel], script: str, number: int) -> dict[str, Any]:
    """Return an item with a script in every field that takes it; the key tells items apart."""
    made: dict[str, Any] = WHOLE[model] | {"kind": get_args(model.model_fields["kind"].annotation)[0]}
    for owner, field, name in fields():
        if owner is model and FIELDS[name] in {ADDRESS, PICTURE}:
            those = [each for each in ADDRESSES if each in admitted(model, field)]
            made[field] = those[number % len(those)]
        elif owner is model and FIELDS[name] == OPEN and script in admitted(model, field):
            made[field] = shaped(field, script)
    if model is TableItem and script in admitted(TableColumn, "title"):
        made["columns"] = [{"title": script}]
    return made | {"key": f"haunted-{number}"}


def haunted_document(slug: str, day: date, scripts: tuple[str, ...]) -> Document:
    """Return an issue full of `scripts`."""

    def filled(model: type[BaseModel], number: int) -> dict[str, Any]:
        found = {}
        for owner, field, name in fields():
            if owner is model and FIELDS[name] == OPEN:
                those = [each for each in admitted(model, field) if is_importable(each)]
                found[field] = shaped(field, those[number % len(those)])
        return found

    start = SCRIPTS.index(scripts[0])
    sections = [
        filled(Section, start + place)
        | {
            "slug": f"haunted-{model.__name__.lower()}",
            "kind": kind,
            "items": [haunted_item(model, s, n) for n, s in enumerate(scripts)],
        }
        for place, (model, kind) in enumerate(
            zip(ITEMS, ("links", "papers", "tables", "repositories", "text", "sponsor"), strict=True)
        )
    ]
    whole = WHOLE[Document] | filled(Document, start) | {"slug": slug, "date": day, "sections": sections}
    return Document.model_validate(whole | {"image": ADDRESSES[0]} | ({"author": AUTHOR} if start else {}))


class Haunted(Scene):
    """A scene with scripts in every text that a door takes; `write_rows` puts them everywhere else."""

    issues: list[str]

    def haunt(self) -> None:
        """Give every door a script."""
        self._amend_publication()
        self._send_issues()
        self._subscribe()
        self._send_notices()

    def _amend_publication(self) -> None:
        Creating(self.database, self.clock).change(
            id_of_publication(self.database, "orchard"),
            PublicationChange(
                name=SCRIPTS[0],
                from_name=SCRIPTS[1][:200],
                description=JOINED,
                postal_address=BACKWARDS,
                tagline=SHORT,
                sponsor_label=SHORT,
                social=(SocialLink(SHORT, "https://example.org/"),),
            ),
            by=OPERATOR,
        )
        author = Author(AUTHOR, SCRIPTS[0][:200], ADDRESSES[0], JOINED[:1000], ADDRESSES[1])
        self.parts.authors.add(self.publication.id, author, by=OPERATOR)
        self._let_dns_say()

    def _let_dns_say(self) -> None:
        """Keep scripts as what DNS said of each record."""
        with self.database.write() as session:
            home = publications.by_id(session, self.publication.id)
            standing = self.parts.domain_checking.standing(home)
            said = {"verdict": "differs", "seen": [JOINED], "remedy": SCRIPTS[0], "required": True}
            rows = [{"kind": each.kind, "name": each.name, "text": each.text, **said} for each in standing.records]
            domain_checks.keep(session, standing.domain, rows, self.clock.now())

    def _send_issues(self) -> None:
        with self.database.write() as session:
            session.add(IdBlock(name="deliveries", next_id=1000))
        groups = [SCRIPTS[start : start + PER_ISSUE] for start in range(0, len(SCRIPTS), PER_ISSUE)]
        self.issues = [f"haunted-{number}" for number in range(len(groups))]
        for number, group in enumerate(groups):
            self._import(self.issues[number], date(2026, 6, number + 1), group)
            self._send(self.issues[number])
        self._import("haunted-binned", date(2026, 7, 2), SCRIPTS[:PER_ISSUE])
        Deleting(self.database, self.clock).delete(id_of_issue(self.database, "haunted-binned", "orchard"), by=OPERATOR)
        draft = self._import("haunted-draft", date(2026, 7, 1), SCRIPTS[:PER_ISSUE])
        self.names |= {"haunted": draft.id, "haunted text": draft.source}
        typed = draft.source.replace("haunted-draft", "haunted-typed")
        self.typed = preview_texts.keep(self.database, clock=self.clock, issue=draft, text=typed)
        self.parts.working_copies.keep(draft.id, TypedText("a1", 1, typed), who=OPERATOR)

    def _import(self, slug: str, day: date, scripts: tuple[str, ...]) -> Issue:
        """Import what the file format takes; then put the whole document into the row, as a former version may have."""
        typed = write_markdown(haunted_document(slug, day, tuple(filter(is_importable, scripts))))
        issue = Editing(self.database, self.clock).import_issue(typed, source="haunted.md", by=OPERATOR)
        with self.database.write() as session:
            session.get_one(Issue, issue.id).content = haunted_document(slug, day, scripts).model_dump(mode="json")
        return issue

    def _send(self, slug: str) -> None:
        parts, now = self.parts, self.clock.now()
        Publishing(self.database, self.clock, parts.renderer, parts.settings).schedule(
            id_of_issue(self.database, slug, "orchard"),
            now,
            despite=["merge-tag", "image-without-alt", *MEANT],
            by=OPERATOR,
        )
        with self.database.read() as session:
            issue_id = session.scalars(select(Issue.id).where(Issue.slug == slug)).one()
        planning.plan(self.database, clock=self.clock, issue_id=issue_id, batch_size=10)
        with self.database.read() as session:
            batches = list(session.scalars(select(Batch.id).where(Batch.issue_id == issue_id)))
        for batch in batches:
            parts.engine.sender.send_batch(batch)
        with self.database.write() as session:
            assert progress.finish_issue(session, issue_id, self.clock.now(), by=SCHEDULER)
        self.names[slug] = issue_id

    def _subscribe(self) -> None:
        minute_ago = SettableClock(self.clock.now() - timedelta(minutes=1))
        for number, name in enumerate((SCRIPTS[0], SHORT), 1):
            token = asking.form_token(self.parts.signer, minute_ago, self.publication.id)
            data = {"address": f"haunted{number}@pear.example", "name": name, "token": token}
            answer = self.stranger().ask("POST", "/orchard/subscribe", data=data)
            assert answer.status_code == 303, answer.text
        with self.database.read() as session:
            waiting = list(session.scalars(select(SignUp.id)))
        for sign_up_id in waiting:
            self.parts.sign_ups.answer(sign_up_id)

    def _send_notices(self) -> None:
        parts = self.parts
        Previewing(self.database, self.clock, parts.queue, parts.renderer, parts.settings).send_test(
            id_of_issue(self.database, "haunted-draft", "orchard"), "mara@tide.example.org", by=OPERATOR
        )
        with self.database.read() as session:
            notices = list(session.scalars(select(Notice.id)))
        for notice in notices:
            parts.engine.notice_sender.send_notice(notice)

    # --- straight into the rows

    def write_rows(self) -> None:
        """Put a script into every text of every row that the table of columns does not close; addresses stay as the doors let them in."""
        self._add_rows()
        there = tables(self.database)
        alone = ("leases", "heartbeats", "id_blocks", "sending_days", "learned_paces", "known_keys", "tallies")
        for name in (*alone, "unknown_events"):
            add_row(self.database, there[name])
        with self.database.write() as session:
            for table, column in text_columns():
                written = COLUMNS[f"{table.name}.{column.name}"] in {DOOR, ROW} and not isinstance(column.type, JSON)
                if written and column.name != "url" and table.name != "brakes":
                    alone = column.primary_key or _must_differ(column)  # the first row gets it
                    first = f"rowid = (SELECT min(rowid) FROM {table.name})" if alone else "1 = 1"
                    value = (
                        SCRIPTS[0] if column.name in {"title", "subject", "all_title"} else JOINED
                    )  # read as a document's
                    session.execute(update(table).where(text(first)).values({column.name: value}))
            session.execute(update(Base.metadata.tables["brakes"]).values(why=BACKWARDS))

    def _add_rows(self) -> None:
        """Store a row of every kind that pages show and the scene does not have yet."""
        now, reader, sending = self.clock.now(), int(str(self.names["reader"])), int(str(self.names["sending"]))
        delivery = int(str(self.names["delivery"]))
        with self.database.write() as session:
            edition = session.scalars(select(Edition).where(Edition.issue_id == sending)).one()
            facts = {"issue_id": sending, "edition_id": edition.id, "subscriber_id": reader}
            session.add(Delivery(id=900, state="deferred", changed_at=now, **facts))
            session.add(EditionLink(edition_id=edition.id, number=1, url="https://journal.test/owned"))
            device = {"credential_id": b"1", "public_key": b"1", "sign_count": 0, "created_at": now}
            session.add(Passkey(editor_id=self.editor.id, name="", **device))
            known = {"issuer": "", "subject": "", "created_at": now, "used_at": now}
            session.add(EditorIdentity(editor_id=self.editor.id, **known))
            draft = {"issue_id": self.names["haunted"], "revision": 1, "person": "editor 9"}
            session.add(Approval(**draft, name="", at=now))
            add_talk(session, draft, self.publication.id, int(str(self.names["sent"])), now)
            told = {"issue_id": self.names["haunted"], "key": "0", "rule": "", "reason": "", "person": "editor 9"}
            session.add(AcceptedFinding(**told, publication_id=self.publication.id, name="", at=now))
            session.add(Attempt(delivery_id=delivery, at=now, outcome="", reply="", transport=""))
            later = now + timedelta(days=1)
            session.add_all(
                Brake(transport=JOINED, part=part, shut_until=later, changed_at=now) for part in ("", "day", JOINED)
            )
            counts = {"answered": 9, "refused": 8, "policy": 7, "bounced": 6, "complained": 5}
            session.add_all(
                Trip(issue_id=self.names[name], at=now, why="", **counts) for name in ("sending", "paused", "sent")
            )
            session.add(Event(at=now, kind=EventKind.OPEN, edition_id=edition.id, delivery_id=delivery, score=3))
            about = {"delivery_id": delivery, "issue_id": self.names["sent"], "subscriber_id": reader}
            words = {"mark": "", "kind": "", "reason": "", "effect": "", "blame": Blame.SENDER}
            session.add(AppliedReport(publication_id=self.publication.id, at=now, **about, **words))
            known = session.scalars(select(Base.metadata.tables["subscribers"].c.address_hash)).first()
            session.add(Suppression(address_hash=known, address="", reason="", created_at=now))
            session.add(ConsentRecord(subscription_id=int(str(self.names["subscription"])), action="", at=now))
            session.execute(update(RawReport).values(octets=1))
            session.execute(update(Issue).where(Issue.id == self.names["sending"]).values(state=IssueState.SENDING))
            add_known(session, self.publication.id, int(str(self.names["subscription"])), now)
            self.names |= add_sources(session, self.publication.id, now)


def _must_differ(column: Column[Any]) -> bool:
    """Whether two rows with the same text in this column may be refused, by itself or with others."""
    together = (each for each in column.table.constraints if isinstance(each, UniqueConstraint))
    return bool(column.unique) or any(column.name in each.columns for each in together)


def holding(scene: Scene) -> set[str]:
    """Return the columns in which a script stands."""
    found = set()
    with scene.database.read() as session:
        for table, column in text_columns():
            values = session.scalars(select(column)).all()
            if any(MARK in str(value).lower() for value in values):
                found.add(f"{table.name}.{column.name}")
    return found
