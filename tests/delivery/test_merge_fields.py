"""Merge fields as readers get them: each their own values and nobody else's, whatever a value holds; through the engine and a real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape, unescape
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import insert, select, update

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.issues.editing import Editing
from newsletter.issues.publishing import Publishing
from newsletter.mail.merge_fields import MOST_SUBJECT_CHARS
from newsletter.model import Edition, FieldKind, FieldValue, Publication, ReaderField, Subscriber, Subscription
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from newsletter.transports.smtp import SmtpTransport
from tests.issues.samples import RENDERER, SETTINGS, add_publication
from tests.parts.actors import OPERATOR
from tests.parts.engines import make_engine, send_all
from tests.parts.ledger import add_readers
from tests.parts.smtp import SmtpSink

TEXT = """---
publication: {slug}
title: Tide tables
slug: first
date: 2026-01-01
subject: "{subject}"
---

{lead}
"""
PREHEADERS = 1
"""The line that an inbox shows is made of the lead; it is the same for all readers."""
LEAD = "Hello {{name|dear reader}} of {{city|somewhere}}, your code is <{{code|none}}>.\n\nAgain: {{city|somewhere}}, `{{city|x}}`."


def scheduled(engine: Engine, publication: Publication, *, subject: str, lead: str) -> None:
    """Schedule an issue by the rooms that do."""
    database, clock = engine.database, engine.clock
    text = TEXT.format(slug=publication.slug, subject=subject, lead=lead)
    issue = Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR)
    publishing = Publishing(database, clock, RENDERER, SETTINGS)
    publishing.schedule(issue.id, clock.now(), despite=["other-date"], by=OPERATOR)


def know(database: Database, publication: Publication, values: Mapping[int, Mapping[str, str]]) -> None:
    """Store fields of text, and what they hold, by subscriber."""
    with database.write() as session:
        keys = sorted({key for each in values.values() for key in each})
        facts = {"publication_id": publication.id, "kind": FieldKind.TEXT, "created_at": publication.created_at}
        fields = {key: ReaderField(key=key, title=key, **facts) for key in keys}
        session.add_all(fields.values())
        session.flush()
        whose = dict(session.execute(select(Subscription.subscriber_id, Subscription.id)).all())
        rows = [
            {"field_id": fields[key].id, "subscription_id": whose[reader], "text": text, "folded": "", "number": None}
            for reader, theirs in values.items()
            for key, text in theirs.items()
        ]
        session.execute(insert(FieldValue), rows)


def read(content: bytes) -> tuple[str, str, str]:
    """Return subject, text and HTML of a message, as a mail program reads it."""
    assert all(len(line) <= 78 for line in content.split(b"\r\n")[:-1] if not line.startswith(b"List-")), "a long line"
    mail = cast("EmailMessage", message_from_bytes(content, policy=policy.default))
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None and not mail.defects
    return str(mail["Subject"]), text.get_content(), html.get_content()


@pytest.fixture
def smtp_engine(sqlite_database: Database, signer: Signer, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[Engine]:
    """The engine of one process, sending by SMTP."""
    transport = SmtpTransport.from_url(smtp_sink.url)
    settings = Settings(data_dir=tmp_path, batch_size=500, _env_file=None)
    yield make_engine(settings, sqlite_database, SettableClock(), signer, transport)
    transport.close()


def test_ten_thousand_readers_get_their_own_values_each_and_nobody_elses(
    smtp_engine: Engine, smtp_sink: SmtpSink
) -> None:
    database, clock = smtp_engine.database, smtp_engine.clock
    publication = add_publication(database)
    readers = add_readers(database, clock, publication, 10_000)
    # a third of the values is missing: nothing of the reader before may fill its place
    know(
        database,
        publication,
        {r: {"code": f"c{n}e"} | ({"city": f"Ulm-{n}z"} if n % 3 else {}) for n, r in enumerate(readers)},
    )
    with database.write() as session:
        session.execute(
            update(Subscriber).where(Subscriber.id.in_(readers[::2])).values(name="N " + Subscriber.address)
        )
    scheduled(smtp_engine, publication, subject="Code {{code|none}} for {{name|you}}", lead=LEAD)
    send_all(smtp_engine)
    assert len(smtp_sink.messages) == 10_000
    for _, to, content in smtp_sink.messages:
        number = int(to.removeprefix("reader").split("@")[0])
        city = f"Ulm-{number}z" if number % 3 else "somewhere"
        name = f"N {to}" if number % 2 == 0 else ""
        head, _, body = content.partition(b"\r\n\r\n")
        assert f"Subject: Code c{number}e for {name or 'you'}\r\n".encode() in head + b"\r\n"
        plain = body.replace(b"=\r\n", b"")
        assert plain.count(f"c{number}e".encode()) == 2
        told = plain.count(f"{name or 'dear reader'} of {city}".encode())
        assert told == 2 + PREHEADERS * (not name and not number % 3)
        assert plain.count(f"Again: {city}".encode()) == 2 + PREHEADERS * (not number % 3)
        for other in (number - 1, number + 1):
            assert f"Ulm-{other}z".encode() not in content and f"c{other}e".encode() not in content


HOSTILE = (
    "<script>alert(1)</script>",
    "a\r\nBcc: all@victim.example\r\n\r\n<p>",
    "x" * 4_000,
    "ü€𝄞" * 1_000,
    "{{city|y}} %%slotclickxxxxxxxxxxx%% =3D",
    "\u202egnp.exe",
    ".",
    "From here",
    "=?utf-8?q?evil?=",
    "&amp; <b>bold</b> \"quoted\" 'so'",
    " \t\n ",
)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_value_holds_it_stays_text(engine: Engine, transport: MemoryTransport, value: str) -> None:
    publication = add_publication(engine.database)
    (reader,) = add_readers(engine.database, engine.clock, publication, 1)
    know(engine.database, publication, {reader: {"city": value}})
    scheduled(engine, publication, subject="In {{city|Ulm}} für dich", lead="In {{city|Ulm}} it rains.\n\n{{city|Ulm}}")
    send_all(engine)
    (envelope,) = transport.envelopes
    subject, text, html = read(envelope.content)
    shown = " ".join(value.replace("\u202e", "").split()) or "Ulm"
    short = shown if len(shown) <= MOST_SUBJECT_CHARS else f"{shown[: MOST_SUBJECT_CHARS - 1]}…"
    assert subject == f"In {short} für dich"
    assert f"In {shown} it rains." in " ".join(text.split()) or len(shown) > 60
    written = escape(shown)
    assert html.count(written) == 2 or shown in "Ulm."
    assert "<script" not in html and "<b>bold" not in html
    assert f"In {shown} it rains." in unescape(html)
    assert b"\r\nBcc:" not in envelope.content


def test_each_tracking_form_is_filled_and_the_edition_shows_the_fallback(
    engine: Engine, transport: MemoryTransport
) -> None:
    publication = add_publication(engine.database)
    readers = add_readers(engine.database, engine.clock, publication, 2)
    know(engine.database, publication, {readers[0]: {"city": "Bonn"}, readers[1]: {"city": "Köln"}})
    with engine.database.write() as session:
        whose = update(Subscription).where(Subscription.subscriber_id == readers[1])
        session.execute(whose.values(tracking=Consent.GRANTED))
    scheduled(
        engine, publication, subject="In {{city|Ulm}}", lead="[{{city|Ulm}}](https://city.example/) of {{city|Ulm}}"
    )
    with engine.database.read() as session:
        edition = session.scalars(select(Edition)).one()
    assert edition.subject == "In Ulm"
    send_all(engine)
    for envelope, city in zip(
        sorted(transport.envelopes, key=lambda each: each.rcpt_to), ("Bonn", "Köln"), strict=True
    ):
        subject, text, html = read(envelope.content)
        assert (subject, text.count(city), html.count(city)) == (f"In {city}", 2, 2), html
        assert envelope.merge is None  # each is a message of its own, also to a provider's batch API
