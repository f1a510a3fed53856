"""Replies, whichever way their octets arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.envelope import Accepted, Deferred, Refused
from newsletter.transports.smtp.replies import MAX_LINE, MAX_LINES, ProtocolError, Reply, ReplyReader

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.encode)
REPLY = st.builds(Reply, st.integers(200, 599), st.lists(TEXT, min_size=1, max_size=4))


def wire(reply: Reply, line_end: bytes = b"\r\n") -> bytes:
    marks = [b"-"] * (len(reply.lines) - 1) + [b" "]
    return b"".join(
        b"%d%b%b%b" % (reply.code, mark, line, line_end) for mark, line in zip(marks, reply.lines, strict=True)
    )


@given(st.lists(REPLY, max_size=6), st.sampled_from([b"\r\n", b"\n"]), st.data())
def test_replies_cut_at_any_octets_are_the_same_replies(replies, line_end, data):
    octets = b"".join(wire(reply, line_end) for reply in replies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    reader = ReplyReader()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        found += reader.feed(octets[start:end])
    assert found == replies
    assert reader.empty


@given(st.binary(max_size=200))
def test_any_octets_are_replies_or_an_error_and_nothing_else(octets):
    try:
        for reply in ReplyReader().feed(octets):
            assert 200 <= reply.code <= 599
            assert isinstance(reply.text, str)
    except ProtocolError:
        pass


def test_a_reply_may_be_a_bare_code():
    assert ReplyReader().feed(b"250\r\n354 \r\n") == [Reply(250, [b""]), Reply(354, [b""])]


def test_an_endless_line_costs_no_memory_and_keeps_its_head():
    reader = ReplyReader()
    for _ in range(1000):
        assert reader.feed(b"250 " + b"x" * 4092) == []
        assert len(reader._rest) <= MAX_LINE
    [reply] = reader.feed(b"\r\n")
    assert reply.code == 250 and len(reply.lines[0]) < MAX_LINE


def test_an_endless_reply_keeps_its_first_lines():
    reader = ReplyReader()
    for _ in range(10 * MAX_LINES):
        assert reader.feed(b"250-x\r\n") == []
    [reply] = reader.feed(b"250 y\r\n")
    assert len(reply.lines) == MAX_LINES + 1


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(250, [b"2.0.0 kept"]), Accepted(250, "2.0.0", "250 2.0.0 kept")),
        (Reply(451, [b"4.7.1 later"]), Deferred(451, "4.7.1", "451 4.7.1 later")),
        (Reply(550, [b"no such user"]), Refused(550, "", "550 no such user")),
        (Reply(550, [b"5.1.1"]), Refused(550, "5.1.1", "550 5.1.1")),
        (Reply(550, [b"5.1.1 a", b"5.1.1 b"]), Refused(550, "5.1.1", "550 5.1.1 a\n550 5.1.1 b")),
        (Reply(550, [b"5.1.1.1 odd"]), Refused(550, "", "550 5.1.1.1 odd")),
        (Reply(550, [b"5.1.1 \xff"]), Refused(550, "5.1.1", "550 5.1.1 \\xff")),
    ],
)
def test_a_reply_is_an_outcome_with_its_words_verbatim(reply, outcome):
    assert reply.outcome("DOT") == outcome


def test_a_reply_that_asks_for_more_is_no_outcome():
    with pytest.raises(ProtocolError):
        Reply(354, [b"go on"]).outcome("DOT")
