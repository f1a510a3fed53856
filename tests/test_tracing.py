"""Spans tell how long things take, name ids only, and cost nobody anything who does not want them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select

from newsletter import tracing
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.errors import InputError
from newsletter.model import Batch, Notice
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.web.app import create_app
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.web.places import Visitor


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What was traced, by the SDK's own exporter."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)
    provider.shutdown()


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """A service on SQLite with an issue that is due."""
    settings = Settings(
        data_dir=tmp_path, database_url=sqlite_database.url, smtp_url="memory:", base_url="http://news.test",
        secret_key="a secret for tests of traces, which is long enough", _env_file=None,
    )  # fmt: skip
    parts = Parts(settings, clock)
    parts.__dict__["database"] = sqlite_database
    publication = add_publication(sqlite_database, clock)
    add_readers(sqlite_database, clock, publication, 5)
    add_issue(sqlite_database, clock, publication)
    return parts


def told(exporter: InMemorySpanExporter) -> list[tuple[str, dict[str, object]]]:
    return [(each.name, dict(each.attributes or {})) for each in exporter.get_finished_spans()]


def send(parts: Parts) -> int:
    parts.engine.tick()
    with parts.database.read() as session:
        batch_id = session.scalars(select(Batch.id)).one()
    parts.engine.sender.send_batch(batch_id)
    return batch_id


def test_a_plan_a_batch_and_its_chunk_are_spans_one_within_the_other(parts: Parts, spans: InMemorySpanExporter) -> None:
    batch_id = send(parts)
    assert told(spans) == [
        ("plan", {"newsletter.issue_id": 1}),
        ("chunk", {"newsletter.batch_id": batch_id, "newsletter.messages": 5}),
        ("batch", {"newsletter.batch_id": batch_id}),
    ]
    found: dict[str, ReadableSpan] = {each.name: each for each in spans.get_finished_spans()}
    assert found["chunk"].parent is not None and found["chunk"].parent.span_id == found["batch"].context.span_id


def test_a_notice_is_a_span(parts: Parts, spans: InMemorySpanExporter) -> None:
    now = parts.clock.now()
    facts = {"kind": "confirm", "publication_id": 1, "subject": "s", "text": "t", "html": "<p>t</p>", "state": "queued"}
    with parts.database.write() as session:
        notice = notices.add(
            session, Notice(**facts, to_address="ada@example.org", next_attempt_at=now, created_at=now)
        )
    parts.engine.notice_sender.send_notice(notice.id)
    assert told(spans) == [("notice", {"newsletter.notice_id": notice.id})]


def test_a_request_is_a_span_with_its_route_and_never_its_path(parts: Parts, spans: InMemorySpanExporter) -> None:
    visitor = Visitor(create_app(parts))
    visitor.get("/u/a-token-nobody-made")
    visitor.ask("BREW", "/no/such/place")
    first, second = told(spans)
    request = {"http.request.method": "GET", "http.route": "/u/{token}", "http.response.status_code": 400}
    assert first == ("request", request)
    assert second[1]["http.request.method"] == "other"
    assert "nobody-made" not in str(told(spans)) and "such" not in str(told(spans))


def test_an_exception_is_told_by_its_kind_and_none_of_its_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="ada"), tracing.span("batch", {"newsletter.batch_id": 1}):
        raise ValueError("ada@example.org is not here")
    [each] = spans.get_finished_spans()
    assert dict(each.attributes or {})["error.type"] == "ValueError"
    assert not each.status.is_ok and "ada@" not in each.to_json()


def test_without_tracing_nothing_of_it_is_imported_and_a_span_is_nothing() -> None:
    code = (
        "import sys; from newsletter.tracing import span\n"
        "with span('batch', {}) as add: add({'a': 1})\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
    assert tracing.span("one", {}) is tracing.span("other", {}), "none is made"


def test_tracing_that_is_asked_for_and_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(InputError, match="not installed") as caught:
        tracing.begin()
    assert 'pip install "newsletter[tracing]"' in str(caught.value)
