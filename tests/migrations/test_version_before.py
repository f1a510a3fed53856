"""A service of the version before goes on after an upgrade: its people, what it has scheduled, and the links it has sent.

`version_0016.json` is what that version's own code wrote in a short life of a publication: an editor, four people who asked
(three confirmed, one of them left again), an issue that was sent, one scheduled, a draft, and one in the bin.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Table, insert, select, text

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.feedback.intake import Intake
from newsletter.model import Batch, Delivery, Editor, Issue, Subscriber, Subscription
from newsletter.model.states import DeliveryState, IssueState, SubscriptionState
from newsletter.store import migrating
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.migrations.test_keeping import contents, upgrade_to
from tests.parts.actors import OPERATOR
from tests.parts.rows import tables
from tests.web.places import Visitor
from tests.web.seats import Browser

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "version_0016.json").read_text(encoding="utf-8"))
ADA, BOB, GONE, EVE = (f"{name}@readers.example" for name in ("ada", "bob", "gone", "eve"))
LINKS = RECORDED["links"]
EDITOR = "mara@daily.example"
DUE = datetime.fromisoformat("2026-05-11T08:00:00+00:00")


@pytest.fixture
def parts(empty_database: Database, tmp_path: Path) -> Iterator[Parts]:
    """That service an hour later, with this version's tables and code."""
    upgrade_to(empty_database, RECORDED["version"])
    before = tables(empty_database)
    for name, rows in RECORDED["tables"].items():
        _store(empty_database, before[name], rows)
    assert len(contents(empty_database, before)["issues"]) == 3
    migrating.upgrade(empty_database)
    clock = SettableClock(datetime.fromisoformat(RECORDED["at"]) + timedelta(hours=1))
    settings = Settings(
        database_url=empty_database.url,
        data_dir=tmp_path,
        base_url="http://news.test",
        secret_key=SecretStr(RECORDED["secret_key"]),
        _env_file=None,
    )
    made = Parts(settings, clock)
    made.__dict__["database"] = empty_database
    yield made
    made.close()


def test_an_editor_signs_in_with_the_old_password_and_may_do_what_they_could(parts: Parts) -> None:
    browser = Browser(create_app(parts))
    assert browser.sign_in(RECORDED["password"], EDITOR).status_code == 303
    pages = [
        "",
        "/daily/issues/2",
        "/daily/issues/1/report",
        "/daily/readers",
        "/bin",
        "/reports",
    ]
    assert [page for page in pages if browser.get(f"/desk{page}").status_code != 200] == []
    assert [
        page for page in ("/accounts", "/audit", "/service") if browser.get(f"/desk{page}").status_code != 200
    ] == []
    browser.get("/desk/daily/issues/2")
    assert browser.post("/desk/daily/issues/2/undo").status_code == 303
    assert issue_states(parts)["next"] is IssueState.DRAFT


def test_a_browser_that_was_signed_in_still_is(parts: Parts) -> None:
    browser = Browser(create_app(parts))
    assert browser.get("/desk").status_code == 303
    for name, value in RECORDED["cookies"].items():
        browser.cookies.set(name, value)
    page = browser.get("/desk")
    assert page.status_code == 200
    with parts.database.read() as session:
        assert session.scalars(select(Editor)).one().name == "Mara O'Neil"


def test_an_issue_that_was_scheduled_is_sent_once_to_those_who_want_it_and_the_one_before_never_again(
    parts: Parts,
) -> None:
    work(parts)
    assert received(parts) == {}
    parts.clock.advance((DUE - parts.clock.now()).total_seconds())
    for _ in range(3):
        work(parts)
        parts.clock.advance(60)
    mails = received(parts)
    assert sorted(mails) == [ADA, BOB]
    assert all(len(each) == 1 for each in mails.values())
    assert all(b"papers.example/next" in each[0] for each in mails.values())
    assert issue_states(parts) == {"sent": IssueState.SENT, "next": IssueState.SENT, "draft": IssueState.DRAFT}
    with parts.database.read() as session:
        numbers = list(session.scalars(select(Delivery.id).order_by(Delivery.id)))
    assert len(numbers) == len(set(numbers)) == 5


