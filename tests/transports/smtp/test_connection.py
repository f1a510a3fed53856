"""Connections that break, close, talk nonsense or fall silent: what becomes of the messages on them."""

import threading

import pytest

from newsletter.mail.envelope import Accepted, Deferred
from newsletter.transports.smtp import Timeouts
from tests.parts.letters import kinds, letters
from tests.parts.scripted_smtp import EHLO, PLAIN_EHLO, Drop, answering
from tests.parts.witness import Notebook

BOTH = pytest.mark.parametrize("ehlo", [EHLO, PLAIN_EHLO], ids=["pipelining", "plain"])


@BOTH
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_final_dot_is_tried_again_on_another(start, ehlo, verb):
    def answer(session, said, line):
        if said == verb and session.number == 1 and session.count("MAIL") == 2:
            raise Drop
        return ehlo if said == "EHLO" else None

    server, client = start(answer)
    assert set(kinds(client.send(letters(4), Notebook())).values()) == {"Accepted"}
    assert sorted(server.recipients) == [f"r{n}@example.org" for n in range(1, 5)]
    assert len(server.sessions) == 2


@BOTH
def test_a_connection_lost_after_the_final_dot_leaves_that_message_unknown(start, ehlo):
    def answer(session, verb, line):
        if verb == "." and session.recipient == "r2@example.org":
            raise Drop
        return ehlo if verb == "EHLO" else None

    server, client = start(answer)
    notebook = Notebook()
    outcomes = client.send(letters(4), notebook)
    assert kinds(outcomes) == {1: "Accepted", 2: "Unknown", 3: "Accepted", 4: "Accepted"}
    assert ("wrote", 2) in notebook.lines
    assert not [line for line in notebook.lines if line[:2] == ("heard", 2)]
    assert "r2@example.org" not in server.recipients


def test_a_message_that_breaks_every_connection_is_unsent_after_two_tries(start):
    def answer(session, verb, line):
        if verb == "RCPT" and "<r2@" in line:
            raise Drop
        return

    _, client = start(answer)
    assert kinds(client.send(letters(4), Notebook())) == {1: "Accepted", 2: "Unsent", 3: "Accepted", 4: "Accepted"}


@BOTH
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_had_enough_gets_the_rest_over_another_connection(start, ehlo, verb):
    def answer(session, said, line):
        if said == verb and session.count("MAIL") == 3:
            return b"421 4.7.0 too many messages\r\n"
        return ehlo if said == "EHLO" else None

    server, client = start(answer)
    assert set(kinds(client.send(letters(5), Notebook())).values()) == {"Accepted"}
    assert [len(session.messages) for session in server.sessions] == [2, 2, 1]


@BOTH
def test_a_421_to_the_first_message_of_a_connection_defers_it(start, ehlo):
    _, client = start(answering(ehlo, mail=b"421 4.7.0 slow down\r\n"))
    outcomes = client.send(letters(1), Notebook())
    assert outcomes == {1: Deferred(421, "4.7.0", "421 4.7.0 slow down")}


@BOTH
def test_a_421_to_the_final_dot_defers_that_message_and_only_that(start, ehlo):
    def answer(session, verb, line):
        if verb == "." and session.recipient == "r2@example.org":
            return b"421 4.3.2 closing\r\n"
        return ehlo if verb == "EHLO" else None

    _, client = start(answer)
    assert kinds(client.send(letters(4), Notebook())) == {1: "Accepted", 2: "Deferred", 3: "Accepted", 4: "Accepted"}


@pytest.mark.parametrize(
    "reply", [b"hello\r\n", b"99\r\n", b"199 x\r\n", b"600 x\r\n", b"250x\r\n", b"354 go on\r\n", b"\xff\xfe\r\n"]
)
def test_nonsense_after_the_final_dot_leaves_the_message_unknown(start, reply):
    def answer(session, verb, line):
        return reply if verb == "." and session.number == 1 else None

    _, client = start(answer)
    assert kinds(client.send(letters(2), Notebook())) == {1: "Unknown", 2: "Accepted"}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("reply", [b"hello\r\n", b"399 x\r\n", b"250 a\r\n250 b\r\n250 c\r\n250 d\r\n250 e\r\n"])
def test_nonsense_before_the_final_dot_sends_the_message_over_another_connection(start, verb, reply):
    def answer(session, said, line):
        return reply if said == verb and session.number == 1 else None

    server, client = start(answer)
    assert kinds(client.send(letters(1), Notebook())) == {1: "Accepted"}
    assert len(server.messages) == 1


def test_an_endless_reply_line_is_capped(start):
    _, client = start(answering(dot=b"250 " + b"x" * 300_000 + b"\r\n"))
    outcome = client.send(letters(1), Notebook())[1]
    assert isinstance(outcome, Accepted) and len(outcome.reply) < 3000


def test_the_time_for_mail_begins_when_the_final_dot_before_it_was_answered(start):
    """With PIPELINING it was written long before; a server may take ten minutes over a message (RFC 5321 4.5.3.2.6)."""

    def answer(session, verb, line):
        if verb == "." and session.count(".") == 1:
            threading.Event().wait(1.5)
        elif verb == "MAIL" and session.count("MAIL") == 2:
            threading.Event().wait(0.1)
        return

    server, client = start(answer, timeouts=Timeouts(command=1.0))
    assert kinds(client.send(letters(3), Notebook())) == {1: "Accepted", 2: "Accepted", 3: "Accepted"}
    assert len(server.sessions) == 1


def test_a_reply_that_comes_octet_by_octet_and_never_ends_is_given_up(start):
    over = threading.Event()

    def answer(session, verb, line):
        for _ in range(1000 if verb == "." else 0):
            if over.wait(0.02):
                return
            server._sockets[session.number - 1].sendall(b"250-")
            server._sockets[session.number - 1].sendall(b"wait\r\n")
        return

    server, client = start(answer, timeouts=Timeouts(final_dot=0.2))
    assert kinds(client.send(letters(1), Notebook())) == {1: "Unknown"}
    over.set()


@pytest.mark.parametrize(
    ("verb", "timeouts", "wanted"),
    [
        ("MAIL", Timeouts(command=1.0), "Unsent"),
        ("RCPT", Timeouts(command=1.0), "Unsent"),
        ("DATA", Timeouts(data_command=0.1), "Unsent"),
        (".", Timeouts(final_dot=0.1), "Unknown"),
    ],
)
def test_a_server_that_falls_silent_is_given_up_after_the_time_of_that_phase(start, verb, timeouts, wanted):
    silent = []

    def answer(session, said, line):
        if said == verb:
            silent.append(session)
        return b"" if session in silent else None

    _, client = start(answer, timeouts=timeouts)
    assert kinds(client.send(letters(1), Notebook())) == {1: wanted}
