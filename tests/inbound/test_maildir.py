"""What the Maildir caught can be listed, found and opened, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import NotFoundError
from newsletter.inbound.maildir import MaildirReader, parse, part_of


def _fill(path: Path, count: int) -> MaildirReader:
    for folder in ("new", "cur"):
        (path / folder).mkdir(parents=True)
    for n in range(count):
        file = path / ("new" if n % 2 else "cur") / f"{n}.M1P1Q{n}D{n}.host"
        file.write_bytes(b"Delivered-To: r%d@example.org\nSubject: Number %d\n\nbody" % (n, n))
        os.utime(file, (1_700_000_000 + n, 1_700_000_000 + n))
    return MaildirReader(path)


def test_both_folders_are_listed_newest_first(tmp_path: Path) -> None:
    reader = _fill(tmp_path, 5)
    assert [c.recipient for c in reader.page(limit=9)] == [f"r{n}@example.org" for n in (4, 3, 2, 1, 0)]
    assert reader.count() == 5


def test_pages_follow_one_another(tmp_path: Path) -> None:
    reader = _fill(tmp_path, 7)
    first = reader.page(limit=3)
    second = reader.page(limit=3, before=first[-1].name)
    assert [c.subject for c in first + second] == [f"Number {n}" for n in (6, 5, 4, 3, 2, 1)]
    assert reader.page(limit=3, before="gone") == []


def test_a_search_looks_at_recipient_and_subject(tmp_path: Path) -> None:
    reader = _fill(tmp_path, 5)
    assert [c.subject for c in reader.page(search="R3@", limit=9)] == ["Number 3"]
    assert [c.subject for c in reader.page(search="number 2", limit=9)] == ["Number 2"]


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    reader = MaildirReader(tmp_path / "none")
    assert (reader.page(limit=5), reader.count()) == ([], 0)


@pytest.mark.parametrize("name", ["", ".", "..", "../new/x", "/etc/passwd", "a/b", "a\0b", ".x", "none"])
def test_a_name_that_is_no_message_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        _fill(tmp_path, 1).read(name)


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_octets_are_a_message(content: bytes) -> None:
    message = parse(b"Content-Type: text/plain\n" + content)
    assert isinstance(part_of(message, "plain") + part_of(message, "html"), str)
    assert isinstance([str(value) for value in message.values()], list)


def test_an_attachment_is_not_taken_for_the_text() -> None:
    message = parse(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\n"
        b"attached\n--b\nContent-Type: text/plain\n\nthe text\n--b--\n"
    )
    assert part_of(message, "plain").strip() == "the text"
