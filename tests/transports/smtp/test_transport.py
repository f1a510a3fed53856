"""Messages that arrive, messages that are refused, and trouble on the caller's side."""

from collections import Counter

import pytest

from newsletter.bench.receivers import start_line
from newsletter.errors import InputError
from newsletter.mail.envelope import Accepted, Deferred, Envelope, Refused, Unknown, Unsent
from newsletter.mail.message import MessageTemplate, build_body, mailbox
from newsletter.mail.slots import Slot
from newsletter.transports.smtp import SmtpTransport
from tests.parts.letters import kinds, letter, letters
from tests.parts.scripted_smtp import EHLO, PLAIN_EHLO, answering
from tests.parts.witness import Notebook

BOTH = pytest.mark.parametrize("ehlo", [EHLO, PLAIN_EHLO], ids=["pipelining", "plain"])


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


def test_nothing_to_send_is_no_trouble(start):
    _, client = start()
    assert client.send([], Notebook()) == {}


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


def test_a_whole_edition_arrives_each_message_with_its_own_tokens(smtp_sink):
    body = build_body(f".\nGrüße {Slot.UNSUBSCRIBE}\n", f"<p>{Slot.CLICK}</p>" + "<p>long</p>" * 500)
    template = MessageTemplate([("From", mailbox("The Daily", "news@example.org")), ("Subject", "Über alles")], body)

    def compose():
        for number in range(100):
            token = b"%024d" % number
            to = f"r{number}@example.org"
            content = template.compose(
                to=to.encode(),
                message_id=b"%d@example.org" % number,
                slots={Slot.UNSUBSCRIBE: token, Slot.CLICK: token},
            )
            yield Envelope(number, "b+x@example.org", to, content)

    transport = SmtpTransport.from_url(smtp_sink.url, connections=4)
    outcomes = transport.send(compose(), Notebook())
    transport.close()
    assert len(outcomes) == 100
    assert {type(outcome).__name__ for outcome in outcomes.values()} == {"Accepted"}
    received = {rcpt_to: content for _, rcpt_to, content in smtp_sink.messages}
    assert received == {envelope.rcpt_to: bytes(envelope.content) for envelope in compose()}


def test_over_a_long_line_everything_arrives(smtp_sink):
    line = start_line(smtp_sink.port, round_trip=0.005)
    transport = SmtpTransport.from_url(f"smtp://127.0.0.1:{line.port}?tls=none", connections=8)
    letters = [
        Envelope(n, "b@example.org", f"r{n}@example.org", b"Subject: x\r\n\r\nHello\r\n" * 500) for n in range(80)
    ]
    outcomes = transport.send(letters, Notebook())
    transport.close()
    line.stop()
    assert {type(outcome).__name__ for outcome in outcomes.values()} == {"Accepted"}
    assert {rcpt_to for _, rcpt_to, _ in smtp_sink.messages} == {f"r{n}@example.org" for n in range(80)}


def test_a_message_too_large_is_refused_here(start):
    server, client = start(answering(EHLO.replace(b"SIZE 1000000", b"SIZE 500")))
    outcomes = client.send([letter(1, "x" * 600), letter(2)], Notebook())
    assert (outcomes[1].code, outcomes[1].status) == (552, "5.3.4")
    assert kinds(outcomes) == {1: "Refused", 2: "Accepted"}
    assert server.sessions[0].count("MAIL") == 1
    assert any(command.endswith(f"SIZE={len(letter(2).content)}") for command in server.sessions[0].commands)


def test_an_international_address_needs_a_server_that_knows_it(start):
    abroad = letter(1, to="jörg@example.org", smtputf8=True)
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
