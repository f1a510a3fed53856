"""Mail in a folder: whole, named, and never half there."""

import email
import errno
import mailbox
from pathlib import Path

import pytest

from newsletter.errors import TransportError
from newsletter.mail.envelope import Envelope
from newsletter.transports.maildir import MaildirTransport
from tests.parts.witness import Notebook


def letters(count: int) -> list[Envelope]:
    return [
        Envelope(n, "b+x@example.org", f"r{n}@example.org", b"Subject: %d\r\n\r\nHello\r\n" % n)
        for n in range(1, count + 1)
    ]


def test_another_reader_of_maildirs_finds_the_messages_and_their_envelopes(tmp_path, clock):
    transport, notebook = MaildirTransport(tmp_path / "inbox", clock), Notebook()
    outcomes = transport.send(letters(3), notebook)
    assert [outcome.code for outcome in outcomes.values()] == [250] * 3
    found = sorted(mailbox.Maildir(tmp_path / "inbox"), key=lambda message: message["Subject"])
    assert [(m["Return-Path"], m["Delivered-To"], m["X-Original-To"]) for m in found] == [
        ("<b+x@example.org>", f"r{n}@example.org", f"r{n}@example.org") for n in (1, 2, 3)
    ]
    assert notebook.lines[:2] == [("wrote", 1), ("heard", 1, "Accepted")]
    transport.close()


def test_a_file_is_named_after_its_moment_and_delivery_and_holds_local_line_ends(tmp_path, clock):
    MaildirTransport(tmp_path, clock).send(letters(1), Notebook())
    [path] = (tmp_path / "new").iterdir()
    assert path.name.startswith(f"{int(clock.now().timestamp())}.M000000P") and "D1." in path.name
    assert b"\r" not in path.read_bytes()
    assert email.message_from_bytes(path.read_bytes()).get_payload() == "Hello\n"
    assert path.stat().st_mode & 0o077 == 0


class FullDisk:
    """Writing fails after `room` messages, in the middle of one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = MaildirTransport._write
        monkeypatch.setattr(MaildirTransport, "_write", lambda *arguments: self.write(*arguments))  # noqa: PLW0108 - a bound method would not bind the transport

    def write(self, transport: MaildirTransport, draft: Path, envelope: Envelope) -> None:
        if not self.room:
            draft.write_bytes(b"half of")
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= 1
        self._write(transport, draft, envelope)


def test_a_disk_that_fills_up_leaves_the_rest_unsent_and_no_half_message(tmp_path, monkeypatch):
    FullDisk(monkeypatch, room=2)
    pulled = []
    outcomes = MaildirTransport(tmp_path).send((pulled.append(each) or each for each in letters(9)), Notebook())
    assert [type(outcome).__name__ for outcome in outcomes.values()] == ["Accepted", "Accepted", "Unsent"]
    assert len(pulled) == 3
    assert len(list((tmp_path / "new").iterdir())) == 2
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_full_disk_is_a_way_out_that_is_down(tmp_path, monkeypatch):
    FullDisk(monkeypatch, room=0)
    notebook = Notebook()
    with pytest.raises(TransportError, match="No space left"):
        MaildirTransport(tmp_path).send(letters(3), notebook)
    assert notebook.lines == []
    assert list((tmp_path / "tmp").iterdir()) == list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_cannot_be_is_a_way_out_that_is_down(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TransportError, match="takes no mail"):
        MaildirTransport(tmp_path / "file" / "inbox").send(letters(1), Notebook())


def test_a_witness_that_fails_is_heard_by_the_caller_and_leaves_no_half_message(tmp_path):
    class Full(Notebook):
        def wrote(self, delivery_id):
            raise OSError(errno.ENOSPC, "no space for the journal")

    with pytest.raises(OSError, match="journal"):
        MaildirTransport(tmp_path).send(letters(1), Full())
    assert list((tmp_path / "tmp").iterdir()) == list((tmp_path / "new").iterdir()) == []
