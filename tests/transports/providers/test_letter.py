"""From finished MIME back to its parts."""

from __future__ import annotations

from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mail.envelope import Envelope
from newsletter.mail.message import MessageTemplate, build_body, mailbox
from newsletter.transports.providers.letter import BatchLetters, Mailbox


def item_of(content: bytes, rcpt_to: str = "ann@example.com") -> object:
    return BatchLetters().item(Envelope(1, "b+token@example.org", rcpt_to, content))


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=60)


@settings(max_examples=60)
@given(subject=_TEXT, name=_TEXT, text=_TEXT, html=_TEXT)
def test_what_was_composed_comes_back(subject: str, name: str, text: str, html: str) -> None:
    headers = [("From", mailbox(name, "notes@example.org")), ("Subject", subject), ("X-Kept", "as it is")]
    content = MessageTemplate(headers, build_body(text, html)).compose(
        to=mailbox(name, "ann@example.com").encode(), message_id=b"x@example.org", slots={}
    )
    item = BatchLetters().item(
        Envelope(1, "b+path@example.org", "ann@example.com", content, message_id="b.token@example.org")
    )
    letter = item.letter
    assert (letter.subject, letter.sender.address) == (subject, "notes@example.org")
    assert letter.sender.name == item.to.name == name
    assert (letter.text.rstrip("\n"), letter.html.rstrip("\n")) == (text, html)
    assert letter.headers == (("X-Kept", "as it is"),)
    assert item.token == "b-token"


def test_a_message_made_by_the_standard_library_is_read_too() -> None:
    message = EmailMessage()
    message["From"] = "Ann Ö. <ann@example.org>"
    message["Subject"] = "Grüße"
    message.set_content("Über\n", cte="base64")
    item = BatchLetters().item(Envelope(1, "", "bo@example.com", message.as_bytes()))
    assert (item.letter.subject, item.letter.text, item.letter.html) == ("Grüße", "Über\n", "")
    assert item.token == ""


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_random_octets_never_break_it(content: bytes) -> None:
    assert item_of(content)


def test_a_name_is_quoted_where_it_is_shown() -> None:
    assert Mailbox("a@b.example", 'Ann "Nick", Ö.').shown == '"Ann \\"Nick\\", Ö." <a@b.example>'
    assert Mailbox("a@b.example").shown == "a@b.example"
