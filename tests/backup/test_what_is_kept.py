"""What a backup says that it wrote can be restored: whatever a reader would refuse is refused, or left out and told, while it is written."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from newsletter.backup import archive
from newsletter.backup.archive import MOST_FILE_OCTETS, writing
from newsletter.bootstrap import Parts
from newsletter.errors import InputError
from newsletter.store import migrating
from tests.backup.conftest import MakeParts
from tests.parts.actors import OPERATOR


@pytest.fixture
def old(make_place: MakeParts) -> Parts:
    parts = make_place("old", "sqlite")
    migrating.upgrade(parts.database)
    return parts


def written(folder: Path, name: str, content: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_that_are_none_of_ours_are_left_out_and_told(old: Parts, make_place: MakeParts, tmp_path: Path) -> None:
    data, dkim = old.settings.data_dir, old.settings.dkim_folder
    foreign = [
        written(dkim, "old key (copy).pem"),
        written(dkim, "a/b/c/deep.pem"),
        written(dkim, f"{'x' * 200}.pem"),
        written(data, "journal/of others/notes"),
        written(data, "events/notes (2)"),
    ]
    large = written(dkim, "large.pem")
    with large.open("r+b") as file:
        file.truncate(MOST_FILE_OCTETS + 1)
    link = dkim / "link.pem"
    link.symlink_to(written(dkim, "own/key.pem", b"key"))
    written(dkim, ".draft")
    made = old.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    assert sorted(made.left_out) == sorted(map(str, [*foreign, large, link]))
    new = make_place("new", "sqlite")
    new.restoring.restore(tmp_path / "all.backup", by=OPERATOR)
    assert [path.name for path in new.settings.dkim_folder.rglob("*") if path.is_file()] == ["key.pem"]


def test_a_journal_of_any_length_is_kept_and_restored(old: Parts, make_place: MakeParts, tmp_path: Path) -> None:
    lines = b"start\n" + random.Random(0).randbytes(1024 * 1024) * 66
    written(old.settings.data_dir, "journal/a.journal", lines)
    written(old.settings.data_dir, "events/b", lines)
    old.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    new = make_place("new", "sqlite")
    new.restoring.restore(tmp_path / "all.backup", by=OPERATOR)
    data = new.settings.data_dir
    assert (data / "events/b").read_bytes() == lines
    assert (data / "journal/a.journal").read_bytes() == lines.partition(b"\n")[2]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("keys/dkim/old key.pem", b"x", "a name that no backup has"),
        ("../evil", b"x", "a name that no backup has"),
        ("ledger/Evil.jsonl", b"x", "a name that no backup has"),
        ("keys/dkim/large.pem", bytes(11), "is larger than"),
        (f"images/{'0' * 64}.png", bytes(11), "is larger than"),
        ("ledger/issues.jsonl", bytes(11), "a row of more than"),
    ],
)
def test_what_no_reader_would_take_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, why: str
) -> None:
    monkeypatch.setattr(archive, "MOST_FILE_OCTETS", 10)
    monkeypatch.setattr(archive, "MOST_LINE_OCTETS", 10)
    with pytest.raises(InputError, match=why), writing(tmp_path / "all.backup") as writer:
        writer.add(name, [content])
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_contents_that_no_reader_would_take_is_not_written(
    old: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_MANIFEST_OCTETS", 1_000)
    with pytest.raises(InputError, match="its list of contents has"):
        old.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    assert not (tmp_path / "all.backup").exists()


def test_the_list_of_a_million_images_is_read(old: Parts, tmp_path: Path) -> None:
    old.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    with zipfile.ZipFile(tmp_path / "all.backup") as made:
        members = made.read(archive.MANIFEST).partition(b'"members":')[2]
    of_one = len(members) / members.count(b"sha256")
    longest = len(b'"images/.jpeg":{"sha256":"","octets":16777216,"rows":0},') + 64 + 64
    assert of_one < longest + 20
    assert 1_000_000 * longest + len(members) < archive.MOST_MANIFEST_OCTETS
