"""Nothing of an issue is public before its first message is about to go: every public address is asked for every state on each database.

An issue that may not be seen answers as one that does not exist, to the octet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.delivery import planning, progress
from newsletter.images.keeping import Upload
from newsletter.images.listing import markdown_of
from newsletter.model import Batch, Delivery, Edition, EditionLink, Issue, IssueSection, Publication
from newsletter.store.database import Database
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.ledger import add_publication, add_readers
from tests.parts.named import id_of_issue
from tests.parts.pictures import png
from tests.web.places import Visitor, every_key, make_parts
from tests.web.routes import routes

WORD = "Quince"
"""Stands in every field of an issue that must not be seen, and in every address it leads to."""
OPEN_WORD = "Medlar"
UNDO_SECONDS = 60
NOBODY = 4_000_000_000
MOST_LINKS = 2

TEXT = """\
---
publication: daily
title: {word} title {slug}
slug: {slug}
date: 2026-01-{day:02}
subject: {word} subject
preheader: {word} before.
author: {word} Author
image: https://{lower}.example/{slug}.png
image-alt: {word} alt
poll: Was {word} good?
---

A {word} lead.

## {word} wire {{#wire-{lower} kind=links all="All {word}"}}

### [{word} story](https://{lower}.example/{slug}) {{source="{word}"}}

