"""Closing while messages are under way: each still has one outcome, nobody waits for ever, nothing is left open."""

import threading

import pytest

from newsletter.errors import TransportError
from newsletter.transports.smtp import Timeouts
from tests.parts.letters import kinds, letter, letters
from tests.parts.scripted_smtp import EHLO, PLAIN_EHLO
from tests.parts.witness import Notebook

BOTH = pytest.mark.parametrize("ehlo", [EHLO, PLAIN_EHLO], ids=["pipelining", "plain"])


class Sending:
    """A `send` in a thread of its own."""

    def __init__(self, client, envelopes):
        self.outcomes, self.error = {}, None
        self.notebook = Notebook()
        self._thread = threading.Thread(target=self._run, args=(client, envelopes), daemon=True)
        self._thread.start()

    def _run(self, client, envelopes):
        try:
            self.outcomes = client.send(envelopes, self.notebook)
        except TransportError as error:
            self.error = error

    def end(self):
        self._thread.join(10)
        assert not self._thread.is_alive(), "send() still waits"
        return self


def threads_of_ours():
    return [thread for thread in threading.enumerate() if thread.name.startswith("smtp") and thread.is_alive()]


@BOTH
def test_what_is_under_way_is_finished_and_the_server_is_told_goodbye(start, ehlo):
    reached = threading.Event()

    def answer(session, verb, line):
        if verb == ".":
            reached.set()
            threading.Event().wait(0.05)
        return ehlo if verb == "EHLO" else None

    server, client = start(answer, connections=3)
    sending = Sending(client, letters(1000))
    assert reached.wait(5)
    client.close()
    outcomes = sending.end().outcomes
    wrote = {line[1] for line in sending.notebook.lines if line[0] == "wrote"}
    assert wrote == {number for number, kind in kinds(outcomes).items() if kind == "Accepted"}
    assert wrote and len(outcomes) < 1000
    assert {kind for number, kind in kinds(outcomes).items() if number not in wrote} <= {"Unsent"}
    assert all(session.heard("QUIT") for session in server.sessions if session.messages)
    assert not threads_of_ours()


@BOTH
@pytest.mark.parametrize(
    ("verb", "wanted"), [("MAIL", "Unsent"), ("RCPT", "Unsent"), ("DATA", "Unsent"), (".", "Unknown")]
)
def test_a_silent_server_does_not_hold_closing_up(start, ehlo, verb, wanted):
    reached, over = threading.Event(), threading.Event()

    def answer(session, said, line):
        if said == verb:
            reached.set()
            over.wait(20)
        return ehlo if said == "EHLO" else None

    _, client = start(answer, timeouts=Timeouts(idle=0.1))
    sending = Sending(client, letters(1))
    assert reached.wait(5)
    client.close(within=0.5)
    assert kinds(sending.end().outcomes) == {1: wanted}
    assert not threads_of_ours()
    over.set()


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
def test_closing_while_a_connection_is_opened_ends_both(start, verb):
    reached, over = threading.Event(), threading.Event()

    def answer(session, said, line):
        if said == verb:
            reached.set()
            over.wait(20)
        return

    _, client = start(answer)
    sending = Sending(client, letters(1))
    assert reached.wait(5)
    client.close()
    assert "closed" in str(sending.end().error)
    assert not threads_of_ours()
    over.set()


def test_a_server_that_ignores_quit_does_not_hold_closing_up(start):
    over = threading.Event()
    _, client = start(lambda session, verb, line: (over.wait(20) and None) if verb == "QUIT" else None)
    client.send(letters(1), Notebook())
    client.close(within=0.5)
    assert not threads_of_ours()
    over.set()


def test_sending_and_closing_at_the_same_moment_never_leaves_anybody_waiting(start):
    _, client = start(connections=2)
    for number in range(1, 40):
        sending = Sending(client, [letter(number)])
        if number % 3:
            threading.Event().wait(number % 5 / 2000)
        client.close()
        sending.end()
        assert sending.error or set(sending.outcomes) == {number}
