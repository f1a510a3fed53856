"""Of an issue that was rolled up the desk shows every number, and says since when its single deliveries are gone; links in its mail work."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store.database import Database
from newsletter.store.retention import identities
from newsletter.web.app import create_app
from tests.service.old_issues import DAY, FATES, Sent, kept, send
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

AT = "/desk/daily/issues/1"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    return make_parts(database, clock, tmp_path)


@pytest.fixture
def sent(parts: Parts, clock: SettableClock, tmp_path: Path) -> Sent:
    """An issue of a hundred days ago."""
    found = send(parts.database, clock, parts.signer, tmp_path / "engine", FATES)
    clock.advance(100 * DAY)
    return found


@pytest.fixture
def seated(parts: Parts) -> Browser:
    browser = Browser(create_app(parts))
    browser.take_seat(parts, add_editor(parts))
    return browser


def shown(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_each_page_says_since_when_its_deliveries_are_gone(
    sent: Sent, seated: Browser, parts: Parts, clock: SettableClock
) -> None:
    before = shown(seated, AT)
    assert f"{AT}/later" in before and f"{AT}/resend" in before and "deliveries?state=rejected" in before
    assert "are gone since" not in before + shown(seated, f"{AT}/report")
    kept(parts.database, clock).run()
    day = clock.now().date().isoformat()
    page = shown(seated, AT)
    assert "Its single deliveries are gone since" in page and "is sent to nobody more" in page
    assert f"{AT}/later" not in page and f"{AT}/resend" not in page and "deliveries?state=" not in page
    report = shown(seated, f"{AT}/report")
    assert f'are gone since <time datetime="{day}">{day}</time>' in report
    assert "userunknown" in report
    assert "The single deliveries of this issue are gone since" in shown(seated, f"{AT}/deliveries?state=rejected")
    with parts.database.read() as session:
        reader = session.scalars(select(Subscriber.id).where(Subscriber.address.startswith("reader1@"))).one()
    assert f'Its details are gone since <time datetime="{clock.now().isoformat()}">{day}</time>' in shown(
        seated, f"/desk/daily/readers/{reader}"
    )
    refused = seated.post(f"{AT}/later")
    assert refused.status_code == 409 and "closed for good" in unescape(refused.text)


def test_the_report_says_when_clicks_no_longer_have_readers(
    sent: Sent, seated: Browser, parts: Parts, clock: SettableClock
) -> None:
    assert "is forgotten" not in shown(seated, f"{AT}/report")
    with parts.database.write() as session:
        assert identities.forget(session, clock.now(), 10) == 1
    assert "Whose the opens and clicks were is forgotten" in shown(seated, f"{AT}/report")
    assert sent.figures()[0].clicks.people == 1


def test_the_link_of_its_mail_unsubscribes_by_one_click(
    sent: Sent, seated: Browser, parts: Parts, clock: SettableClock
) -> None:
    kept(parts.database, clock).run()
    clock.advance(3_000 * DAY)
    path = f"/u/{sent.token(0)}"
    assert seated.get(path).status_code == 200
    assert seated.post(path, None, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    with parts.database.read() as session:
        reader = select(Subscriber.id).where(Subscriber.address.startswith("reader0@"))
        states = session.scalars(select(Subscription.state).where(Subscription.subscriber_id.in_(reader))).all()
    assert states == [SubscriptionState.UNSUBSCRIBED]
