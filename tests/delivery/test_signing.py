"""Mail leaves signed with every key its domain has, and what a reader's server receives verifies by what we publish."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.delivery.planning import plan_due
from newsletter.delivery.signing import Signing
from newsletter.errors import TransportError
from newsletter.keyring import Keyring
from newsletter.mail.dkim import Canonicalization
from newsletter.mail.dkim_keys import dkim_record
from newsletter.mail.envelope import Envelope
from newsletter.model import Batch, Notice
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from newsletter.transports.smtp import SmtpTransport
from tests.parts.engines import make_engine, rewired
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.smtp import SmtpSink

DOMAIN = "news.example"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The keys of one domain."""
    keyring = Keyring(tmp_path_factory.mktemp("dkim"))
    keyring.make(DOMAIN, "s1")
    return keyring


@pytest.fixture
def smtp_engine(
    sqlite_database: Database, signer: Signer, smtp_sink: SmtpSink, keyring: Keyring, tmp_path: Path
) -> Iterator[Engine]:
    """The engine of one process, sending by SMTP with keys at hand."""
    transport = SmtpTransport.from_url(smtp_sink.url)
    settings = Settings(data_dir=tmp_path, dkim_dir=str(keyring._folder), _env_file=None)
    yield make_engine(settings, sqlite_database, SettableClock(), signer, transport)
    transport.close()


def planned(engine: Engine, readers: int, size: int = 0) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, readers)
    add_issue(engine.database, engine.clock, publication, size=size)
    plan_due(engine.database, clock=engine.clock, batch_size=50)
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id)))


def owed(engine: Engine) -> int:
    publication = add_publication(engine.database, engine.clock)
    now = engine.clock.now()
    with engine.database.write() as session:
        notice = Notice(
            kind="confirm",
            publication_id=publication.id,
            to_address="zoe@readers.example",
            to_name="Zoë",
            subject="Bitte bestätigen",
            text="Grüße\n",
            html="<p>Grüße</p>",
            state="queued",
            next_attempt_at=now,
            created_at=now,
        )
        return notices.add(session, notice).id


def verified(content: bytes, keyring: Keyring) -> list[bytes]:
    """The selectors whose signature verifies, by what is to be published."""
    records = {
        f"{record.name}.".encode(): record.text.encode()
        for selector in keyring.selectors(DOMAIN)
        for record in (dkim_record(key, DOMAIN) for key in keyring.keys(DOMAIN, selector))
    }

    def published(name: bytes, timeout: int = 5) -> bytes:
        return records[name]

    checks = (dkim.DKIM(content) for _ in range(content.count(b"DKIM-Signature:")))
    good = [check for number, check in enumerate(checks) if check.verify(number, dnsfunc=published)]
    return [check.selector for check in good]


def signed_names(content: bytes) -> list[bytes]:
    check = dkim.DKIM(content)
    return (
        next(v for n, v in check.headers if n.lower() == b"dkim-signature").split(b"h=")[1].split(b";")[0].split(b":")
    )


def test_every_message_of_an_issue_arrives_signed_with_both_keys(
    smtp_engine: Engine, smtp_sink: SmtpSink, keyring: Keyring
) -> None:
    for batch_id in planned(smtp_engine, 53, size=3000):
        smtp_engine.sender.send_batch(batch_id)
    assert states(smtp_engine.database) == {"submitted": 53}
    contents = [content for _, _, content in smtp_sink.messages]
    assert len({recipient for _, recipient, _ in smtp_sink.messages}) == 53
    assert [content for content in contents if verified(content, keyring) != [b"s1", b"s1-ed25519"]] == []


