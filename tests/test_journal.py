"""The acceptance journal says what a dead worker wrote and heard."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import StoreError
from newsletter.journal import Fates, Journal, orphans
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
    path = tmp_path / "7-1.journal"
    path.touch()
    looking = os.open(path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_EX)

    def look_and_remove() -> None:
        path.unlink()
        os.close(looking)

    threading.Timer(0.05, look_and_remove).start()
    with Journal(tmp_path, 7, 1) as journal:
        journal.wrote(1)
        assert path.stat().st_size
        assert list(orphans(tmp_path)) == []


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
journal.append(b"S 4")
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