Text of {word}, with [a link](https://{lower}.example/inline/{slug}).

## Papers {{#papers kind=papers all="All papers"}}

### [{word} paper](https://{lower}.example/paper/{slug}) {{category={lower}}}

Abstract of {word}.

## Figures {{#figures kind=tables}}

### {word} table {{#{lower}-table bars=Score}}

| Name | Score |
|---|---|
| {word} | 1.5 |
"""


@dataclass
class Press:
    """A publication whose issues are brought into each state by what editors, scheduler and workers do."""

    parts: Parts
    publication: Publication
    day: int = 1

    def write(self, slug: str, word: str = WORD) -> Issue:
        text = TEXT.format(word=word, lower=word.lower(), slug=slug, day=self.day)
        return self.parts.editing.import_issue(text, source="x.md", by=OPERATOR)

    def schedule(self, slug: str, word: str = WORD, days: int = 0, undo_seconds: int = 0) -> Issue:
        self.day += 1
        issue, parts = self.write(slug, word), self.parts
        settings = parts.settings.model_copy(update={"undo_seconds": undo_seconds})
        at = parts.clock.now() + timedelta(days=days)
        replace(parts.publishing, settings=settings).schedule(issue.id, at, despite=MEANT, by=OPERATOR)
        return issue

    def undo(self, slug: str) -> None:
        self.parts.publishing.undo(id_of_issue(self.parts.database, slug, "daily"), by=OPERATOR)

    def plan(self, slug: str, word: str = WORD) -> Issue:
        issue = self.schedule(slug, word)
        planning.plan(self.parts.database, clock=self.parts.clock, issue_id=issue.id, batch_size=10)
        return issue

    def pause(self, slug: str) -> None:
        self.parts.control.pause(id_of_issue(self.parts.database, slug, "daily"), by=OPERATOR)

    def cancel(self, slug: str) -> None:
        self.parts.control.cancel(id_of_issue(self.parts.database, slug, "daily"), by=OPERATOR)

    def send(self, slug: str, word: str = OPEN_WORD) -> Issue:
        issue = self.plan(slug, word)
        self.send_first_batch(issue)
        return issue

    def send_first_batch(self, issue: Issue) -> None:
        with self.parts.database.read() as session:
            batch = session.scalars(select(Batch.id).where(Batch.issue_id == issue.id).order_by(Batch.id)).first()
        assert batch is not None
        self.parts.engine.sender.send_batch(batch)


def _draft(press: Press, slug: str) -> None:
    press.write(slug)


def _scheduled(press: Press, slug: str) -> None:
    press.schedule(slug, days=2)


def _within_undo_seconds(press: Press, slug: str) -> None:
    press.schedule(slug, undo_seconds=UNDO_SECONDS)
    assert planning.plan_due(press.parts.database, clock=press.parts.clock, batch_size=10) == []


def _undone(press: Press, slug: str) -> None:
    press.schedule(slug)
    press.undo(slug)


def _deleted(press: Press, slug: str) -> None:
    _undone(press, slug)
    press.parts.deleting.delete(id_of_issue(press.parts.database, slug, "daily"), by=OPERATOR)


def _scheduled_again(press: Press, slug: str) -> None:
    _undone(press, slug)
    press.schedule(slug, days=1)


def _planned(press: Press, slug: str) -> None:
    press.plan(slug)


def _paused_before_the_first_mail(press: Press, slug: str) -> None:
    press.plan(slug)
    press.pause(slug)


def _cancelled_before_the_first_mail(press: Press, slug: str) -> None:
    press.plan(slug)
    press.cancel(slug)


def _paused_and_cancelled_before_the_first_mail(press: Press, slug: str) -> None:
    _paused_before_the_first_mail(press, slug)
    press.cancel(slug)


def _claimed_and_found_paused(press: Press, slug: str) -> None:
    issue = press.plan(slug)
    press.pause(slug)
    press.send_first_batch(issue)


def _earlier_edition_of_a_sent_issue(press: Press, slug: str) -> None:
    _undone(press, slug)
    press.send(slug)


HIDDEN: tuple[Callable[[Press, str], None], ...] = (
    _draft,
    _scheduled,
    _within_undo_seconds,
    _undone,
    _deleted,
    _scheduled_again,
    _planned,
    _paused_before_the_first_mail,
    _cancelled_before_the_first_mail,
    _paused_and_cancelled_before_the_first_mail,
    _claimed_and_found_paused,
    _earlier_edition_of_a_sent_issue,
)


@pytest.fixture
def press(database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Press]:
    """A publication with readers on each database."""
    parts = make_parts(database, clock, tmp_path)
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 3)
    yield Press(parts, publication)
    parts.events.close()


@pytest.fixture
def visitor(press: Press) -> Visitor:
    """Someone who comes by."""
    return Visitor(create_app(press.parts))


def fill(press: Press) -> list[str]:
    """Bring one issue into each hidden state between two that were sent; return the slugs of the hidden ones."""
    press.send("first-open")
    slugs = []
    for place, bring in enumerate(HIDDEN):
        slug = f"hidden-{place}-{bring.__name__.strip('_').replace('_', '-')}"
        bring(press, slug)
        if bring is not _earlier_edition_of_a_sent_issue:
            slugs.append(slug)
    press.send("last-open")
    return slugs


def public_paths(press: Press) -> list[str]:
    """Return the path of every public route that answers GET; one that a test here does not know fails it."""
    paths = {r.path for r in routes(create_app(press.parts)) if "GET" in (getattr(r, "methods", None) or ())}
    public = sorted(path for path in paths if not path.startswith(("/desk", "/inbox")))
    names = set(re.findall(r"\{(\w+)\}", " ".join(public)))
    assert names <= {"pub", "issue", "section", "key", "token", "digits", "answer", "digest", "extension", "chart"}, (
        names
    )
    return [*public, "/l/{edition}/{number}", "/c/{token}/{number}", "/o/{token}.gif"]


def fillings(press: Press, path: str, slugs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (address of something hidden, the same address of what does not exist) for one public path."""
    signer = every_key(press.parts)
    with press.parts.database.read() as session:
        ids = {i.slug: i.id for i in session.scalars(select(Issue).where(Issue.slug.in_(slugs)))}
        hidden_editions = list(session.scalars(select(Edition.id).where(Edition.issue_id.in_(ids.values()))))
        old = select(func.min(Edition.id)).group_by(Edition.issue_id).having(func.count() > 1)
        hidden_editions += session.scalars(old)
        one_each = select(func.min(Delivery.id)).where(Delivery.issue_id.in_(ids.values())).group_by(Delivery.issue_id)
        deliveries = list(session.scalars(one_each))
        sections = list(session.scalars(select(IssueSection.slug).distinct()))
    purposes = (Purpose.CLICK, Purpose.OPEN, Purpose.VOTE, Purpose.VIEW, Purpose.PREVIEW)
    given = {
        "pub": [("daily", "daily")],
        "issue": [(slug, "no-such-issue") for slug in slugs],
        "section": [("papers", "papers"), ("figures", "figures"), *((s, "no-such-section") for s in sections if WORD.lower() in s)],
        "key": [(f"{WORD.lower()}-{kind}", "no-such-key") for kind in ("story", "paper", "table")],
        "answer": [("up", "up"), ("sideways", "sideways")],
        "digits": [("1f5f8b", "1f5f8b")],
        "digest": [("ab" * 32, "cd" * 32)],  # that of an image in a draft is known to nobody: docs/images.md
        "chart": [(f"{WORD.lower()}-table.{'0' * 16}.wide", f"no-such-key.{'0' * 16}.wide")],
        "extension": [("png", "png"), ("jpg", "gif")],
        "edition": [(str(i), str(NOBODY)) for i in sorted(set(hidden_editions))],
        "number": [(str(n), str(n)) for n in range(MOST_LINKS + 1)],
        "token": [(signer.issue(p, i), signer.issue(p, NOBODY)) for p in purposes for i in deliveries],
    }  # fmt: skip
    pairs = [(path, path)]
    for name in re.findall(r"\{(\w+)\}", path):
        pairs = [
            (one.replace(f"{{{name}}}", hidden), other.replace(f"{{{name}}}", nothing))
            for one, other in pairs
            for hidden, nothing in given[name]
        ]
    yield from dict.fromkeys(pairs)


ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("GET", {"accept": "text/html"}),
    ("GET", {"accept": "application/json"}),
    ("HEAD", {}),
    ("GET", {"if-none-match": "*"}),
    ("GET", {"if-modified-since": "Sat, 01 Jan 2050 00:00:00 GMT"}),
)


