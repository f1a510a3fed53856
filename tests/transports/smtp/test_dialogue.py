"""The state machine on paper: any mix of refusals, any cut of the octets, with and without PIPELINING."""

import contextlib
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mail.envelope import Envelope, Outcome
from newsletter.transports.smtp.capabilities import Capabilities
from newsletter.transports.smtp.dialogue import Dialogue
from newsletter.transports.smtp.replies import ProtocolError
from newsletter.transports.smtp.timeouts import Timeouts

REPLIES = {
    "accepted": {},
    "mail deferred": {"MAIL": b"451 4.7.1 x"},
    "mail refused": {"MAIL": b"550 5.7.1 x"},
    "rcpt deferred": {"RCPT": b"450 4.2.1 x"},
    "rcpt refused, data refused": {"RCPT": b"550 5.1.1 x", "DATA": b"554 5.5.1 x"},
    "rcpt refused, data accepted": {"RCPT": b"550 5.1.1 x", "DATA": b"354 x", ".": b"554 x"},
    "rcpt refused, empty message accepted": {"RCPT": b"450 x", "DATA": b"354 x", ".": b"250 x"},
    "data deferred": {"DATA": b"451 x"},
    "data refused": {"DATA": b"554 x"},
    "dot deferred": {".": b"452 x"},
    "dot refused": {".": b"554-x\r\n554 y"},
}
OUTCOME = {"accepted": "Accepted", "deferred": "Deferred", "refused": "Refused"}
PLAN = st.lists(st.sampled_from(sorted(REPLIES)), min_size=1, max_size=8)


def wanted(fate: str) -> str:
    return {"rcpt refused, empty message accepted": "Deferred"}.get(fate) or OUTCOME[
        fate.split(",", maxsplit=1)[0].rsplit(maxsplit=1)[-1]
    ]


class PaperPassage:
    """What the dialogue needs to know of a passage, and what it did with it."""

    def __init__(self, paper: "Paper", number: int) -> None:
        self.envelope = Envelope(number, "b@example.org", f"r{number}@example.org", b"content %d\r\n" % number)
        self.paper = paper

    def wrote(self) -> bool:
        self.paper.events.append(("wrote", self.envelope.delivery_id))
        return True

    def settle(self, outcome: Outcome, *, heard: bool) -> None:
        self.paper.events.append(("heard" if heard else "settled", self.envelope.delivery_id))
        self.paper.outcomes[self.envelope.delivery_id] = type(outcome).__name__

    def give_back(self, why: str, *, blamed: bool) -> None:
        self.paper.given_back.append(self.envelope.delivery_id)
        self.paper.blamed = blamed


class Paper:
    """Source of messages and strict server in one: a client that breaks the rules fails here."""

    def __init__(self, plan: list[str], *, pipelining: bool) -> None:
        self.plan = plan
        self.pipelining = pipelining
        self.waiting = deque(range(len(plan)))
        self.events: list[tuple[str, int]] = []
        self.outcomes: dict[int, str] = {}
        self.given_back: list[int] = []
        self.blamed = False  # whether the one given back last may be why the connection broke
        self.kept: list[bytes] = []
        self._rest = b""
        self._stage = ""
        self._fate: dict[str, bytes] = {}
        self._valid = False

    def take(self) -> PaperPassage | None:
        return PaperPassage(self, self.waiting.popleft()) if self.waiting else None

    def answer(self, octets: bytes) -> bytes:
        """Feed the server what the client wrote; return its replies."""
        self._rest += octets
        replies = []
        while b"\r\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\r\n")
            said = self._line(line)
            if said:
                replies.append(said + b"\r\n")
                assert self.pipelining or not self._rest, "spoke before the reply"
        return b"".join(replies)

    def _line(self, line: bytes) -> bytes:
        if self._stage == "content":
            return self._content(line)
        verb = line.split(b" ")[0].decode()
        if verb == "MAIL":
            assert self._stage == "", "nested MAIL"
            return self._moved("MAIL", "250 ok", line)
        if verb == "RCPT":
            number = int(line.partition(b"<r")[2].partition(b"@")[0])
            self._fate = REPLIES[self.plan[number]]
            if self._stage != "MAIL":
                return b"503 no MAIL"
            return self._moved("RCPT", "250 ok", line)
        if verb == "DATA":
            said = self._fate.get("DATA", b"354 go on" if self._stage == "RCPT" else b"503 no recipients")
            self._valid = self._stage == "RCPT"
            self._stage = "content" if said.startswith(b"354") else self._stage
            return said
        assert verb in ("RSET", "QUIT")
        self._stage = ""
        return b"250 ok" if verb == "RSET" else b"221 bye"

    def _moved(self, verb: str, polite: str, line: bytes) -> bytes:
        fate = self._fate
        if verb == "MAIL":
            fate = REPLIES[self.plan[self._next_number]]
        said = fate.get(verb, polite.encode())
        if said.startswith(b"2"):
            self._stage = verb
        return said

    @property
    def _next_number(self) -> int:
        """Which message a MAIL is about: they come in order."""
        self._seen = getattr(self, "_seen", -1) + 1
        return self._seen

    def _content(self, line: bytes) -> bytes:
        if line != b".":
            assert self._valid, "content without a recipient"
            self.kept.append(line)
            return b""
        said = self._fate.get(".", b"250 2.0.0 kept")
        if self._valid and not said.startswith(b"250"):
            self.kept.pop()
        self._stage = ""
        return said


