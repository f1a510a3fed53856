"""A real scrape: all of it on each database, what is left of it when a part is away, and that it costs as little when there is much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.measuring import FAMILIES as SENDING
from newsletter.errors import StoreError
from newsletter.feedback.handling import Handler
from newsletter.feedback.intake import Intake
from newsletter.model import Batch, Publication
from newsletter.queue import Job, Queue, connect
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from newsletter.store.sources import gatherings
from newsletter.web.app import create_app
from newsletter.web.machine.scraping import FAMILIES
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.valkey import ValkeyServer
from tests.web.seats import Browser


def wired(database: Database, clock: SettableClock, folder: Path, **settings: object) -> Parts:
    """Parts of one process with limits set, on a way out that keeps what it is given."""
    facts = {
        "database_url": database.url,
        "data_dir": folder,
        "base_url": "http://news.test",
        "smtp_url": "memory:",
        "secret_key": "a secret for web tests, which is long enough",
        "batch_size": 10,
        "messages_per_day": 1000,
        "group_rates": "gmail=500",
    }
    parts = Parts(Settings(**{**facts, **settings}, _env_file=None), clock)
    parts.__dict__["database"] = database
    return parts


def busy(parts: Parts) -> None:
    """A service with something of everything: an issue under way, a brake, a report that could not be read."""
    publication = add_publication(parts.database, parts.clock)
    add_readers(parts.database, parts.clock, publication, 30, "gmail.com")
    add_issue(parts.database, parts.clock, publication)
    parts.engine.tick()
    with parts.database.read() as session:
        first = session.query(Batch.id).order_by(Batch.id).first()
    parts.engine.sender.send_batch(first[0])
    parts.engine.worker_pulse.beat()
    with parts.engine.throttle.gate.passing() as passage:
        passage.failed("connection refused")
    for content in (b"poison", b"From: nobody\r\n\r\nhello\r\n"):
        kept = Intake(parts.database, parts.clock, parts.queue).keep(content, source="smtp")
        if content == b"poison":
            with parts.database.write() as session:
                reports.set_aside(session, kept.raw_report_id, "too deep")
        else:
            handler(parts).handle(kept.raw_report_id)
    with parts.database.write() as session:
        reports.count(session, "forged return path", parts.clock.now(), 3)
        session.execute(update(Publication).values(gather_at="05:30"))
        run = gatherings.begin(session, publication.id, parts.clock.now(), by="")
        gatherings.end(session, run.id, parts.clock.now())


def handler(parts: Parts) -> Handler:
    """What handles reports, reading none: a child process is another test's affair."""
    return Handler(parts.database, parts.clock, parts.signer, read=lambda _: [])


def scraped(app: FastAPI) -> dict[str, Metric]:
    """The families of a scrape by name, without those of Python and the process."""
    answer = Browser(app, host="127.0.0.1:8025", ip="127.0.0.1").get("/metrics")
    assert answer.status_code == 200
    found = list(text_string_to_metric_families(answer.text))
    assert len({each.name for each in found}) == len(found), "each family once"
    return {
        each.name: each for each in found if each.name.startswith("newsletter_") and not each.name.endswith("_created")
    }


def values(found: dict[str, Metric], name: str) -> dict[tuple[str, ...], float]:
    """The numbers of a family by the values of its labels, in the order of their names."""
    return {
        tuple(each.labels.values()): each.value for each in found[name].samples if not each.name.endswith("_created")
    }


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """Parts of a busy service, on each database."""
    parts = wired(database, clock, tmp_path)
    busy(parts)
    yield parts
    parts.queue.close()


def test_a_scrape_of_a_busy_service_holds_every_family_with_its_kind_labels_and_meaning(parts: Parts) -> None:
    found = scraped(create_app(parts))
    own = {each.name for each in REGISTRY.collect()}
    assert {f.name.removesuffix("_total") for f in FAMILIES} == set(found) - own
    for family in FAMILIES:
        metric = found[family.name.removesuffix("_total")]
        assert (metric.type, metric.documentation) == (family.kind, family.help)
        assert {tuple(sorted(sample.labels)) for sample in metric.samples} <= {tuple(sorted(family.labels))}
        assert (family.kind == "counter") == family.name.endswith("_total")


