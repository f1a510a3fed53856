"""The client against a server that misbehaves in every way: the right outcome for each message, and nothing lost."""

import threading
from collections import Counter

import pytest

from newsletter.errors import InputError, TransportError
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Refused, Unknown, Unsent
from newsletter.transports.smtp import SmtpTransport, Timeouts
from tests.parts.scripted_smtp import EHLO, Drop, ScriptedSmtp
from tests.parts.witness import Notebook

PLAIN_EHLO = EHLO.replace(b"250-PIPELINING\r\n", b"")
BOTH = pytest.mark.parametrize("ehlo", [EHLO, PLAIN_EHLO], ids=["pipelining", "plain"])


def letter(number: int, text: str = "Hello\r\n", **more) -> Envelope:
    to = more.pop("rcpt_to", f"r{number}@example.org")
    return Envelope(number, "b+x@news.example.org", to, f"To: {to}\r\n\r\n{text}".encode(), **more)


def letters(count: int) -> list[Envelope]:
    return [letter(number) for number in range(1, count + 1)]


def kinds(outcomes) -> dict[int, str]:
    return {number: type(outcome).__name__ for number, outcome in sorted(outcomes.items())}


@pytest.fixture
def start():
    """Start a scripted server and a client for it; both are stopped at the end."""
    parts = []

    def run(answer=None, *, url="tls=none", credentials="", connections=1, each=1000, timeouts=None, **server_options):
        server = ScriptedSmtp(answer, **server_options)
        client = SmtpTransport.from_url(
            server.url(url, credentials), connections=connections, messages_per_connection=each, timeouts=timeouts
        )
        parts.extend((client.close, server.stop))
        return server, client

    yield run
    for stop in parts:
        stop()


def answering(ehlo: bytes = EHLO, **replies: bytes):
    """Answers by verb (`dot` for the final dot); the polite one for all else."""
    table = {"EHLO": ehlo, **{verb.upper() if verb != "dot" else ".": reply for verb, reply in replies.items()}}
    return lambda session, verb, line: table.get(verb)


# The way things go.


@BOTH
def test_every_message_arrives_once_and_unchanged(start, ehlo):
    server, client = start(answering(ehlo), connections=3)
    notebook = Notebook()
    outcomes = client.send(letters(50), notebook)
    assert set(kinds(outcomes).values()) == {"Accepted"} and len(outcomes) == 50
    assert Counter(server.recipients) == Counter(f"r{n}@example.org" for n in range(1, 51))
    assert sorted(server.messages) == sorted(envelope.content for envelope in letters(50))
    assert Counter(line[0] for line in notebook.lines) == {"wrote": 50, "heard": 50}


def test_replies_in_single_octets_are_understood(start):
    server, client = start(pieces=1, connections=2)
    assert set(kinds(client.send(letters(10), Notebook())).values()) == {"Accepted"}
    assert len(server.messages) == 10


def test_the_reply_is_kept_verbatim(start):
    _, client = start(answering(dot=b"250-2.0.0 kept\r\n250 2.0.0 as 42\r\n"))
    assert client.send(letters(1), Notebook()) == {1: Accepted(250, "2.0.0", "250 2.0.0 kept\n250 2.0.0 as 42")}


def test_one_message_at_a_time_is_between_its_dot_and_the_reply(start):
    _, client = start()
    notebook = Notebook()
    client.send(letters(20), notebook)
    assert [line[0] for line in notebook.lines] == ["wrote", "heard"] * 20


def test_with_pipelining_the_next_message_is_offered_before_the_reply_to_the_last(start):
    seen = []

    def answer(session, verb, line):
        if verb == ".":
            seen.append(session.count("MAIL"))
        return

    server, client = start(answer)
    client.send(letters(5), Notebook())
    # Commands are read one by one here, so order is all there is to see: no RSET, and one group for each message.
    assert server.sessions[0].commands.count("RSET") == 0
    assert seen == [1, 2, 3, 4, 5]


def test_dots_at_the_head_of_a_line_arrive_as_they_were(start):
    server, client = start()
    text = ".\r\n..\r\n.a\r\nb.\r\n"
    client.send([letter(1, text)], Notebook())
    assert server.messages[0].endswith(text.encode())


def test_a_bare_line_feed_cannot_smuggle_a_second_message(start):
    server, client = start()
    client.send([letter(1, "a\n.\r\nMAIL FROM:<x@example.org>\r\nb\r.\r\nc")], Notebook())
    assert len(server.messages) == 1
    assert server.sessions[0].count("MAIL") == 1


def test_connections_are_kept_between_calls(start):
    server, client = start(connections=2)
    for number in range(1, 6):
        client.send([letter(number)], Notebook())
    assert len(server.sessions) == 1
    client.close()
    assert server.sessions[0].commands[-1] == "QUIT"


