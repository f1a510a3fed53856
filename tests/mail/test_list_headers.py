"""List headers: what stands in them, and what may not."""

import pytest

from newsletter.errors import InputError
from newsletter.mail.list_headers import feedback_id, list_headers, sender_id
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


def test_one_click_is_promised_beside_an_https_address_only():
    plain = {**GIVEN, "unsubscribe_url": f"http://127.0.0.1:8000/u/{Slot.UNSUBSCRIBE}"}
    assert "List-Unsubscribe-Post" not in dict(list_headers(**plain))


def test_a_feedback_id_has_four_fields_whatever_they_hold():
    said = feedback_id(issue="2026:05", publication="the daily", kind="issue", sender="news.example.org")
    assert said == f"the-daily-2026-05:the-daily:issue:{sender_id('news.example.org')}"


def test_two_dailies_of_one_domain_share_nothing_but_their_kind_and_sender():
    one, two = (
        feedback_id(issue="2026-05-09", publication=name, kind="issue", sender="example.org").split(":")
        for name in ("morning", "evening")
    )
    assert one[:2] != two[:2] and one[0] != two[0] and one[2:] == two[2:]


def test_long_names_that_differ_at_their_end_stay_different():
    ids = {feedback_id(issue=day, publication="p" * 120, kind="issue", sender="e.org") for day in ("a", "b")}
    assert len(ids) == 2 and all(len(field) <= 60 for each in ids for field in each.split(":"))


@pytest.mark.parametrize(
    "domain", ["a.io", "news.example.org", "a-very-long-domain-name." * 8 + "example", "ü.example"]
)
def test_a_sender_is_5_to_15_characters_and_the_same_for_ever(domain):
    """https://support.google.com/a/answer/6254652"""
    assert 5 <= len(sender_id(domain)) <= 15 and sender_id(domain) == sender_id(domain.upper())
    assert sender_id("news.example.org") == "gjlnn63foy"
