from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from newsletter.clock import SettableClock
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.web.places import Visitor, add_publication, make_document, make_parts, publish


def test_every_page_answers_on_each_database(database: Database, clock: SettableClock, tmp_path: Path) -> None:
    publication = add_publication(database)
    publish(database, publication, make_document("one", date(2026, 3, 1)))
    visitor = Visitor(create_app(make_parts(database, clock, tmp_path)))
    pages = ("", "/one", "/one.md", "/one/papers/grafting-1", "/all/papers", "/all/wire", "/feed.atom", "/subscribe")
    for path in ("/", "/healthz", *(f"/orchard{page}" for page in pages)):
        assert visitor.get(path).status_code == 200, path


def test_it_is_healthy_when_the_database_answers(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_it_is_not_healthy_without_tables_and_says_so_without_insides(clock: SettableClock, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    visitor = Visitor(create_app(make_parts(database, clock, tmp_path)))
    for path in ("/healthz", "/", "/orchard"):
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "empty.db" not in answer.text and "table" not in answer.text
    database.close()


def test_metrics_are_in_prometheus_form(visitor: Visitor) -> None:
    answer = visitor.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "python_info" in answer.text


def test_answers_are_counted_by_route_and_never_by_path(visitor: Visitor) -> None:
    def counted(**labels: str) -> float:
        return REGISTRY.get_sample_value("newsletter_http_answers_total", labels) or 0.0

    labels = {"method": "GET", "route": "/u/{token}", "status": "400"}
    before = counted(**labels)
    visitor.get("/u/a-token-nobody-made")
    visitor.ask("BREW", "/no/such/place/at/all")
    assert counted(**labels) == before + 1
    metrics = visitor.get("/metrics").text
    assert "a-token-nobody-made" not in metrics and "BREW" not in metrics and "/no/such" not in metrics


def test_a_style_sheet_asked_for_by_hash_may_be_kept_for_ever(visitor: Visitor) -> None:
    page = visitor.get("/orchard").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert address.startswith("/static/site.css?v=")
    assert "immutable" in visitor.get(address).headers["cache-control"]
    assert "no-cache" in visitor.get("/static/site.css").headers["cache-control"]


def test_the_style_sheet_is_small(visitor: Visitor) -> None:
    assert len(visitor.get("/static/site.css").content) < 12_000


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"])
def test_static_files_end_at_their_folder(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404
