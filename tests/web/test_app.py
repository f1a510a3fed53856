from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.web.places import Visitor, add_publication, make_document, make_parts, publish
from tests.web.seats import Browser


def test_every_page_answers_on_each_database(database: Database, clock: SettableClock, tmp_path: Path) -> None:
    publication = add_publication(database)
    publish(database, publication, make_document("one", date(2026, 3, 1)))
    visitor = Visitor(create_app(make_parts(database, clock, tmp_path)))
    pages = (
        "",
        "/one",
        "/one.md",
        "/one/papers/grafting-1",
        "/all/papers",
        "/all/wire",
        "/feed.atom",
        "/feed.json",
        "/subscribe",
    )
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


TOKEN = "a token of the metrics"


def with_token(parts: Parts, token: str = TOKEN) -> Parts:
    made = Parts(Settings(**{**parts.settings.model_dump(), "metrics_token": token}, _env_file=None), parts.clock)
    made.__dict__["database"] = parts.database
    return made


def test_metrics_are_in_prometheus_form_for_a_program_on_this_machine(parts: Parts) -> None:
    scraped = {"x-prometheus-scrape-timeout-seconds": "10", "user-agent": "Prometheus/3.0"}
    answer = Browser(create_app(parts), host="127.0.0.1:8025", ip="127.0.0.1").get("/metrics", **scraped)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "python_info" in answer.text


@pytest.mark.parametrize(
    ("ip", "host", "headers"),
    [
        ("192.0.2.7", "127.0.0.1:8025", {}),
        ("127.0.0.1", "news.test", {}),
        ("127.0.0.1", "127.0.0.1:8025", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", "127.0.0.1:8025", {"via": "1.1 proxy"}),
        ("127.0.0.1", "127.0.0.1:8025", {"connection": "close"}),
        ("127.0.0.1", "127.0.0.1:8025", {"authorization": "Bearer "}),
        ("192.0.2.7", "127.0.0.1:8025", {"authorization": "Bearer "}),
    ],
)
def test_metrics_are_nothing_to_anybody_else(parts: Parts, ip: str, host: str, headers: dict[str, str]) -> None:
    at_home = ip == "127.0.0.1" and set(headers) <= {"authorization"} and host != "news.test"
    answer = Browser(create_app(parts), host=host, ip=ip).get("/metrics", **headers)
    assert answer.status_code == (200 if at_home else 404)


def test_with_a_token_metrics_are_for_whoever_bears_it_and_for_nobody_else(parts: Parts) -> None:
    app = create_app(with_token(parts))
    for ip, host in (("192.0.2.7", "news.test"), ("127.0.0.1", "127.0.0.1:8025")):
        browser = Browser(app, host=host, ip=ip)
        assert browser.get("/metrics", authorization=f"Bearer {TOKEN}").status_code == 200
        assert browser.get("/metrics", authorization=f"bearer  {TOKEN} ").status_code == 200
        for wrong in ("", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer", "Bearer \x7f"):
            answer = browser.get("/metrics", **({"authorization": wrong} if wrong else {}))
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_token_that_can_be_guessed_is_refused(parts: Parts) -> None:
    with pytest.raises(ValueError, match="at least 16"):
        with_token(parts, "short")


def test_answers_are_counted_by_route_and_never_by_path(visitor: Visitor, parts: Parts) -> None:
    def counted(**labels: str) -> float:
        return REGISTRY.get_sample_value("newsletter_http_answers_total", labels) or 0.0

    labels = {"method": "GET", "route": "/u/{token}", "status": "400"}
    before = counted(**labels)
    visitor.get("/u/a-token-nobody-made")
    visitor.ask("BREW", "/no/such/place/at/all")
    assert counted(**labels) == before + 1
    metrics = Browser(create_app(parts), host="127.0.0.1", ip="127.0.0.1").get("/metrics").text
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


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/orchard/", "/orchard"),
        ("/desk/", "/desk"),
        ("/orchard/2026-03-02/?a=b&c=%2F", "/orchard/2026-03-02?a=b&c=%2F"),
        ("/orchard///", "/orchard"),
        ("//evil.example/", "//evil.example"),
        ("/%5C%5Cevil.example/", "/%5C%5Cevil.example"),
        ("/orchard%0D%0AX-Evil:%201/", "/orchard%0D%0AX-Evil%3A%201"),
        ("/%C3%A9/", "/%C3%A9"),
    ],
)
def test_a_slash_too_many_leads_to_the_public_address_whatever_name_was_asked_for(
    parts: Parts, asked: str, led_to: str
) -> None:
    for host in ("news.test", "evil.example"):
        answer = Browser(create_app(parts), host=host).get(f"http://{host}{asked}", host=host)
        assert (answer.status_code, answer.headers["location"]) == (308, f"http://news.test{led_to}")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/orchard/subscribe/"), ("GET", "/static/"), ("GET", "/a/b/c/d/e"), ("GET", "//")]
)
def test_no_other_address_leads_anywhere(visitor: Visitor, method: str, path: str) -> None:
    answer = visitor.ask(method, f"http://news.test{path}")
    assert answer.status_code == 404
    assert "location" not in answer.headers