def seen(answer: httpx.Response) -> tuple[object, ...]:
    """All that a stranger learns."""
    return answer.status_code, sorted(answer.headers.items()), answer.content


def test_what_is_not_sent_answers_as_what_does_not_exist_in_every_public_address(
    press: Press, visitor: Visitor
) -> None:
    slugs = fill(press)
    asked = 0
    for path in public_paths(press):
        for hidden, nothing in fillings(press, path, slugs):
            for method, headers in ASKED:
                answer = visitor.ask(method, hidden, headers=headers)
                told = str(answer.headers) + answer.text
                assert WORD.lower() not in told.lower().replace(hidden.lower(), ""), (method, hidden)
                if hidden != nothing:
                    assert seen(answer) == seen(visitor.ask(method, nothing, headers=headers)), (method, hidden)
                asked += 1
    assert asked > 500


def test_lists_and_their_entity_tags_know_nothing_of_what_is_not_sent(press: Press, visitor: Visitor) -> None:
    press.send("first-open")
    pages = [
        "/",
        "/daily",
        "/daily/feed.atom",
        "/daily/feed.json",
        "/sitemap.xml",
        "/daily/all/papers",
        "/daily/all/wire-medlar",
        "/daily/first-open",
    ]
    pages += ["/daily/first-open.md", "/daily/first-open/papers/medlar-paper", "/daily/all/papers?category=quince"]
    pages += [f"/daily/all/papers?before=2026-01-28.9.{n}.9" for n in range(2)] + ["/daily?before=2026-01-28.99"]
    token = re.compile(rb'name="token" value="[^"]*"')
    before = {page: visitor.get(page) for page in pages}
    for place, bring in enumerate(HIDDEN[:-1]):
        bring(press, f"hidden-{place}")
        for page in pages:
            now, then = visitor.get(page), before[page]
            assert (now.status_code, now.headers.get("etag"), now.headers.get("last-modified")) == (
                then.status_code,
                then.headers.get("etag"),
                then.headers.get("last-modified"),
            ), (bring, page)
            assert token.sub(b"", now.content) == token.sub(b"", then.content), (bring, page)


