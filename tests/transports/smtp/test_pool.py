"""Connections as a stock: kept, shared, replaced, and given up when the way out is down."""

import threading

import pytest

from newsletter.errors import TransportError
from newsletter.transports.smtp import SmtpTransport, Timeouts
from tests.parts.letters import kinds, letter, letters
from tests.parts.scripted_smtp import EHLO, PLAIN_EHLO, Drop, ScriptedSmtp, answering
from tests.parts.witness import Notebook


def all_at_work(connections):
    """An answer's first line: holds back the first answers to content until so many connections have come as far."""
    barrier = threading.Barrier(connections)

    def meet(session, verb):
        if verb == "." and session.count(".") == 1 and session.number <= connections:
            barrier.wait(5)

    return meet


BOTH = pytest.mark.parametrize("ehlo", [EHLO, PLAIN_EHLO], ids=["pipelining", "plain"])


def test_connections_are_kept_between_calls(start):
    server, client = start(connections=2)
    for number in range(1, 6):
        client.send([letter(number)], Notebook())
    assert len(server.sessions) == 1
    client.close()
    assert server.sessions[0].heard("QUIT")


def test_a_connection_takes_its_share_and_says_goodbye(start):
    server, client = start(each=4)
    assert set(kinds(client.send(letters(10), Notebook())).values()) == {"Accepted"}
    assert [len(session.messages) for session in server.sessions] == [4, 4, 2]
    assert server.sessions[0].heard("QUIT")


def test_an_idle_connection_is_closed_politely(start):
    server, client = start(timeouts=Timeouts(idle=0.05))
    client.send(letters(1), Notebook())
    assert server.sessions[0].heard("QUIT")
    assert kinds(client.send([letter(2)], Notebook())) == {2: "Accepted"}


