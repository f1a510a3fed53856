"""What web tests stand on: parts over a given database, a plain renderer, and a publication with issues."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from newsletter.bootstrap import Parts, secret_key
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.model import Edition, Issue, IssueItem, IssueSection, Publication
from newsletter.model.document import Document
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.tokens import Signer

SECRET_KEY = "a secret for web tests, which is long enough"
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def every_key(parts: Parts) -> Signer:
    """A signer of every purpose, as whoever has the secret key could make: `parts` hold only what they use."""
    return Signer(secret_key(parts.settings))


def make_parts(database: Database, clock: SettableClock, folder: Path, base_url: str = "http://news.test") -> Parts:
    """Return parts on `database`."""
    settings = Settings(
        database_url=database.url,
        data_dir=folder,
        base_url=base_url,
        secret_key=SECRET_KEY,
        _env_file=None,
    )
    made = Parts(settings, clock)
    made.__dict__["database"] = database
    return made


def add_publication(database: Database, slug: str = "orchard", **values: object) -> Publication:
    """Store a publication."""
    facts = {
        "name": "The Orchard Letter",
        "description": "Apples, weekly.",
        "from_name": "Ada Crabtree",
        "from_address": "ada@orchard.test",
        "list_id": f"{slug}.orchard.test",
        "language": "en",
        "postal_address": "1 Pippin Lane\nAppleby",
        "accent": "#1f5f8b",
        "created_at": NOON,
    }
    publication = Publication(slug=slug, **{**facts, **values})
    with database.write() as session:
        session.add(publication)
    return publication


def make_document(slug: str, day: date, *, title: str = "", papers: int = 2, **values: object) -> Document:
    """Return a document with an empty section of links, `papers` papers of two categories, and a table."""
    listed = [
        {
            "kind": "papers",
            "title": f"Grafting number {n} of {slug}",
            "key": f"grafting-{n}",
            "url": f"https://journal.test/{slug}/{n}",
            "category": "trees.GR" if n % 2 else "trees.PR",
            "body": f"Abstract {n} of {slug}.",
        }
        for n in range(1, papers + 1)
    ]
    table = {
        "kind": "tables",
        "title": "Sweetness",
        "columns": [{"title": "Apple"}, {"title": "Brix", "align": "right"}],
        "rows": [["Pippin", "14.2"], ["Russet", "15.1"]],
        "bars": "Brix",
    }
    facts = {
        "publication": "orchard",
        "title": title or f"Letter {slug}",
        "slug": slug,
        "date": day,
        "subject": f"Subject of {slug}",
        "preheader": "A short word before.",
        "author": "Ada Crabtree",
        "poll": "yes",
        "lead": f"The lead of *{slug}*.",
        "sections": [
            {"title": "From the Wire", "slug": "wire", "kind": "links", "all_title": "All wire"},
            {"title": "Papers", "slug": "papers", "kind": "papers", "all_title": "All papers", "items": listed},
            {"title": "Tables", "slug": "tables", "kind": "tables", "items": [table]},
        ],
    }
    return Document.model_validate({**facts, **values})


def publish(database: Database, publication: Publication, document: Document, *, shown: bool = True) -> Issue:
    """Store `document` as an issue with its edition, sections and items: in the archive, or only scheduled."""
    at = datetime(document.date.year, document.date.month, document.date.day, 6, 30, tzinfo=UTC)
    content = document.model_dump(mode="json")
    issue = Issue(
        publication_id=publication.id,
        slug=document.slug,
        title=document.title,
        subject=document.subject,
        dated=document.date,
        state=IssueState.SENT if shown else IssueState.SCHEDULED,
        source="",
        content=content,
        published_at=at if shown else None,
        created_at=at,
        changed_at=at,
    )
    with database.write() as session:
        session.add(issue)
        session.flush()
        session.add(
            Edition(
                issue_id=issue.id,
                content=content,
                subject=document.subject,
                html_octets=1,
                digest=f"digest of {document.slug}",
                created_at=at,
            )
        )
        for place, section in enumerate(document.sections):
            session.add(
                IssueSection(
                    issue_id=issue.id,
                    publication_id=publication.id,
                    position=place,
                    slug=section.slug,
                    title=section.title,
                    kind=section.kind.value,
                    all_title=section.all_title,
                )
            )
            for position, item in enumerate(section.items):
                session.add(
                    IssueItem(
                        issue_id=issue.id,
                        publication_id=publication.id,
                        section_slug=section.slug,
                        kind=item.kind,
                        position=position,
                        key=item.key,
                        title=item.title,
                        url=item.url,
                        category=getattr(item, "category", ""),
                        dated=document.date,
                        content=item.model_dump(mode="json"),
                    )
                )
    return issue


class Visitor:
    """A client that asks the application itself, without a socket; `ip` is the address it seems to come from."""

    def __init__(self, app: FastAPI, ip: str = "192.0.2.7") -> None:
        self._app = app
        self._ip = ip

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send one request and return the answer; redirects are not followed."""
        return asyncio.run(self._ask(method, path, given))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET `path`; underscores in the names of headers stand for hyphens."""
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, **data: str) -> httpx.Response:
        """POST a form to `path`."""
        return self.ask("POST", path, data=data)

    async def _ask(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(self._ip, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://news.test") as client:
            return await client.request(method, path, **given)
