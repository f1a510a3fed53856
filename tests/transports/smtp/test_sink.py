"""The client against a server written by others (aiosmtpd): composed messages arrive octet for octet."""

from newsletter.mail.envelope import Envelope
from newsletter.mail.message import MessageTemplate, build_body, mailbox
from newsletter.mail.slots import Slot
from newsletter.transports.smtp import SmtpTransport
from tests.parts.slow_line import SlowLine
from tests.parts.witness import Notebook


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
    line = SlowLine(smtp_sink.port, round_trip=0.005)
    transport = SmtpTransport.from_url(f"smtp://127.0.0.1:{line.port}?tls=none", connections=8)
    letters = [
        Envelope(n, "b@example.org", f"r{n}@example.org", b"Subject: x\r\n\r\nHello\r\n" * 500) for n in range(80)
    ]
    outcomes = transport.send(letters, Notebook())
    transport.close()
    line.stop()
    assert {type(outcome).__name__ for outcome in outcomes.values()} == {"Accepted"}
    assert {rcpt_to for _, rcpt_to, _ in smtp_sink.messages} == {f"r{n}@example.org" for n in range(80)}