def run(plan: list[str], *, pipelining: bool, cuts: list[int], most: int = 100) -> tuple[Paper, Dialogue, int]:
    """Play a plan to its end; return the paper, the dialogue and the number of writes."""
    paper = Paper(plan, pipelining=pipelining)
    dialogue = Dialogue(Capabilities(pipelining=pipelining), paper, most)
    written, writes, turn = b"".join(dialogue.begin()), 1, 0
    while written:
        replies, written = paper.answer(written), b""
        position = 0
        while position < len(replies):
            step = cuts[turn % len(cuts)]
            written += b"".join(dialogue.receive(replies[position : position + step]))
            position, turn = position + step, turn + 1
        writes += bool(written)
    return paper, dialogue, writes


@settings(max_examples=150)
@given(PLAN, st.booleans(), st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_every_message_gets_its_own_outcome_whatever_happens_to_the_others(plan, pipelining, cuts):
    paper, dialogue, _ = run(plan, pipelining=pipelining, cuts=cuts)
    assert paper.outcomes == {number: wanted(fate) for number, fate in enumerate(plan)}
    assert paper.kept == [b"content %d" % number for number, fate in enumerate(plan) if fate == "accepted"]
    assert dialogue.resting and not paper.given_back


@settings(max_examples=50)
@given(PLAN, st.booleans())
def test_one_message_at_a_time_is_between_its_dot_and_its_reply(plan, pipelining):
    paper, _, _ = run(plan, pipelining=pipelining, cuts=[1000])
    open_now = 0
    for event, _ in paper.events:
        open_now += {"wrote": 1, "heard": -1 if open_now else 0}.get(event, 0)
        assert open_now <= 1


@pytest.mark.parametrize(("pipelining", "writes"), [(True, 11), (False, 40)])
def test_a_message_costs_one_write_with_pipelining_and_four_without(pipelining, writes):
    assert run(["accepted"] * 10, pipelining=pipelining, cuts=[1000])[2] == writes


@pytest.mark.parametrize("pipelining", [True, False])
def test_after_its_share_of_messages_a_connection_says_goodbye(pipelining):
    paper, dialogue, _ = run(["accepted"] * 5, pipelining=pipelining, cuts=[1000], most=3)
    assert len(paper.kept) == 3 and list(paper.waiting) == [3, 4]
    assert dialogue.leaving and dialogue.over and not dialogue.resting


@settings(max_examples=80)
@given(PLAN, st.booleans(), st.integers(0, 400))
def test_a_connection_lost_at_any_octet_settles_or_gives_back_every_message(plan, pipelining, octets):
    paper = Paper(plan, pipelining=pipelining)
    dialogue = Dialogue(Capabilities(pipelining=pipelining), paper, 100)
    written = b"".join(dialogue.begin())
    left = octets
    while written and left > 0:
        replies = paper.answer(written)[:left]
        left -= len(replies)
        written = b"".join(dialogue.receive(replies))
    dialogue.lost("gone")
    wrote = {number for event, number in paper.events if event == "wrote"}
    settled = set(paper.outcomes)
    assert settled | set(paper.given_back) | set(paper.waiting) == set(range(len(plan)))
    assert not wrote & set(paper.given_back)
    assert {n for n in settled if paper.outcomes[n] == "Unknown"} <= wrote
    assert len([n for n in settled if paper.outcomes[n] == "Unknown"]) <= 1


TAKEN = b"250 x\r\n250 x\r\n354 x\r\n"
"""Replies to one group of MAIL, RCPT and DATA."""


@pytest.mark.parametrize(
    ("heard", "blamed"),
    [
        ([b""], True),  # the first message of a connection: nobody knows
        ([b"250 x\r\n"], True),
        ([TAKEN, b"250 kept\r\n"], False),  # not a word of the second was heard
        ([TAKEN, b"250 kept\r\n250 x\r\n"], True),
        ([TAKEN], False),  # the first one is what the server was busy with
        ([TAKEN, b"250 kept\r\n421 enough\r\n"], False),
        ([TAKEN, b"250 kept\r\n250 x\r\n421 enough\r\n"], False),
        ([TAKEN, b"421 enough\r\n"], False),
    ],
)
def test_a_message_is_blamed_for_a_broken_connection_only_when_it_may_be_why(heard, blamed):
    paper = Paper(["accepted"] * 2, pipelining=True)
    dialogue = Dialogue(Capabilities(pipelining=True), paper, 100)
    dialogue.begin()
    why = "gone"
    for octets in heard:
        try:
            dialogue.receive(octets)
        except ProtocolError as error:
            why = str(error)
    dialogue.lost(why)
    assert (len(paper.given_back), paper.blamed) == (1, blamed)


def test_an_answer_that_comes_along_with_the_go_ahead_says_nothing_of_the_message():
    paper = Paper(["accepted"], pipelining=True)
    dialogue = Dialogue(Capabilities(pipelining=True), paper, 100)
    dialogue.begin()
    with pytest.raises(ProtocolError, match="to nothing"):
        dialogue.receive(TAKEN + b"250 kept\r\n")
    dialogue.lost("gone")
    assert paper.outcomes == {0: "Unknown"}


@pytest.mark.parametrize("after", [b"hello\r\n", b"250 x\r\n", b"421 enough\r\n", b"250 x\r\n250 x\r\n"])
def test_an_answer_counts_though_nonsense_comes_behind_it(after):
    paper = Paper(["accepted"] * 2, pipelining=False)
    dialogue = Dialogue(Capabilities(), paper, 100)
    dialogue.begin()
    for octets in TAKEN.splitlines(keepends=True):
        dialogue.receive(octets)
    with pytest.raises(ProtocolError):
        dialogue.receive(b"250 kept\r\n" + after)
    dialogue.lost("gone")
    assert paper.outcomes == {0: "Accepted"} and paper.given_back == [1]


@pytest.mark.parametrize("heard", [b"", b"421 4.4.2 idle for too long\r\n"])
def test_the_first_message_after_a_rest_is_not_blamed_for_what_the_rest_did_to_the_connection(heard):
    paper = Paper(["accepted"], pipelining=True)
    waiting, paper.waiting = paper.waiting, deque()
    dialogue = Dialogue(Capabilities(pipelining=True), paper, 100)
    dialogue.begin()
    assert dialogue.resting
    paper.waiting = waiting
    dialogue.begin()
    with contextlib.suppress(ProtocolError):
        dialogue.receive(heard)
    dialogue.lost("gone")
    assert paper.given_back == [0] and not paper.blamed and not paper.outcomes


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from([b"250 x\r\n", b"354 x\r\n", b"421 x\r\n", b"550 x\r\n", b"2", b"junk\r\n", b"250-a\r\n"]),
        max_size=12,
    )
)
def test_a_server_that_says_anything_never_loses_a_message(said):
    paper = Paper(["accepted"] * 3, pipelining=True)
    dialogue = Dialogue(Capabilities(pipelining=True), paper, 100)
    dialogue.begin()
    try:
        for octets in said:
            dialogue.receive(octets)
    except ProtocolError:
        pass
    dialogue.lost("gone")
    wrote = {number for event, number in paper.events if event == "wrote"}
    assert set(paper.outcomes) | set(paper.given_back) | set(paper.waiting) == {0, 1, 2}
    assert all(number in wrote for number, outcome in paper.outcomes.items() if outcome in ("Accepted", "Unknown"))


def test_patience_goes_by_phase():
    times = Timeouts()
    paper = Paper(["accepted", "accepted"], pipelining=False)
    dialogue = Dialogue(Capabilities(), paper, 100)
    assert dialogue.patience(times) == times.idle
    dialogue.begin()
    assert dialogue.patience(times) == times.command  # MAIL
    dialogue.receive(b"250 ok\r\n")
    assert dialogue.patience(times) == times.command  # RCPT
    dialogue.receive(b"250 ok\r\n")
    assert dialogue.patience(times) == times.data_command
    dialogue.receive(b"354 ok\r\n")
    assert dialogue.patience(times) == times.final_dot
