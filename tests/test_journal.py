"""The acceptance journal says what a dead worker wrote and heard."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import StoreError
from newsletter.journal import Fates, Journal, orphans
from newsletter.journal.lines import FIRST_OCTETS, Lines
from newsletter.mail.envelope import Accepted, Deferred, Refused


def test_a_journal_whose_claim_is_recorded_leaves_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path, 7, 1) as journal:
        journal.wrote(1)
    assert list(orphans(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_is_held_is_no_orphan(tmp_path: Path) -> None:
    with Journal(tmp_path, 7, 1) as journal:
        journal.wrote(1)
        assert list(orphans(tmp_path)) == []


def test_a_sweeper_that_looks_at_a_new_journal_only_delays_its_maker(tmp_path: Path) -> None:
    path = tmp_path / "made before there is a claim.journal"
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_EX)

    def look_and_remove() -> None:
        path.unlink()
        os.close(looking)

    threading.Timer(0.05, look_and_remove).start()
    lines = Lines(path)
    lines.append(b"S 1")
    assert path.stat().st_size
    assert list(orphans(tmp_path)) == []
    lines.let_go(remove=True)


def test_a_journal_is_made_before_its_claim_and_a_sweeper_finds_it_by_the_name_of_the_claim(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert list(orphans(tmp_path)) == []
    journal.belong_to(7, 3)
    journal.wrote(1)
    assert list(orphans(tmp_path)) == [], "its maker lives"
    journal.close(recorded=False)
    assert list(orphans(tmp_path)) == [Fates(7, 3, frozenset({1}), {})]


def test_one_that_no_claim_was_found_for_leaves_nothing_even_when_its_maker_died(tmp_path: Path) -> None:
    Journal(tmp_path).close(recorded=True)
    assert list(tmp_path.iterdir()) == []
    Journal(tmp_path).close(recorded=False)
    assert list(orphans(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_in_the_middle_leaves_what_it_wrote_and_heard(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from newsletter.journal import Journal
from newsletter.mail.envelope import Accepted, Refused, Unknown
journal = Journal(Path({str(tmp_path)!r}), 7, 3)
journal.wrote(1); journal.heard(1, Accepted(250, "2.0.0", "queued as A\\nB \\\\n"))
journal.wrote(2); journal.heard(2, Refused(550, "", "no"))
journal.wrote(3); journal.heard(3, Unknown())
journal._mapping[journal._end : journal._end + 3] = b"S 4"
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    heard = {1: Accepted(250, "2.0.0", "queued as A\nB \\n"), 2: Refused(550, "", "no")}
    assert list(orphans(tmp_path)) == [Fates(7, 3, frozenset({1, 2, 3}), heard)]
    assert list(orphans(tmp_path)) == []


def test_a_journal_that_could_not_be_replayed_stays(tmp_path: Path) -> None:
    Journal(tmp_path, 7, 1).close(recorded=False)
    for _ in orphans(tmp_path):
        break
    assert len(list(orphans(tmp_path))) == 1


def test_a_journal_grows_with_what_it_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, 1)
    heard = {number: Accepted(250, "2.0.0", "x" * 400) for number in range(1, 1001)}
    for number, outcome in heard.items():
        journal.wrote(number)
        journal.heard(number, outcome)
    journal.close(recorded=False)
    [fates] = orphans(tmp_path)
    assert fates.heard == heard
    assert fates.written == frozenset(heard)


def test_a_full_disk_is_an_error_when_the_journal_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StoreError, match="No space left"):
        Journal(tmp_path, 1, 1)


LITTLE = """
import resource, sys
from pathlib import Path
from newsletter.errors import StoreError
from newsletter.journal import Journal, see_writable
from newsletter.journal.lines import FIRST_OCTETS
from newsletter.mail.envelope import Accepted
folder, octets = Path(sys.argv[1]), int(sys.argv[2])
see_writable(folder)
resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))  # the disk takes so much of each file
try:
    see_writable(folder)
    journal, told = Journal(folder, 7, 1), 0
    while told < 10_000:
        journal.make_room()
        told += 1
        journal.wrote(told)
        journal.heard(told, Accepted(250, "2.0.0", "x" * 100))
except StoreError as error:
    print(error)
    if "told" in globals():
        for number in range(told - 100, told):  # what is on the wire is answered now
            journal.heard(number, Accepted(250, "2.0.0", "x" * 500))
        print(told)
