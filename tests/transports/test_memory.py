"""Mail that stays in memory."""

from newsletter.mail.envelope import Deferred, Envelope
from newsletter.transports.memory import MemoryTransport
from tests.parts.witness import Notebook


def letters(count: int) -> list[Envelope]:
    return [Envelope(n, "b@example.org", f"r{n}@example.org", b"x\r\n") for n in range(count)]


def test_what_is_sent_is_kept_and_witnessed():
    transport, notebook = MemoryTransport(), Notebook()
    outcomes = transport.send(iter(letters(2)), notebook)
    assert transport.envelopes == letters(2)
    assert [outcome.code for outcome in outcomes.values()] == [250, 250]
    assert notebook.lines == [("wrote", 0), ("heard", 0, "Accepted"), ("wrote", 1), ("heard", 1, "Accepted")]
    transport.close()


def test_a_script_may_defer_one():
    later = Deferred(451, "4.7.1", "later")
    transport = MemoryTransport(lambda envelope: later if envelope.delivery_id == 1 else MemoryTransport.kept)
    outcomes = transport.send(letters(3), Notebook())
    assert outcomes[1] == later
    assert [envelope.delivery_id for envelope in transport.envelopes] == [0, 2]