def test_everything_of_an_issue_is_there_from_its_first_message_on(press: Press, visitor: Visitor) -> None:
    issue = press.plan("first", OPEN_WORD)
    with press.parts.database.read() as session:
        edition = session.scalars(select(Edition.id).where(Edition.issue_id == issue.id)).one()
        links = session.scalars(select(EditionLink.number).where(EditionLink.edition_id == edition)).all()
        delivery = session.scalars(select(Delivery.id)).first()
    token = press.parts.signer.issue(Purpose.CLICK, delivery)
    addresses = [f"/l/{edition}/{n}" for n in links] + [f"/c/{token}/{n}" for n in links]
    addresses += ["/daily/first", "/daily/first.md", "/daily/first/papers/medlar-paper", "/daily/all/papers"]
    assert {visitor.get(address).status_code for address in addresses} == {404}
    press.send_first_batch(issue)
    assert {visitor.get(address).status_code for address in addresses} == {200, 302}  # at once: no 404 is remembered
    assert "Medlar title first" in visitor.get("/daily").text + visitor.get("/daily/feed.atom").text


def test_an_issue_paused_after_some_mails_and_cancelled_stays_public(press: Press, visitor: Visitor) -> None:
    press.send("first")
    for move in (press.pause, press.cancel):
        move("first")
        assert visitor.get("/daily/first").status_code == 200
        assert visitor.get("/l/1/1").status_code == 302


def test_an_issue_that_nobody_is_left_to_get_is_public_once_it_is_sent(
    database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = make_parts(database, clock, tmp_path)
    press = Press(parts, add_publication(database, clock))
    press.plan("alone", OPEN_WORD)
    visitor = Visitor(create_app(parts))
    assert visitor.get("/daily/alone").status_code == 404
    progress.finish_sent(database, clock=clock)
    assert visitor.get("/daily/alone").status_code == 200


def test_an_image_of_a_draft_is_reached_by_its_digest_and_by_nothing_else(press: Press, visitor: Visitor) -> None:
    home = press.publication.id
    [kept] = press.parts.keeping_images.add(home, [Upload(f"{WORD}.png", png())], by=OPERATOR)
    text = TEXT.format(word=WORD, lower=WORD.lower(), slug="hidden", day=9).replace(
        "A Quince lead.", markdown_of(kept.image)
    )
    press.parts.editing.import_issue(text, source="x.md", by=OPERATOR)
    press.send("first-open")
    digest = kept.image.digest
    assert visitor.get(f"/images/{digest}.png").status_code == 200
    for page in ("/", "/daily", "/daily/feed.atom", "/daily/first-open", "/daily/hidden", "/robots.txt"):
        assert digest not in visitor.get(page).text
    for name in (
        f"{digest}.jpg",
        f"{digest[:8]}.png",
        f"{kept.image.id}.png",
        f"{WORD}.png",
        f"{digest.upper()}.png",
        ".",
    ):
        answer, nothing = visitor.get(f"/images/{name}"), visitor.get(f"/images/{'0' * 64}.png")
        assert answer.status_code == nothing.status_code == 404, name


def test_a_test_mail_leads_where_the_issue_will_lead_before_it_is_public(press: Press, visitor: Visitor) -> None:

    press.write("secret", OPEN_WORD)
    notice = press.parts.previewing.send_test(
        id_of_issue(press.parts.database, "secret", "daily"), "editor@example.org", by=OPERATOR
    )
    assert 'href="https://medlar.example/secret"' in notice.html
    assert not re.search(r"/(?:l|c|o)/[\w-]+", notice.html.replace("https://medlar.example", ""))
