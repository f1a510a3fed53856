"""The judge: class and reason from words and codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.reasons import PERMANENT, judge, reply_in
from newsletter.mail.report import Failure, Reason, ReportKind
from tests.mail.reasons.texts_of_mailboxes import SAID_TODAY
from tests.mail.reasons.texts_of_receivers import SAID_ANYWHERE, SAID_BY_RECEIVER
from tests.mail.reasons.texts_of_servers import NOT_ABOUT_THE_READER, SAID, SAID_BY


def failure(words: str, status: str = "", command: str = "", context: str = "", remote: str = "") -> Failure:
    return Failure("anna@example.org", words, status=status, command=command, context=context, remote=remote)


@pytest.mark.parametrize(("reason", "command", "words"), [*SAID, *SAID_ANYWHERE])
def test_a_servers_words_mean_their_reason(reason: str, command: str, words: str) -> None:
    judgement = judge(failure(words, command=command))
    assert judgement.reason == reason
    assert (judgement.kind is ReportKind.PERMANENT) == (judgement.reason in PERMANENT)


@pytest.mark.parametrize(("reason", "command", "words", "host"), [*SAID_BY, *SAID_BY_RECEIVER])
def test_a_providers_words_mean_their_reason(reason: str, command: str, words: str, host: str) -> None:
    assert judge(failure(words, command=command, remote=host)).reason == reason


@pytest.mark.parametrize("command", ["RCPT", "MAIL", "DATA", ""])
@pytest.mark.parametrize("words", NOT_ABOUT_THE_READER)
def test_words_about_somebody_else_condemn_no_address(words: str, command: str) -> None:
    assert judge(failure(words, command=command)).kind is ReportKind.TRANSIENT


def test_words_win_over_a_status_that_says_otherwise() -> None:
    assert judge(failure("550 5.7.1 IP address blacklisted by recipient", "5.1.1")).reason is Reason.BLOCKED


def test_an_exact_status_decides_when_the_words_say_nothing() -> None:
    assert judge(failure("550 nope", "5.1.1")).reason is Reason.USERUNKNOWN
    assert judge(failure("550 5.2.2 nope")).reason is Reason.MAILBOXFULL


def test_the_reporters_words_are_asked_after_the_servers() -> None:
    assert (
        judge(failure("", "5.0.0", context="the address couldn't be found: user unknown")).reason is Reason.USERUNKNOWN
    )
    assert judge(failure("550 mailbox full", "5.0.0", context="user unknown")).reason is Reason.MAILBOXFULL


def test_unknown_after_data_does_not_condemn_an_address() -> None:
    assert judge(failure("550 User unknown", command="DATA")).kind is ReportKind.TRANSIENT
    assert judge(failure("550 User unknown", command="RCPT")).kind is ReportKind.PERMANENT


def test_what_is_said_at_mail_is_about_the_sender() -> None:
    assert judge(failure("550 5.1.0 address does not exist", command="MAIL")).reason is Reason.REJECTED


def test_a_greeting_that_refuses_blocks_our_host() -> None:
    assert judge(failure("421 Service not available", command="CONN")).reason is Reason.BLOCKED


def test_a_name_that_does_not_resolve_now_is_not_unknown() -> None:
    assert judge(failure("Domain name not found", "4.0.0")).reason is Reason.NETWORKERROR
    assert judge(failure("Domain name not found", "5.0.0")).reason is Reason.HOSTUNKNOWN


def test_a_domain_that_takes_no_mail_now_is_transient() -> None:
    assert judge(failure("null MX", "4.0.0")).kind is ReportKind.TRANSIENT
    assert judge(failure("null MX", "5.0.0")).kind is ReportKind.PERMANENT


def test_a_providers_own_code_is_known_by_its_host() -> None:
    assert (
        judge(failure("554 email rejected due to security policies", remote="eu.mimecast.com")).reason
        is Reason.VIRUSDETECTED
    )
    assert judge(failure("554 email rejected due to security policies")).reason is Reason.POLICYVIOLATION


def test_a_reply_is_cut_out_of_the_words_around_it() -> None:
    words = "host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)"
    assert reply_in(words) == "550 5.1.1 User unknown "
    assert reply_in("connect to mx.example.org: refused") == ""


@pytest.mark.parametrize("code", range(400, 600))
def test_a_bare_code_never_condemns_an_address(code: int) -> None:
    judgement = judge(failure(str(code)))
    assert judgement.kind is ReportKind.TRANSIENT or judgement.reason is Reason.NOTACCEPT


@given(
    st.text(max_size=300),
    st.sampled_from(["", "RCPT", "DATA", "MAIL", "CONN"]),
    st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True),
)
def test_every_failure_gets_a_reason(words: str, command: str, status: str) -> None:
    judgement = judge(failure(words, status, command))
    assert isinstance(judgement.reason, Reason)
    assert judgement.kind in {ReportKind.PERMANENT, ReportKind.TRANSIENT}


def test_words_nobody_understands_are_on_hold_and_silence_is_undefined() -> None:
    assert judge(failure("550 xyzzy")).reason is Reason.ONHOLD
    assert judge(failure("", "5.0.0")).reason is Reason.UNDEFINED
    assert judge(Failure("anna@example.org", action="delayed")).reason is Reason.EXPIRED


@pytest.mark.parametrize(("kind", "reason", "command", "words"), SAID_TODAY)
def test_what_receivers_answer_today_is_understood(kind: str, reason: str, command: str, words: str) -> None:
    judgement = judge(failure(words, command=command))
    assert (judgement.kind, judgement.reason) == (kind, reason)


def test_the_table_of_todays_answers_is_large_and_speaks_of_every_reason_that_is_easily_mistaken() -> None:
    assert len(SAID_TODAY) >= 120
    assert {
        "blocked", "rejected", "policyviolation", "requireptr", "toomanyconn", "speeding", "exceedlimit", "mesgtoobig",
    } <= {reason for _, reason, _, _ in SAID_TODAY}  # fmt: skip
