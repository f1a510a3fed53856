"""Whom a refusal is about: row by row of the table, and what is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newsletter.mail.envelope import Deferred, Refused
from newsletter.mail.refusals import CALL, HANDSHAKE, STAGES, About, RefusalRow, table, verdict

_CODE = re.compile(r"(\d{3}) (?:([245]\.\d{1,3}\.\d{1,3}) )?")
DOCS = Path(__file__).parents[3] / "docs" / "sending.md"


def answer(words: str, at: str) -> Refused | Deferred:
    """The answer that a server gives in these words."""
    read = _CODE.match(words)
    assert read is not None
    kind = Deferred if words.startswith("4") and at in STAGES else Refused
    return kind(int(read[1]), read[2] or "", words, at)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_an_example_is_read_by_its_row_and_by_none_before_it(row: RefusalRow) -> None:
    for at in row.at:
        found = verdict(answer(row.example, at))
        assert (found.key, found.about, found.sure) == (row.name, row.about, row.sure), at


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_every_row_names_its_source_and_stands_in_the_documentation(row: RefusalRow) -> None:
    assert re.match(r"RFC \d|https://", row.source)
    subject = row.about.value + (", for certain" if row.sure else "")
    at = "any" if row.at == STAGES else ", ".join(row.at) if len(row.at) < 5 else "every provider"
    line = f"| {row.name} | {at} | `{row.example}` | {subject} | {row.source} |"
    assert line in DOCS.read_text("utf-8"), f"docs/sending.md lacks:\n{line}"


@pytest.mark.parametrize(
    ("said", "at", "about"),
    [
        ("530 5.7.0 Authentication required", "MAIL", About.WAY),
        ("530 5.7.1 Must issue a STARTTLS command first", "MAIL", About.WAY),
        ("550 5.4.5 Daily sending quota exceeded. For more information on Gmail sending limits", "DOT", About.WAY),
        ("452 4.5.3 Your message has too many recipients", "RCPT", About.READER),
        ("552 5.2.2 The email account that you tried to reach is over quota", "RCPT", About.READER),
        ("452 4.2.2 The recipient's inbox is out of storage space, quota exceeded", "RCPT", About.READER),
        ("550 5.2.1 The user's account is suspended", "RCPT", About.READER),
        ("550 5.2.1 Mailbox disabled, recipient account suspended", "RCPT", About.READER),
        ("550 5.7.1 Sending suspended", "DOT", About.WAY),
        ("550 Sending from this domain is paused", "DOT", About.WAY),
        ("553 5.7.1 <a@news.example>: Sender address rejected: not owned by user relay", "RCPT", About.SENDER),
        ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "DOT", About.SENDER),
        ("550 The from address does not match a verified Sender Identity.", "DOT", About.SENDER),
        ("530 From/Sender domain is not verified for this workspace.", "DOT", About.SENDER),
        ("454 4.7.1 <reader@a.example>: Relay access denied", "RCPT", About.WAY),
        ("550 relay not permitted", "RCPT", About.WAY),
        ("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "RCPT", About.WAY),
        ("550 5.1.1 <reader@a.example>: Recipient address rejected: User unknown", "RCPT", About.READER),
        ("550 5.1.1 user unknown", "MAIL", About.SENDER),
        ("550 5.4.1 Recipient address rejected: Access denied", "RCPT", About.READER),
        ("451 4.7.1 Greylisted, try again in five minutes", "RCPT", About.READER),
        ("421 4.7.0 Try again later, closing connection", "MAIL", About.READER),
        ("554 5.0.0 Transaction failed", "DOT", About.UNCLEAR),
        ("550 5.7.1 message rejected due to local policy", "RCPT", About.SENDER),
        ("550 5.7.1 this message looks like spam", "DOT", About.MESSAGE),
        ("552 5.3.4 Message size exceeds fixed limit", "MAIL", About.MESSAGE),
        ("553 5.6.7 the server takes no address that is not ASCII", "MAIL", About.READER),
    ],
)
def test_words_of_servers_as_they_are_known(said: str, at: str, about: About) -> None:
    assert verdict(answer(said, at)).about is about


def test_what_is_refused_to_the_whole_of_a_call_or_connection_names_no_reader() -> None:
    unheard_of = Refused(400, "", "400 the moon is in the wrong house for recipient", "mailgun" + CALL)
    assert (verdict(unheard_of).about, verdict(unheard_of).sure) == (About.UNCLEAR, True)
    assert verdict(Refused(535, "5.7.8", "535 5.7.8 no", HANDSHAKE)).about is About.WAY


def test_an_answer_that_repeats_the_address_of_a_reader_is_read_by_what_else_it_says() -> None:
    for address in ("daily.quota@a.example", "relay.denied@a.example", "suspended@a.example", "spf@a.example"):
        said = f"550 5.1.1 <{address}>: Recipient address rejected: User unknown in local recipient table"
        assert verdict(answer(said, "RCPT")).about is About.READER, address