def test_what_one_click_unsubscribe_and_feedback_loops_rest_on_is_signed_and_sealed(
    smtp_engine: Engine, smtp_sink: SmtpSink, keyring: Keyring
) -> None:
    https = smtp_engine.settings.model_copy(update={"base_url": "https://news.example"})
    smtp_engine = rewired(smtp_engine, settings=https)
    for batch_id in planned(smtp_engine, 1):
        smtp_engine.sender.send_batch(batch_id)
    [(_, _, content)] = smtp_sink.messages
    names = [name.strip().lower() for name in signed_names(content)]
    for name in (b"from", b"to", b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id"):
        assert names.count(name) == 2, name
        head, _, rest = content.partition(b"Date: ")
        assert verified(head + name + b": another\r\nDate: " + rest, keyring) == []


@pytest.mark.parametrize("body", ["simple", "relaxed"])
def test_the_setting_says_how_the_body_is_taken(
    smtp_engine: Engine, smtp_sink: SmtpSink, keyring: Keyring, body: str
) -> None:
    keys = Keyring(smtp_engine.settings.dkim_folder, Canonicalization(f"relaxed/{body}"))
    engine = rewired(smtp_engine, keyring=keys)
    for batch_id in planned(engine, 1):
        engine.sender.send_batch(batch_id)
    [(_, _, content)] = smtp_sink.messages
    assert content.count(f"c=relaxed/{body};".encode()) == 2
    assert verified(content, keyring) == [b"s1", b"s1-ed25519"]


def test_a_notice_is_signed(smtp_engine: Engine, smtp_sink: SmtpSink, keyring: Keyring) -> None:
    smtp_engine.notice_sender.send_notice(owed(smtp_engine))
    [(_, _, content)] = smtp_sink.messages
    assert verified(content, keyring) == [b"s1", b"s1-ed25519"]


def test_a_worker_that_runs_takes_the_new_selector_with_its_next_batch(
    smtp_engine: Engine, smtp_sink: SmtpSink, keyring: Keyring, tmp_path: Path
) -> None:
    own = Keyring(tmp_path / "own")
    own.make(DOMAIN, "s1")
    own.make(DOMAIN, "s2")
    settings = smtp_engine.settings.model_copy(update={"dkim_dir": str(own._folder)})
    engine = rewired(smtp_engine, settings=settings, keyring=own)
    first, second = planned(engine, 51)
    engine.sender.send_batch(first)
    own.use(DOMAIN, "s2")
    engine.sender.send_batch(second)
    assert verified(smtp_sink.messages[0][2], own) == [b"s1", b"s1-ed25519"]
    assert verified(smtp_sink.messages[-1][2], own) == [b"s2", b"s2-ed25519"]


def test_without_keys_nothing_is_signed(engine: Engine, transport: MemoryTransport) -> None:
    for batch_id in planned(engine, 3):
        engine.sender.send_batch(batch_id)
    assert b"DKIM-Signature" not in b"".join(envelope.content for envelope in transport.envelopes)


def test_a_key_that_is_gone_holds_the_mail_back_and_consumes_no_reader(
    engine: Engine, transport: MemoryTransport, clock: SettableClock
) -> None:
    own = Keyring(engine.settings.dkim_folder)
    own.make(DOMAIN, "s1")
    for path in own.place(DOMAIN).glob("*.pem"):
        path.rename(path.with_suffix(".away"))
    [batch_id] = planned(engine, 3)
    engine.sender.send_batch(batch_id)
    assert transport.envelopes == []
    assert states(engine.database) == {"queued": 3}
    for path in own.place(DOMAIN).glob("*.away"):
        path.rename(path.with_suffix(".pem"))
    clock.advance(60)
    engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": 3}


def test_a_notice_waits_for_a_key_that_is_gone(engine: Engine, transport: MemoryTransport) -> None:
    own = Keyring(engine.settings.dkim_folder)
    own.make(DOMAIN, "s1")
    for path in own.place(DOMAIN).glob("*.pem"):
        path.unlink()
    engine.notice_sender.send_notice(owed(engine))
    assert transport.envelopes == []
    with engine.database.read() as session:
        assert session.scalars(select(Notice.state)).one() == "queued"


def test_a_provider_that_writes_the_message_itself_is_given_it_unsigned(keyring: Keyring) -> None:
    assert Signing(keyring, SettableClock(), "postmark").signer(DOMAIN) is None
    assert Signing(keyring, SettableClock(), "smtp").signer(DOMAIN) is not None
    assert Signing(keyring, SettableClock(), "smtp").signer("another.example") is None


def messages(taken: list[int]) -> Iterator[Envelope]:
    for number in itertools.count():
        taken.append(number)
        content = b"From: news@news.example\r\nSubject: %d\r\n\r\nHello\r\n" % number
        yield Envelope(number, "b@news.example", "a@readers.example", content)


def test_signing_runs_a_bounded_way_ahead_in_other_threads_and_keeps_the_order(keyring: Keyring) -> None:
    taken: list[int] = []
    signed = Signing(keyring, SettableClock(), "smtp", threads=2, ahead=16).signed(messages(taken), DOMAIN)
    got = [next(signed).delivery_id for _ in range(100)]
    assert got == list(range(100))
    assert 100 < len(taken) <= 100 + 24
    assert [thread for thread in threading.enumerate() if thread.name.startswith("dkim")]
    signed.close()


def test_without_a_processor_to_spare_each_message_is_signed_by_who_asks_for_it(keyring: Keyring) -> None:
    taken: list[int] = []
    signed = Signing(keyring, SettableClock(), "smtp", threads=1).signed(messages(taken), DOMAIN)
    for number in range(3):
        assert verified(next(signed).content, keyring) == [b"s1", b"s1-ed25519"]
        assert taken == list(range(number + 1))


def test_processes_that_share_a_machine_share_its_processors_for_signing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert [rewired(engine, processes=n).sender.signing.threads for n in (1, 4, 8, 16)] == [8, 2, 1, 0]


def test_an_unusable_key_is_told_before_anything_is_composed(tmp_path: Path) -> None:
    own = Keyring(tmp_path)
    own.make(DOMAIN, "s1")
    (own.place(DOMAIN) / "s1.rsa.pem").write_text("nonsense")
    taken: list[int] = []
    with pytest.raises(TransportError):
        Signing(own, SettableClock(), "smtp").signed(messages(taken), DOMAIN)
    assert taken == []
