"""Headers and messages, read back by the standard library's parser."""

import email
import email.headerregistry
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.mail.message import MessageTemplate, build_body, date_value, header, mailbox
from newsletter.mail.slots import Slot
from newsletter.mail.wire_safe import keeps_promise

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)
TOKENS = {Slot.UNSUBSCRIBE: b"u" * 24, Slot.CLICK: b"c" * 24, Slot.OPEN: b"o" * 24}


def parsed(*lines: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(b"".join(lines) + b"\r\n", policy=email.policy.default)


def test_a_short_header_is_one_line():
    assert header("Subject", "The first issue") == b"Subject: The first issue\r\n"


def test_a_long_header_is_folded_at_white_space_only():
    value = header("Subject", "word " * 40)
    assert max(map(len, value.split(b"\r\n"))) <= 76
    assert value.replace(b"\r\n ", b" ") == b"Subject: " + (b"word " * 40).strip() + b"\r\n"


def test_a_long_url_is_neither_broken_nor_encoded():
    url = f"<https://news.example.org/u/{'x' * 200}>, <mailto:leave@example.org>"
    value = header("List-Unsubscribe", url)
    assert b"=?" not in value
    assert value.split(b"\r\n") == [
        b"List-Unsubscribe: <https://news.example.org/u/" + b"x" * 200 + b">,",
        b" <mailto:leave@example.org>",
        b"",
    ]


@given(TEXT)
def test_any_subject_comes_back_as_it_was(text):
    value = header("Subject", text)
    assert value.isascii() and value.endswith(b"\r\n")
    assert all(len(line) <= 76 or b"=?" not in line for line in value.split(b"\r\n"))
    assert all(line.strip() for line in value.split(b"\r\n")[1:-1])
    if not text.isascii():
        assert parsed(value)["Subject"] == text.strip(" \t")


def test_a_subject_that_looks_like_an_encoded_word_is_protected():
    assert parsed(header("Subject", "what =?utf-8?q?this?= means"))["Subject"] == "what =?utf-8?q?this?= means"


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\0b", "a\x0bb", "a\x7fb", "\ud800"])
def test_a_line_break_or_control_character_is_refused_everywhere(evil):
    for make in (
        lambda: header("Subject", evil),
        lambda: header("To", evil),
        lambda: mailbox(evil, "a@example.org"),
        lambda: mailbox("Jane", f"{evil}@example.org"),
    ):
        with pytest.raises(InputError):
            make()


@pytest.mark.parametrize("name", ["", "Sub ject", "Subject:", "Sübject", "X\r\nY"])
def test_a_header_has_a_proper_name(name):
    with pytest.raises(InputError):
        header(name, "x")


def test_a_word_longer_than_any_line_is_refused():
    with pytest.raises(InputError):
        header("List-Archive", "<https://example.org/" + "x" * 1000 + ">")


def test_a_list_header_must_be_ascii():
    with pytest.raises(InputError):
        header("List-Archive", "<https://example.org/ü>")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("", "a@example.org"),
        ("  ", "a@example.org"),
        ("Jane Doe", "Jane Doe <a@example.org>"),
        ("Doe, Jane", '"Doe, Jane" <a@example.org>'),
        ('The "Daily" \\o/', '"The \\"Daily\\" \\\\o/" <a@example.org>'),
        ("J. Doe", '"J. Doe" <a@example.org>'),
        ("Jörg", "=?utf-8?q?J=C3=B6rg?= <a@example.org>"),
    ],
)
def test_a_display_name_is_quoted_or_encoded_where_it_must_be(name, wanted):
    assert mailbox(name, "a@example.org") == wanted


@given(TEXT)
def test_any_display_name_comes_back_and_never_becomes_a_second_address(name):
    value = header("From", mailbox(name, "a@example.org"))
    addresses = parsed(value)["From"].addresses
    assert [each.addr_spec for each in addresses] == ["a@example.org"]
    if name.isascii():
        assert addresses[0].display_name == " ".join(name.split())


def test_an_international_address_stands_raw_in_its_header():
    value = header("To", mailbox("Jörg", "jörg@example.org"))
    assert value.decode() == "To: =?utf-8?q?J=C3=B6rg?= <jörg@example.org>\r\n"


@pytest.mark.parametrize("address", ["", "a@b>", "<a@b", "a b@example.org", 'a"@example.org', "a@b,c@d"])
def test_an_address_that_ends_early_is_refused(address):
    with pytest.raises(InputError):
        mailbox("Jane", address)


def test_a_date_is_written_as_mail_writes_it():
    assert date_value(datetime(2026, 5, 9, 6, 0, tzinfo=UTC)) == "Sat, 09 May 2026 06:00:00 +0000"


def template(text: str = "Hello\n", html: str = "<p>Hello</p>\n") -> MessageTemplate:
    headers = [
        ("From", mailbox("The Daily", "news@example.org")),
        ("Subject", "Über alles Mögliche"),
        ("List-Unsubscribe", f"<https://news.example.org/u/{Slot.UNSUBSCRIBE}>"),
    ]
    return MessageTemplate(headers, build_body(text, html))


def test_a_composed_message_reads_back_with_its_own_tokens():
    made = template(f"leave: {Slot.UNSUBSCRIBE}\n", f"<a href='{Slot.CLICK}/1'>x</a><img src='{Slot.OPEN}'>")
    content = made.compose(
        to=b"jane@example.org", message_id=b"b.abc@example.org", slots=TOKENS, extra=b"X-Kind: test\r\n"
    )
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["To"] == "jane@example.org"
    assert message["Message-ID"] == "<b.abc@example.org>"
    assert message["Subject"] == "Über alles Mögliche"
    assert message["X-Kind"] == "test"
    assert message["List-Unsubscribe"] == f"<https://news.example.org/u/{'u' * 24}>"
    assert message["MIME-Version"] == "1.0"
    text, html = message.iter_parts()
    assert text.get_content().strip() == f"leave: {'u' * 24}"
    assert html.get_content().strip() == f"<a href='{'c' * 24}/1'>x</a><img src='{'o' * 24}'>"
    assert not message.defects


def test_a_composed_message_promises_to_be_safe_on_the_wire():
    letter = template(".\n..\nFrom here\n")
    assert letter.wire_safe
    assert keeps_promise(letter.compose(to=b"a@example.org", message_id=b"x@y", slots=TOKENS))


def test_headers_in_utf8_promise_nothing():
    letter = MessageTemplate([("From", "jörg@example.org")], build_body("text", "<p>text</p>"))
    assert not letter.wire_safe


@pytest.mark.parametrize("evil", [b"a@example.org\r\nBcc: b@example.org", b"a\nb", b"a\rb"])
def test_a_line_break_in_what_differs_per_reader_is_refused(evil):
    with pytest.raises(InputError):
        template().compose(to=evil, message_id=b"x@y", slots=TOKENS)
    with pytest.raises(InputError):
        template().compose(to=b"a@example.org", message_id=evil, slots=TOKENS)
