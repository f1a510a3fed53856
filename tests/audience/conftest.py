"""A publication with its room: what the functions of `newsletter.audience` need, wired once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter import queue as queues
from newsletter.audience import asking, confirming, unsubscribing
from newsletter.audience.answering import Answering
from newsletter.audience.exporting import export_subscribers
from newsletter.audience.import_report import ImportReport
from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms
from newsletter.audience.said import Said
from newsletter.audience.suppressing import Suppressing
from newsletter.clock import SettableClock
from newsletter.mail.address import address_hash
from newsletter.model import ConsentRecord, Delivery, Issue, Notice, Publication, SignUp, Subscriber, Subscription
from newsletter.model.actor import reader
from newsletter.model.states import DeliveryState, IssueState, SubscriptionState
from newsletter.pacing import MemoryBuckets
from newsletter.queue import Queue
from newsletter.rendering.renderer import Renderer
from newsletter.resources import TEMPLATES
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.tokens import Purpose, Signer
from tests.parts.actors import OPERATOR
from tests.parts.first_records import agree

READER = "reader@example.org"


@dataclass
class Desk:
    """One publication, `harbour`, and short names for what people do to it."""

    database: Database
    clock: SettableClock
    signer: Signer
    renderer: Renderer
    queue: Queue = field(default_factory=lambda: queues.connect(""))
    publication_id: int = 0
    deliveries: int = 0
    per_hour: int = 500

    def __post_init__(self) -> None:
        self.buckets = MemoryBuckets(self.clock)
        with self.database.write() as session:
            publication = Publication(
                slug="harbour",
                name="Harbour Notes",
                from_name="Harbour Notes",
                from_address="notes@harbour.example",
                list_id="notes.harbour.example",
                created_at=self.clock.now(),
            )
            session.add(publication)
            session.flush()
            self.publication_id = publication.id

    def subscribe(self, address: str = READER, **changes: Any) -> None:
        """Ask, and let a worker answer."""
        self.ask(address, **changes)
        self.answer()

    def ask(self, address: str = READER, *, token: str = "", **changes: Any) -> None:
        given: dict[str, Any] = {"ip": "192.0.2.1"}
        owner = self.id_of(changes.pop("publication", "harbour"))
        form = asking.SignUpForm(token or self.form(), "Send me the notes.")
        room = asking.Asking(self.database, self.clock, self.queue, self.buckets)
        room.ask(owner, form, address=address, **(given | changes))

    def form(self) -> str:
        return asking.form_token(self.signer, self.clock, self.publication_id)

    @property
    def answering(self) -> Answering:
        tools = (self.database, self.clock, self.queue, self.signer, self.renderer, self.buckets)
        return Answering(*tools, "https://harbour.example", self.per_hour)

    def answer(self) -> None:
        """Do what a worker does for every sign-up that waits."""
        for sign_up in self.waiting():
            self.answering.answer(sign_up.id)

    def waiting(self) -> list[SignUp]:
        with self.database.read() as session:
            return list(session.scalars(select(SignUp).order_by(SignUp.id)))

    @property
    def confirming(self) -> confirming.Confirming:
        return confirming.Confirming(self.database, self.clock, self.signer)

    @property
    def preferences(self) -> preferences.Preferences:
        return unsubscribing.Preferences(self.database, self.clock, self.signer)

    @property
    def suppressing(self) -> Suppressing:
        return Suppressing(self.database, self.clock)

    def import_list(
        self,
        rows: Iterable[Mapping[str, str]],
        *,
        publication: str = "harbour",
        place: str = "list.csv",
        dry_run: bool = False,
        **terms: Any,
    ) -> ImportReport:
        """Take a list of readers in."""
        whose = {"publication_id": self.id_of(publication), "by": OPERATOR}
        return Importing(self.database, self.clock).import_list(
            rows, ListTerms(place, **terms), dry_run=dry_run, **whose
        )

    def export(self, publication: str = "harbour") -> Iterator[dict[str, str]]:
        """Take the readers out."""
        owner = self.id_of(publication)
        return export_subscribers(self.database, clock=self.clock, publication_id=owner, by=OPERATOR)

    def id_of(self, slug: str) -> int:
        with self.database.read() as session:
            return publications.get(session, slug).id

    def confirm(self, token: str) -> confirming.Confirmed:
        found = self.confirming.look_up(token)
        return self.confirming.confirm(token, Said("confirm page", "192.0.2.2"), by=reader(found.subscription_id))

    def look_up(self, token: str) -> confirming.Confirmed:
        return self.confirming.look_up(token)

    def join(self, address: str = READER) -> None:
        self.subscribe(address)
        self.confirm(self.token())

    def token(self) -> str:
        """The token in the newest confirmation mail, as its reader finds it."""
        mail = [n for n in self.notices() if n.kind == "confirm"][-1]
        found = re.search(r"/confirm/(\S+)", mail.text)
        assert found is not None
        return found[1]

    def deliver(self, address: str = READER) -> str:
        """Write one issue and its delivery to a reader; return the unsubscribe token of that mail."""
        self.deliveries += 1
        now = self.clock.now()
        with self.database.write() as session:
            issue = Issue(
                publication_id=self.publication_id,
                slug=f"issue-{self.deliveries}",
                title="t",
                subject="s",
                dated=date(2026, 1, 1),
                state=IssueState.SENT,
                source="",
                content={},
                created_at=now,
                changed_at=now,
            )
            session.add(issue)
            session.flush()
            subscriber = session.scalar(select(Subscriber.id).where(Subscriber.address_hash == address_hash(address)))
            session.add(
                Delivery(
                    id=self.deliveries,
                    issue_id=issue.id,
                    edition_id=1,
                    subscriber_id=subscriber,
                    state=DeliveryState.SUBMITTED,
                    reply=f"250 kept for {address}",
                    changed_at=now,
                )
            )
        return self.signer.issue(Purpose.UNSUBSCRIBE, self.deliveries)

    def unsubscribe(self, token: str) -> preferences.Standing:
        found = self.preferences.look_up(token).subscription_id
        return self.preferences.unsubscribe(found, Said("one-click", "192.0.2.3"), by=reader(found))

    def state(self, address: str = READER) -> SubscriptionState | None:
        with self.database.read() as session:
            return session.scalar(
                select(Subscription.state)
                .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
                .where(Subscriber.address_hash == address_hash(address))
            )

    def actions(self) -> list[str]:
        """Every consent record's action, in order."""
        with self.database.read() as session:
            return list(session.scalars(select(ConsentRecord.action).order_by(ConsentRecord.id)))

    def notices(self) -> list[Notice]:
        with self.database.read() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


def at_once(work: Callable[[], object], *, times: int) -> None:
    """Do it in so many threads that begin together."""
    start = threading.Barrier(times)

    def run(_: int) -> None:
        start.wait()
        work()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(run, range(times)))


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    """The real renderer, its templates warm for the whole run."""
    return Renderer(TEMPLATES)


@pytest.fixture
def desk(database: Database, clock: SettableClock, signer: Signer, renderer: Renderer) -> Iterator[Desk]:
    """A publication on each database; whatever a test does with it, it is known how each reader came."""
    yield Desk(database, clock, signer, renderer)
    agree(database)


@pytest.fixture
def small_desk(sqlite_database: Database, clock: SettableClock, signer: Signer, renderer: Renderer) -> Iterator[Desk]:
    """A publication on SQLite, for what does not touch the database's own ways."""
    yield Desk(sqlite_database, clock, signer, renderer)
    agree(sqlite_database)
