"""List headers: what stands in them, and what may not."""

import pytest

from newsletter.errors import InputError
from newsletter.mail.list_headers import feedback_id, list_headers
from newsletter.mail.message import header
from newsletter.mail.slots import Slot

GIVEN = {
    "name": "The Daily",
    "list_id": "daily.news.example.org",
    "unsubscribe_url": f"https://news.example.org/u/{Slot.UNSUBSCRIBE}",
}


def test_a_newsletter_says_how_to_leave_with_one_click():
    headers = dict(list_headers(**GIVEN))
    assert headers == {
        "List-Id": "The Daily <daily.news.example.org>",
        "List-Unsubscribe": f"<https://news.example.org/u/{Slot.UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Post": "NO",
    }


def test_all_that_is_known_is_told():
    headers = dict(
        list_headers(
            **GIVEN,
            archive_url="https://news.example.org/daily",
            help_url="mailto:help@example.org",
            unsubscribe_mailto="mailto:leave@example.org?subject=a,b",
            feedback="f",
        )
    )
    assert headers["List-Archive"] == "<https://news.example.org/daily>"
    assert headers["List-Help"] == "<mailto:help@example.org>"
    assert headers["List-Unsubscribe"].endswith(", <mailto:leave@example.org?subject=a%2Cb>")
    assert headers["Feedback-ID"] == "f"


def test_no_list_header_becomes_an_encoded_word_for_being_long():
    long = {**GIVEN, "unsubscribe_url": "https://news.example.org/" + "u" * 300}
    lines = b"".join(header(name, value) for name, value in list_headers(**long))
    assert b"=?" not in lines


def test_a_name_beyond_ascii_is_encoded_beside_its_identifier():
    assert dict(list_headers(**{**GIVEN, "name": "Täglich"}))["List-Id"] == (
        "=?utf-8?q?T=C3=A4glich?= <daily.news.example.org>"
    )
    assert dict(list_headers(**{**GIVEN, "name": " "}))["List-Id"] == "<daily.news.example.org>"


@pytest.mark.parametrize(
    "url", ["javascript:x", "https://x/ y", "https://x/>", "https://x/ü", "/u/1", "https://x\r\ny"]
)
def test_a_url_that_cannot_stand_in_brackets_is_refused(url):
    with pytest.raises(InputError):
        list_headers(**{**GIVEN, "unsubscribe_url": url})


@pytest.mark.parametrize("list_id", ["", "daily", "a b.example.org", "<a.example.org>", "ü.example.org"])
def test_a_list_identifier_is_dotted_ascii(list_id):
    with pytest.raises(InputError):
        list_headers(**{**GIVEN, "list_id": list_id})


def test_a_feedback_id_has_four_fields_whatever_they_hold():
    assert feedback_id(issue="2026:05", publication="the daily", kind="issue", sender="news.example.org") == (
        "2026-05:the-daily:issue:news.example.org"
    )
