"""What strangers say of our mail and pages: SpamAssassin of the mail as it goes out, HTML Tidy of mail and pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.issues.sample import sample_document, sample_text
from newsletter.model.actor import operator
from newsletter.rendering.renderer import TrackingForm
from newsletter.rendering.template_lint import NOTICES
from newsletter.store.database import Database
from tests.conftest import absent
from tests.referees import spamassassin, tidy
from tests.rendering.documents import BRAND, RENDERER
from tests.web.routes import ROUTES, SEATED
from tests.web.scene import Scene
from tests.web.test_every_route import ask, who_may

MOST_POINTS = 1.0
MEANT = re.compile(
    r'<(?:table|td|th|tr|div|p|col)> attribute "(?:align|valign|bgcolor|width|height|border|cellpadding|cellspacing)" not allowed'
    r"|<table> lacks \"summary\" attribute"  # obsolete since HTML 5: layout tables are role=presentation, others have a head
    r"|<html> proprietary attribute \"xmlns:[ov]\""
    r"|proprietary attribute \"(?:aria-roledescription|aria-keyshortcuts|autocapitalize|autocomplete|minlength|referrerpolicy|inputmode|enterkeyhint|loading|fetchpriority|background)\""
    r"|<source> proprietary attribute \"(?:width|height)\""  # of HTML's living standard: the size of each picture of a choice
    r"|<img> proprietary attribute|attribute \"(?:aria-current|hx-[a-z]+)\""
    r"|missing <dd>|missing </div> before <dt>|inserting implicit <dl>|missing </dl> before </div>"  # a div may group dt and dd
)
"""What Tidy does not know, or mail cannot do without: programs that show mail follow attributes of HTML 4."""


@pytest.fixture
def scene(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service with everything in it."""
    return Scene(sqlite_database, clock, tmp_path)


def needs(missing: str) -> None:
    """Skip, or fail in CI, when a checker is not there."""
    if missing:
        absent(missing)


def mails() -> dict[str, str]:
    """Every kind of mail as HTML."""
    found = {
        f"issue in {language}, {form.value}": RENDERER.email(
            sample_document("letter", language), replace(BRAND, language=language), byte_budget=100_000, form=form
        ).html
        for language in ("en", "he")
        for form in TrackingForm
    }
    return found | {f"notice {kind}": RENDERER.notice(kind, BRAND, **values).html for kind, values in NOTICES.items()}


@pytest.mark.parametrize("name", mails())
def test_tidy_finds_nothing_in_a_mail(name: str) -> None:
    needs(tidy.missing())
    assert [said for said in tidy.findings(mails()[name]) if not MEANT.search(said)] == []


def test_tidy_finds_nothing_in_any_page(scene: Scene) -> None:
    needs(tidy.missing())
    nobody, found, looked_at = scene.stranger(), {}, 0
    for route in ROUTES:
        if route.method != "GET":
            continue
        answer = ask(scene, route, who_may(scene, route) if route in SEATED else nobody)
        if answer.status_code == 200 and answer.text.startswith("<!DOCTYPE html>"):
            looked_at += 1
            if wrong := [said for said in tidy.findings(answer.text) if not MEANT.search(said)]:
                found[route.name] = wrong
    assert not found, "\n".join(f"{name}: {wrong}" for name, wrong in found.items())
    assert looked_at > 20


def test_tidy_is_asked_in_earnest() -> None:
    needs(tidy.missing())
    said = tidy.findings("<!DOCTYPE html><html lang=en><title>x</title><p><b>one</p></b><nothing>two</nothing>")
    assert any("nothing" in each for each in said) and len(said) > 1


def test_spamassassin_has_nothing_against_an_issue(scene: Scene, tmp_path: Path) -> None:
    needs(spamassassin.missing())
    text = sample_text().replace("publication: demo", f"publication: {scene.publication.slug}")
    issue = scene.parts.editing.import_issue(text, source="sample", by=operator())
    message = scene.parts.previewing.preview(issue.id, "eml")
    assert isinstance(message, bytes) and b"List-Unsubscribe" in message
    judged = spamassassin.judge(message, tmp_path)
    assert judged.points <= MOST_POINTS, judged.rules


@pytest.mark.parametrize("kind", NOTICES)
def test_spamassassin_has_nothing_against_a_notice(kind: str, tmp_path: Path) -> None:
    needs(spamassassin.missing())
    rendered, message = RENDERER.notice(kind, BRAND, **NOTICES[kind]), EmailMessage()
    message["From"], message["To"], message["Subject"] = BRAND.from_address, "ann@example.org", rendered.subject
    message["Message-ID"], message["Date"] = "<1@news.example.org>", format_datetime(datetime.now(UTC))
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    judged = spamassassin.judge(message.as_bytes(), tmp_path)
    assert judged.points <= MOST_POINTS, judged.rules


def test_spamassassin_is_asked_in_earnest(tmp_path: Path) -> None:
    needs(spamassassin.missing())
    bad = b"Subject: test\n\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"
    assert spamassassin.judge(bad, tmp_path).points > 500