def test_the_links_that_readers_have_still_work(parts: Parts) -> None:
    visitor = Visitor(create_app(parts))
    assert visitor.get("/daily/sent").status_code == 200
    leave = LINKS[BOB]["unsubscribe"]
    assert visitor.get(leave).status_code == 200
    assert standing(parts, BOB) is SubscriptionState.ACTIVE
    assert visitor.post(leave, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert standing(parts, BOB) is SubscriptionState.UNSUBSCRIBED
    assert visitor.post(f"{LINKS[GONE]['unsubscribe']}/again").status_code in (200, 303)
    assert standing(parts, GONE) is SubscriptionState.ACTIVE
    assert standing(parts, EVE) is SubscriptionState.PENDING
    assert visitor.post(LINKS[EVE]["confirm"]).status_code in (200, 303)
    assert standing(parts, EVE) is SubscriptionState.ACTIVE


def test_a_bounce_to_the_address_of_an_old_mail_finds_its_delivery(parts: Parts) -> None:
    bounce = (
        f"From: MAILER-DAEMON@readers.example\r\nTo: {LINKS[ADA]['return_path']}\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nUser unknown\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.readers.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ADA}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b--\r\n"
    ).encode()
    intake = Intake(parts.database, parts.clock, parts.queue)
    kept = intake.keep(bounce, source="smtp", sent_to=LINKS[ADA]["return_path"])
    parts.reports.handle(kept.raw_report_id)
    with parts.database.read() as session:
        assert session.get_one(Delivery, 1).state is DeliveryState.BOUNCED


def test_a_draft_in_the_bin_comes_back_as_it_was(parts: Parts) -> None:
    [binned] = RECORDED["tables"]["binned_issues"]
    parts.deleting.restore(binned["id"], by=OPERATOR)
    with parts.database.read() as session:
        issue = session.get_one(Issue, binned["id"])
        assert (issue.slug, issue.source, issue.content) == (binned["slug"], binned["source"], binned["content"])


def work(parts: Parts) -> None:
    """Do a round of the scheduler, and each batch twice, as a doubled job would."""
    parts.engine.tick()
    with parts.database.read() as session:
        batches = list(session.scalars(select(Batch.id).order_by(Batch.id)))
    for batch_id in batches * 2:
        parts.engine.sender.send_batch(batch_id)


def received(parts: Parts) -> dict[str, list[bytes]]:
    """What lies in the folder that mail goes to, by receiver."""
    found: dict[str, list[bytes]] = {}
    for file in sorted((parts.settings.inbox / "new").glob("*")):
        content = file.read_bytes()
        to = re.search(rb"^Delivered-To: (\S+)", content, re.MULTILINE)
        assert to is not None
        found.setdefault(to[1].decode(), []).append(content)
    return found


def issue_states(parts: Parts) -> dict[str, IssueState]:
    with parts.database.read() as session:
        return {issue.slug: issue.state for issue in session.scalars(select(Issue))}


def standing(parts: Parts, address: str) -> SubscriptionState:
    with parts.database.read() as session:
        wanted = select(Subscription).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        return session.scalars(wanted.where(Subscriber.address == address)).one().state


def _store(database: Database, table: Table, rows: list[dict[str, Any]]) -> None:
    """Store rows, and let the database deal no id again that one of them has."""
    with database.write() as session:
        session.execute(insert(table), [{name: _read(value, database) for name, value in row.items()} for row in rows])
        column = table.columns.get("id")
        if database.is_postgresql and column is not None and column.server_default is not None:
            deal = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            session.execute(deal, {"name": table.name, "last": max(row["id"] for row in rows)})


def _read(value: Any, database: Database) -> Any:
    match value:
        case {"base64": octets}:
            return base64.b64decode(octets)
        case {"at": moment}:
            return datetime.fromisoformat(f"{moment}+00:00" if database.is_postgresql else moment)
        case {"on": day}:
            return date.fromisoformat(day)
    return value
