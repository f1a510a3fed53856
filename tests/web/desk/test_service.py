"""What the doctor says stands at the desk in the same words, the worst first, for those who manage the service."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication
from tests.parts.lending import migrated_sqlite
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    add_publication(database)
    return make_parts(database, clock, tmp_path)


def without_seconds(text: str) -> str:
    """Leave out what a check says of the clock: it is asked twice, and time goes by."""
    return re.sub(r"\d\d:\d\d:\d\d", "", text)


def test_every_cheap_check_is_told_in_the_doctors_words_and_the_others_are_named(parts: Parts) -> None:
    browser = Browser(create_app(parts))
    browser.take_seat(parts, add_editor(parts))
    page = without_seconds(unescape(browser.get("/desk/service").text))
    found = parts.checks.examine(cheap_alone=True)
    assert {result.verdict for result in found} > {"good"}
    for result in found:
        assert without_seconds(result.what) in page
        assert result.remedy in page
    assert f"newsletter doctor</code>: {', '.join(parts.checks.dear)}." in page
    assert {"way out", "files"} <= set(parts.checks.dear)
    told = [page.index(without_seconds(result.what)) for result in found if result.verdict != "good"]
    assert max(told) < min(page.index(without_seconds(result.what)) for result in found if result.verdict == "good")


def test_what_went_because_its_days_were_over_is_told_with_its_setting(clock: SettableClock, tmp_path: Path) -> None:
    parts = make_parts(migrated_sqlite(tmp_path / "newsletter.db"), clock, tmp_path)
    browser = Browser(create_app(parts))
    browser.take_seat(parts, add_editor(parts))
    assert "last looked at" not in browser.get("/desk/service").text
    parts.retention.run()
    page = unescape(browser.get("/desk/service").text)
    assert "kept for 90 days (NEWSLETTER_UNCONFIRMED_DAYS); last looked at" in page
    assert "kept for ever (NEWSLETTER_DELIVERY_DETAIL_DAYS)" in page
    parts.close()