def test_a_connection_takes_its_share_and_says_goodbye(start):
    server, client = start(each=4)
    assert set(kinds(client.send(letters(10), Notebook())).values()) == {"Accepted"}
    assert [len(session.messages) for session in server.sessions] == [4, 4, 2]
    assert server.sessions[0].commands[-1] == "QUIT"


def test_an_idle_connection_is_closed_politely(start):
    server, client = start(timeouts=Timeouts(idle=0.05))
    client.send(letters(1), Notebook())
    said = server.sessions[0].commands
    for _ in range(200):
        if said[-1] == "QUIT":
            break
        threading.Event().wait(0.01)
    assert said[-1] == "QUIT"
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


def test_nothing_to_send_is_no_trouble(start):
    _, client = start()
    assert client.send([], Notebook()) == {}


# Refusals.


@BOTH
@pytest.mark.parametrize(
    ("replies", "wanted"),
    [
        ({"mail": b"451 4.7.1 slow down\r\n"}, Deferred(451, "4.7.1", "451 4.7.1 slow down")),
        ({"mail": b"550 5.7.1 no\r\n"}, Refused(550, "5.7.1", "550 5.7.1 no")),
        ({"rcpt": b"450 later\r\n"}, Deferred(450, "", "450 later")),
        ({"rcpt": b"550 5.1.1 unknown\r\n"}, Refused(550, "5.1.1", "550 5.1.1 unknown")),
        ({"data": b"451 4.3.0 not now\r\n"}, Deferred(451, "4.3.0", "451 4.3.0 not now")),
        ({"data": b"554 5.5.1 no\r\n"}, Refused(554, "5.5.1", "554 5.5.1 no")),
        ({"dot": b"452 4.3.1 full\r\n"}, Deferred(452, "4.3.1", "452 4.3.1 full")),
        ({"dot": b"554 5.6.0 bad\r\n"}, Refused(554, "5.6.0", "554 5.6.0 bad")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_refused_message_leaves_the_others_alone(start, ehlo, replies, wanted):
    polite = answering(ehlo)
    nasty = answering(ehlo, **replies)

    def answer(session, verb, line):
        # The second message of three is the one refused.
        return nasty(session, verb, line) if session.count("MAIL") == 2 else polite(session, verb, line)

    server, client = start(answer)
    outcomes = client.send(letters(3), Notebook())
    assert outcomes[2] == wanted
    assert kinds(outcomes) == {1: "Accepted", 2: type(wanted).__name__, 3: "Accepted"}
    assert set(server.recipients) == {"r1@example.org", "r3@example.org"}
    assert len(server.sessions) == 1


def test_data_accepted_without_a_recipient_is_ended_by_a_lone_dot(start):
    def answer(session, verb, line):
        if session.recipient == "r2@example.org":
            return {
                "RCPT": b"550 5.1.1 unknown\r\n",
                "DATA": b"354 go on\r\n",
                ".": b"554 5.5.1 no valid recipients\r\n",
            }.get(verb)
        return None

    server, client = start(answer)
    notebook = Notebook()
    outcomes = client.send(letters(3), notebook)
    assert outcomes[2] == Refused(550, "5.1.1", "550 5.1.1 unknown")
    assert kinds(outcomes) == {1: "Accepted", 2: "Refused", 3: "Accepted"}
    assert ("wrote", 2) not in notebook.lines
    assert len(server.messages) == 2


def test_data_accepted_after_mail_was_refused_and_rcpt_taken_sends_nothing(start):
    def answer(session, verb, line):
        return {"MAIL": b"450 4.7.1 no\r\n", "RCPT": b"250 ok\r\n", "DATA": b"354 go on\r\n"}.get(verb)

    server, client = start(answer)
    outcomes = client.send(letters(1), Notebook())
    assert kinds(outcomes) == {1: "Unsent"}
    assert server.messages == []


# What is refused before a word is said.


def test_a_message_too_large_is_refused_here(start):
    server, client = start(answering(EHLO.replace(b"SIZE 1000000", b"SIZE 500")))
    outcomes = client.send([letter(1, "x" * 600), letter(2)], Notebook())
    assert (outcomes[1].code, outcomes[1].status) == (552, "5.3.4")
    assert kinds(outcomes) == {1: "Refused", 2: "Accepted"}
    assert server.sessions[0].count("MAIL") == 1
    assert any(command.endswith(f"SIZE={len(letter(2).content)}") for command in server.sessions[0].commands)


def test_an_international_address_needs_a_server_that_knows_it(start):
    abroad = letter(1, rcpt_to="jörg@example.org", smtputf8=True)
    server, client = start()
    assert kinds(client.send([abroad], Notebook())) == {1: "Accepted"}
    assert "SMTPUTF8" in next(command for command in server.sessions[0].commands if command.startswith("MAIL"))
    _, client = start(answering(EHLO.replace(b"250-SMTPUTF8\r\n", b"")))
    refused = client.send([abroad], Notebook())[1]
    assert (refused.code, refused.status) == (550, "5.6.7")


def test_octets_with_eight_bits_need_a_server_that_takes_them(start):
    server, client = start()
    assert kinds(client.send([letter(1, "Grüße\r\n")], Notebook())) == {1: "Accepted"}
    assert "BODY=8BITMIME" in next(command for command in server.sessions[0].commands if command.startswith("MAIL"))
    _, client = start(answering(EHLO.replace(b"250-8BITMIME\r\n", b"")))
    assert client.send([letter(1, "Grüße\r\n")], Notebook())[1].status == "5.6.3"


@pytest.mark.parametrize("address", ["", "a", "a@b\r\nRCPT TO:<c@d>", "a@b>", "<a@b", "a b@c", "a@b c"])
def test_an_address_that_would_end_the_command_is_refused_here(start, address):
    server, client = start()
    outcomes = client.send([Envelope(1, "x@example.org", address, b"x\r\n"), letter(2)], Notebook())
    assert kinds(outcomes) == {1: "Refused", 2: "Accepted"}
    assert server.sessions[0].count("RCPT") == 1


def test_an_empty_return_path_is_allowed(start):
    server, client = start()
    client.send([Envelope(1, "", "a@example.org", b"To: a@example.org\r\n\r\nx\r\n")], Notebook())
    assert server.sessions[0].commands[1].startswith("MAIL FROM:<>")


# Lost connections.


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


def test_a_server_that_breaks_every_connection_is_left_alone(start):
    def answer(session, verb, line):
        if verb == "MAIL":
            raise Drop
        return

    server, client = start(answer)
    pulled = []

    def many():
        for envelope in letters(500):
            pulled.append(envelope.delivery_id)
            yield envelope

    outcomes = client.send(many(), Notebook())
    assert set(outcomes) == set(pulled)
    assert set(kinds(outcomes).values()) == {"Unsent"}
    assert len(server.sessions) <= 4 and len(pulled) < 200


def test_a_stale_connection_is_replaced_without_loss(start):
    gone = threading.Event()

    def answer(session, verb, line):
        if session.number == 1 and verb == "." and session.count("MAIL") == 1:
            gone.set()
        return

    server, client = start(answer)
    client.send(letters(1), Notebook())
    assert gone.wait(5)
    for connection in server._sockets:
        connection.shutdown(2)
    assert kinds(client.send([letter(2)], Notebook())) == {2: "Accepted"}


# 421.


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


# Nonsense.


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


# Silence.


@pytest.mark.parametrize(
    ("verb", "timeouts", "wanted"),
    [
        ("MAIL", Timeouts(command=0.1), "Unsent"),
        ("RCPT", Timeouts(command=0.1), "Unsent"),
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


# The way out is down.


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


# The caller's own trouble.


def test_an_exception_of_the_generator_reaches_the_caller_after_the_wire_is_settled(start):
    server, client = start()
    notebook = Notebook()

    def broken():
        yield letter(1)
        yield letter(2)
        raise LookupError("the database is gone")

    with pytest.raises(LookupError):
        client.send(broken(), notebook)
    wrote = [line[1] for line in notebook.lines if line[0] == "wrote"]
    heard = [line[1] for line in notebook.lines if line[0] == "heard"]
    assert wrote == heard
    assert len(server.messages) == len(heard)
    assert kinds(client.send([letter(3)], Notebook())) == {3: "Accepted"}


def test_a_witness_that_cannot_write_stops_the_sending_before_the_dot(start):
    class Full(Notebook):
        def wrote(self, delivery_id):
            if delivery_id == 3:
                raise OSError("no space left")
            super().wrote(delivery_id)

    server, client = start()
    with pytest.raises(OSError, match="no space"):
        client.send(letters(10), Full())
    assert sorted(server.recipients) == ["r1@example.org", "r2@example.org"]


def test_a_url_that_cannot_be_read_is_an_input_error():
    with pytest.raises(InputError):
        SmtpTransport.from_url("smtp://")


def test_a_server_without_ehlo_is_greeted_the_old_way(start):
    server, client = start(answering(b"502 5.5.1 what?\r\n"))
    assert kinds(client.send(letters(2), Notebook())) == {1: "Accepted", 2: "Accepted"}
    assert [command.split(" ")[0] for command in server.sessions[0].commands[:2]] == ["EHLO", "HELO"]


def test_every_outcome_is_one_of_the_five(start):
    _, client = start()
    outcomes = client.send(letters(3), Notebook())
    assert all(isinstance(each, Accepted | Deferred | Refused | Unknown | Unsent) for each in outcomes.values())
