from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from newsletter.errors import InputError, NotFoundError
from tests.rendering.documents import BRAND, RENDERER

VALUES = {
    "confirm": {"confirm_url": BRAND.confirm_url("t" * 24), "address": "ann@example.org"},
    "invite": {
        "confirm_url": BRAND.confirm_url("t" * 30),
        "never_url": BRAND.never_url("t" * 30),
        "address": "ann@example.org",
        "since": "3 May 2026",
        "wording": "Gave us their card at the fair",
    },
    "welcome": {
        "address": "ann@example.org",
        "rhythm": "Lately it came about once a week.",
        "latest_title": "Tides & <moons>",
        "latest_url": BRAND.issue_url("tides"),
        "unsubscribe_url": BRAND.unsubscribe_url("t" * 24),
    },
    "signin": {"url": f"{BRAND.base_url}/desk/sign-in/link/{'t' * 43}", "lasts": "fifteen minutes"},
    "team_invite": {
        "url": f"{BRAND.base_url}/desk/sign-in/link/{'t' * 43}",
        "lasts": "seven days",
        "role": "writer",
        "address": "ann@example.org",
    },
    "password_reset": {
        "url": f"{BRAND.base_url}/desk/sign-in/link/{'t' * 43}",
        "lasts": "an hour",
        "address": "ann@example.org",
    },
    "alert": {"title": "Sending has stopped", "message": "Why.\n\nWhat to do.", "url": f"{BRAND.base_url}/desk/x"},
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_notice_says_its_link_in_html_and_text(kind):
    notice = RENDERER.notice(kind, BRAND, **VALUES[kind])
    soup = BeautifulSoup(notice.html, "lxml")
    for value in VALUES[kind].values():
        if value.startswith("https://"):
            assert value in [link["href"] for link in soup.find_all("a")]
            assert value in notice.text.splitlines()
    assert "1 Long Street" in soup.get_text() and "1 Long Street" in notice.text
    assert "The Letter & Co" in notice.subject
    assert notice.html.startswith("<!DOCTYPE html>") and "prefers-color-scheme" in notice.html
    assert all(len(line) <= 72 or "https://" in line for line in notice.text.splitlines())


def test_a_welcome_names_the_latest_issue_and_before_the_first_one_says_that_it_is_to_come():
    notice = RENDERER.notice("welcome", BRAND, **VALUES["welcome"])
    assert "Tides & <moons>" in notice.text and "<moons>" not in notice.html
    assert "Lately it came about once a week. The next issue" in " ".join(notice.text.split())
    given = VALUES["welcome"] | {"rhythm": ""}
    early = RENDERER.notice("welcome", BRAND, **{k: v for k, v in given.items() if not k.startswith("latest")})
    assert "Your first mail comes as soon as the first issue is out." in " ".join(early.text.split())
    assert BRAND.home not in early.text.split() and "lately" not in early.text.lower()


def test_a_welcome_without_its_way_out_is_refused():
    with pytest.raises(InputError, match="unsubscribe_url"):
        RENDERER.notice("welcome", BRAND, address="ann@example.org", rhythm="")


def test_values_are_escaped_in_html():
    notice = RENDERER.notice("confirm", BRAND, confirm_url="https://e.org/?a=1&b=2", address="<script>x</script>")
    assert "<script" not in notice.html
    assert "<script>x</script>" in notice.text


def test_a_subject_is_always_one_line():
    brand = replace(BRAND, name="Letter\r\nBcc: someone@example.org")
    assert (
        RENDERER.notice("welcome", brand, **VALUES["welcome"]).subject == "Welcome to Letter Bcc: someone@example.org"
    )


def test_an_unknown_kind_and_a_missing_value_are_clear_errors():
    with pytest.raises(NotFoundError):
        RENDERER.notice("nothing", BRAND)
    with pytest.raises(NotFoundError):
        RENDERER.notice("../issue/mail", BRAND)
    with pytest.raises(InputError, match="address"):
        RENDERER.notice("confirm", BRAND, confirm_url="https://e.org")