def test_two_threads_may_send_at_once(start):
    server, client = start(connections=2)
    results = []
    threads = [
        threading.Thread(
            target=lambda first=first: results.append(client.send([letter(first + n) for n in range(40)], Notebook()))
        )
        for first in (100, 200)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(len(outcomes) for outcomes in results) == [40, 40]
    assert len(set(server.recipients)) == 80


def test_a_server_that_breaks_every_connection_is_left_alone(start):
    def answer(session, verb, line):
        if verb == "MAIL":
            raise Drop
        return

    server, client = start(answer, connections=8, timeouts=Timeouts(restart=0.05))
    pulled = []

    def many():
        for envelope in letters(500):
            pulled.append(envelope.delivery_id)
            yield envelope

    outcomes = client.send(many(), Notebook())
    assert set(outcomes) == set(pulled)
    assert set(kinds(outcomes).values()) == {"Unsent"}
    assert not [number for number, outcome in outcomes.items() if outcome.counts]
    assert len(server.sessions) <= 16 and len(pulled) < 200


@BOTH
def test_a_server_that_breaks_all_connections_but_one_is_not_asked_again_and_again(start, ehlo):
    def answer(session, verb, line):
        if verb == "MAIL" and session.number > 1:
            works.wait(5)
            raise Drop
        if verb == ".":
            works.set()
            threading.Event().wait(0.005)
        return ehlo if verb == "EHLO" else None

    works = threading.Event()
    server, client = start(answer, connections=4)
    assert set(kinds(client.send(letters(60), Notebook())).values()) == {"Accepted"}
    assert len(server.sessions) <= 4


def test_a_server_that_hangs_up_after_each_message_costs_no_message_a_try(start):
    """Several connections: what one was offered when it broke may be offered on another that breaks the same way."""

    def answer(session, verb, line):
        if verb == "MAIL" and session.count(".") == 1:
            raise Drop
        return PLAIN_EHLO if verb == "EHLO" else None

    server, client = start(answer, connections=4)
    assert set(kinds(client.send(letters(60), Notebook())).values()) == {"Accepted"}
    assert len(server.messages) == 60


@BOTH
def test_kept_connections_that_all_went_stale_cost_no_message_a_try(start, ehlo):
    stale = set()

    def answer(session, verb, line):
        if verb == "MAIL" and session.number in stale:
            raise Drop
        meet(session, verb)
        return ehlo if verb == "EHLO" else None

    meet = all_at_work(4)
    server, client = start(answer, connections=4)
    assert set(kinds(client.send(letters(40), Notebook())).values()) == {"Accepted"}
    stale.update(session.number for session in server.sessions)
    assert len(stale) == 4
    assert kinds(client.send([letter(41)], Notebook())) == {41: "Accepted"}


@BOTH
@pytest.mark.parametrize("seconds", [0, 0.2], ids=["unnoticed", "noticed"])
@pytest.mark.parametrize(
    "end",
    [
        ScriptedSmtp.reset,
        lambda server: server.say_everywhere(b""),
        lambda server: server.say_everywhere(b"421 4.4.2 idle for too long\r\n"),
        lambda server: server.say_everywhere(b"what"),
    ],
    ids=["reset", "closed", "421", "nonsense"],
)
def test_a_connection_that_ends_while_it_rests_is_replaced_without_loss(start, ehlo, end, seconds):
    def answer(session, verb, line):
        meet(session, verb)
        return ehlo if verb == "EHLO" else None

    meet = all_at_work(2)
    server, client = start(answer, connections=2)
    assert set(kinds(client.send(letters(20), Notebook())).values()) == {"Accepted"}
    end(server)
    threading.Event().wait(seconds)
    notebook = Notebook()
    assert kinds(client.send([letter(21)], notebook)) == {21: "Accepted"}
    assert [line[0] for line in notebook.lines] == ["wrote", "heard"]
    assert len(server.messages) == 21


def test_a_refused_connection_is_a_transport_error_and_nothing_is_pulled(start):
    server, client = start()
    server.refuse()
    pulled = []
    with pytest.raises(TransportError, match="cannot connect"):
        client.send((pulled.append(1) or letter(n) for n in range(5)), Notebook())
    assert pulled == []


@pytest.mark.parametrize(
    "reply", [b"554 5.3.2 go away\r\n", b"421 4.3.2 busy\r\n", b"hello\r\n", b"250 x\r\n220 y\r\n"]
)
def test_an_unfriendly_greeting_is_a_transport_error(start, reply):
    _, client = start(answering(connect=reply))
    with pytest.raises(TransportError):
        client.send(letters(1), Notebook())


def test_a_silent_server_is_a_transport_error(start):
    _, client = start(answering(connect=b""), timeouts=Timeouts(greeting=0.1))
    with pytest.raises(TransportError, match="in time"):
        client.send(letters(1), Notebook())


def test_a_host_that_does_not_exist_is_a_transport_error():
    client = SmtpTransport.from_url("smtp://nowhere.invalid:25?tls=none")
    with pytest.raises(TransportError):
        client.send(letters(1), Notebook())
    client.close()


def test_a_server_that_goes_away_in_the_middle_leaves_the_rest_unpulled(start):
    pulled = []

    def answer(session, verb, line):
        if verb == "." and session.count(".") == 5:
            server.refuse()
            raise Drop
        return

    def many():
        for envelope in letters(1000):
            pulled.append(envelope.delivery_id)
            yield envelope

    server, client = start(answer)
    outcomes = client.send(many(), Notebook())
    assert set(outcomes) == set(pulled) and len(pulled) < 200
    assert [kinds(outcomes)[n] for n in range(1, 6)] == ["Accepted"] * 4 + ["Unknown"]
    assert {kinds(outcomes)[n] for n in pulled[5:]} == {"Unsent"}


def test_one_connection_too_many_does_no_harm(start):
    """A server that takes two connections and no more."""

    def answer(session, verb, line):
        return b"421 4.7.0 too many connections\r\n" if verb == "CONNECT" and session.number > 2 else None

    server, client = start(answer, connections=8)
    assert set(kinds(client.send(letters(200), Notebook())).values()) == {"Accepted"}
    assert len(server.messages) == 200
