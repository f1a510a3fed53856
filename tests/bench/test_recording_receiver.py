"""What the receiver of a soak says and when; what it writes down is tried in `tests/bench/soak/test_receiver.py`."""

from __future__ import annotations

from newsletter.bench.recording_receiver import RecordingDesk


def test_without_a_pace_nobody_waits_and_with_one_the_turns_add_up() -> None:
    desk = RecordingDesk(0)
    assert [desk.delay() for _ in range(3)] == [0, 0, 0]
    desk.pace = 1 / 1000
    waits = [desk.delay() for _ in range(3)]
    assert waits[0] == 0
    assert [round(wait / 1000) for wait in waits] == [0, 1, 2]


def test_a_refusal_is_about_the_sender_and_worded_otherwise_each_time() -> None:
    desk = RecordingDesk(0)
    first, second = desk.refusal(b"ada@one.example"), desk.refusal(b"ada@one.example")
    assert first.startswith(b"550 5.7.1 <ada@one.example>: ")
    assert first != second