def test_it_says_what_the_ledger_says(parts: Parts) -> None:
    for _ in range(3):
        parts.queue.ring(Job.SEND_NOTICE, 1)
    found = scraped(create_app(parts))
    outcomes = values(found, "newsletter_deliveries")
    assert {labels: number for labels, number in outcomes.items() if number} == {("gmail", "submitted"): 10}
    assert ("yahoo", "deferred") in outcomes, "from nought on, or nobody could tell that it grew"
    assert values(found, "newsletter_deliveries_open") == {("due", "daily"): 20}
    assert values(found, "newsletter_reports_open")["set-aside",] == 1
    assert values(found, "newsletter_up") == {("ledger",): 1, ("queue",): 1}
    assert values(found, "newsletter_queue_rings")["notices",] == 3
    assert values(found, "newsletter_day_taken_messages") == {("memory",): 10}


def test_what_followed_from_reports_is_counted_for_all_processes(parts: Parts) -> None:
    before = dict(values(scraped(create_app(parts)), "newsletter_reports_open"))
    kept = Intake(parts.database, parts.clock, parts.queue).keep(b"broken", source="smtp")

    def fails(_: bytes) -> list[object]:
        raise ValueError("no report at all")

    Handler(parts.database, parts.clock, parts.signer, read=fails).handle(kept.raw_report_id)  # type: ignore[arg-type]
    found = scraped(create_app(parts))
    counted = values(found, "newsletter_reports")
    assert {labels: number for labels, number in counted.items() if number} == {("set aside",): 1}
    assert values(found, "newsletter_reports_open")["set-aside",] == before["set-aside",] + 1


def test_without_its_ledger_it_says_so_and_tells_what_it_has(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    parts = wired(gone, clock, tmp_path)
    found = scraped(create_app(parts))
    assert values(found, "newsletter_up") == {("ledger",): 0, ("queue",): 1}
    assert "newsletter_queue_rings" in found and "newsletter_issues_late" not in found
    gone.close()


def test_a_ledger_that_dies_in_the_middle_tells_nothing_by_halves(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> object:
        raise StoreError("gone", where="database", remedy="wait")

    app = create_app(parts)
    monkeypatch.setattr("newsletter.audience.sign_up_rounds.measure", dies)
    found = scraped(app)
    assert values(found, "newsletter_up")["ledger",] == 0
    assert {f.name for f in SENDING} & set(found) == set()


def test_without_redis_it_says_so_and_tells_the_ledger(
    valkey: ValkeyServer, sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    there = wired(sqlite_database, clock, tmp_path, redis_url=valkey.url)
    there.queue.broker.client.flushall()
    there.queue.ring(Job.SEND_BATCH, 1)
    assert values(scraped(create_app(there)), "newsletter_queue_rings") == {
        ("batches",): 1,
        ("notices",): 0,
        ("reports",): 0,
        ("sources",): 0,
    }
    away = wired(sqlite_database, clock, tmp_path, redis_url="redis://127.0.0.1:9/0")
    found = scraped(create_app(away))
    assert values(found, "newsletter_up") == {("ledger",): 1, ("queue",): 0}
    assert "newsletter_issues_late" in found
    for parts in (there, away):
        parts.queue.close()


def test_rings_that_were_taken_are_not_counted(valkey: ValkeyServer) -> None:
    for queue in (connect(""), connect(valkey.url)):
        before = _depth(queue)
        queue.ring(Job.READ_REPORT, 1)
        assert _depth(queue) == before + 1
        consumer = queue.broker.consume("reports")
        message = next(consumer)
        assert message is not None
        assert _depth(queue) == before
        consumer.ack(message)
        consumer.close()
        queue.close()


def _depth(queue: Queue) -> int:
    return queue.depths()["reports"]


def test_it_names_no_reader_no_address_and_no_issue(parts: Parts) -> None:
    text = Browser(create_app(parts), host="127.0.0.1:8025", ip="127.0.0.1").get("/metrics").text
    # the issue is called "first", and a page of the desk "first-send"
    assert not re.search(r"@|reader\d|\bfirst\b(?!-send)", "\n".join(re.findall(r'"([^"]*)"', text)))