"""
"""What a process finds that may write so many octets into a file."""


def on_little_room(folder: Path, octets: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LITTLE, str(folder), str(octets)], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_disk_with_no_room_for_a_journal_is_seen_before_there_is_a_claim(tmp_path: Path) -> None:
    [error] = on_little_room(tmp_path, FIRST_OCTETS // 2)
    assert error.startswith(f"journal: cannot write {tmp_path}: ")
    assert error.endswith("(free some space, or set NEWSLETTER_DATA_DIR)")
    assert list(tmp_path.iterdir()) == []


def test_room_for_the_answers_is_there_before_another_message_is_begun(tmp_path: Path) -> None:
    error, told = on_little_room(tmp_path, 3 * FIRST_OCTETS)
    assert "cannot write" in error
    [fates] = orphans(tmp_path)
    assert (len(fates.written), set(fates.heard)) == (int(told), fates.written), "and all that was begun has its answer"


@given(reply=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), code=st.integers(200, 599))
def test_replies_are_kept_verbatim(tmp_path_factory, reply: str, code: int) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, 1, 1)
    journal.heard(5, Deferred(code, "4.2.1", reply))
    journal.close(recorded=False)
    [fates] = orphans(folder)
    assert fates.heard == {5: Deferred(code, "4.2.1", reply)}
    assert list(folder.iterdir()) == []


def test_a_journal_from_before_the_machine_went_down_is_not_complete(tmp_path: Path) -> None:
    for batch_id, told in ((1, b"B another start of the machine\nS 1\n"), (2, b""), (3, b"\0" * 4096)):
        (tmp_path / f"{batch_id}-1.journal").write_bytes(told)
    Journal(tmp_path, 4, 1).close(recorded=False)
    assert {fates.batch_id: fates.complete for fates in orphans(tmp_path)} == {1: False, 2: False, 3: False, 4: True}


def test_a_file_of_another_name_keeps_no_journal_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "0-x.journal").touch()
    (tmp_path / "notes.journal").touch()
    Journal(tmp_path, 7, 1).close(recorded=False)
    assert [fates.batch_id for fates in orphans(tmp_path)] == [7]


def damaged(folder: Path, octets: bytes) -> Fates:
    (folder / "7-1.journal").write_bytes(octets)
    [fates] = orphans(folder)
    return fates


def told(folder: Path) -> bytes:
    """What a claim leaves that wrote three messages and heard of two."""
    journal = Journal(folder, 7, 1)
    for number in (1, 2):
        journal.wrote(number)
        journal.heard(number, Accepted(250, "2.0.0", "ok"))
    journal.wrote(3)
    journal.close(recorded=False)
    return (folder / "7-1.journal").read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda octets: octets[: octets.index(b"S 2")],
        lambda octets: octets[: octets.index(b"S 2") + 2],
        lambda octets: octets.replace(b"S 2", b"X 2"),
        lambda octets: octets.replace(b"S 2", b"S 7"),
        lambda octets: octets.replace(b"S 2", b"S\0002"),
        lambda octets: octets.replace(b"A 2 accepted", b"A 2 refused"),
        lambda octets: octets.replace(b"A 2 accepted 250", b"A 2 accepted 251"),
        lambda octets: re.sub(rb"S 2 [0-9a-f]+\n", b"\n", octets),
        lambda octets: re.sub(rb"S 2 [0-9a-f]+\n", b"S 2\n", octets),
        lambda octets: re.sub(rb"S 2 [0-9a-f]+\n", b"\xff\xfe\n", octets),
    ],
)
def test_a_damaged_journal_is_read_as_far_as_it_goes_and_proves_nothing_of_the_rest(tmp_path: Path, damage) -> None:
    whole = told(tmp_path)
    fates = damaged(tmp_path, damage(whole))
    assert fates.heard[1] == Accepted(250, "2.0.0", "ok")
    assert not fates.complete
    assert list(tmp_path.iterdir()) == []


def test_no_flipped_bit_makes_a_journal_say_what_was_not_so(tmp_path: Path) -> None:
    whole = told(tmp_path)
    told_octets = len(whole.rstrip(b"\0")) + 2
    before = damaged(tmp_path, whole)
    for bit in range(told_octets * 8):
        octets = bytearray(whole)
        octets[bit // 8] ^= 1 << bit % 8
        fates = damaged(tmp_path, bytes(octets))
        assert fates.heard.items() <= before.heard.items()
        assert fates.written <= before.written
        # What nothing was told of counts as never sent only where nothing is missing.
        assert not fates.complete or fates.written | set(fates.heard) == before.written


@pytest.mark.parametrize("cut", [b"S 4", b"S 4 e0", b"\0\0\0\0\0 4 01234567\n", b"A 3 accepted 250 2.0.0\0\0\0\0"])
def test_a_line_that_the_kill_cut_short_tells_of_nothing_that_had_begun(tmp_path: Path, cut: bytes) -> None:
    whole = told(tmp_path).rstrip(b"\0")
    fates = damaged(tmp_path, whole + cut + b"\0" * 99)
    assert (fates.written, set(fates.heard), fates.complete) == ({1, 2, 3}, {1, 2}, True)


def test_a_line_of_which_only_the_end_is_missing_is_read(tmp_path: Path) -> None:
    fates = damaged(tmp_path, told(tmp_path).rstrip(b"\0")[:-1] + b"\0" * 99)
    assert (fates.written, fates.complete) == ({1, 2, 3}, True)


def test_a_journal_that_is_full_to_the_brim_is_complete(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 7, 1)
    journal.append(b"S 1")
    room = FIRST_OCTETS - journal._end
    lines = (b"A 1 accepted 250 - " + b"x" * octets for octets in range(room - 40, room))
    journal.append(next(line for line in lines if len(b"%b %x\n" % (line, zlib.crc32(line))) == room))
    assert journal._end == FIRST_OCTETS
    journal.close(recorded=False)
    [fates] = orphans(tmp_path)
    assert fates.complete


@given(damage=st.binary(max_size=300))
def test_no_file_keeps_the_sweeper_from_going_on(tmp_path_factory, damage: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    whole = told(folder)
    assert damaged(folder, damage).complete is False
    damaged(folder, whole.rstrip(b"\0") + damage)
    assert list(folder.iterdir()) == []
