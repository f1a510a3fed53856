"""Files of a move: folders, archives and standard input; hostile archives are refused, and nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from newsletter import moved_files
from newsletter.audience.moving.opening import Meter, opened
from newsletter.errors import InputError, NotFoundError


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def contents(*paths: str, standard: bytes | None = None) -> dict[str, bytes]:
    with opened(paths, io.BytesIO(standard) if standard is not None else None) as files:
        found = {}
        for file in files:
            with file.open() as first:
                first.read(3)
            with file.open() as again:  # as often as it must be read
                found[file.name] = again.read()
        return found


def test_a_file_a_folder_and_an_archive_hold_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "posts").mkdir(parents=True)
    (folder / "list.csv").write_bytes(b"email\n")
    (folder / "posts" / "1.delivers.csv").write_bytes(b"post_id,email\n")
    (folder / ".DS_Store").write_bytes(b"x")
    expected = {"list.csv": b"email\n", "posts/1.delivers.csv": b"post_id,email\n"}
    archive = zipped(tmp_path / "export.zip", {**expected, "__MACOSX/._list.csv": b"x", "folder/": b""})
    assert contents(str(folder)) == expected
    assert contents(str(archive)) == expected
    assert contents("-", standard=archive.read_bytes()) == expected
    assert contents("-", standard=b"email\na@example.org\n") == {"standard input": b"email\na@example.org\n"}
    assert contents(str(folder / "list.csv")) == {str(folder / "list.csv"): b"email\n"}


def test_an_archive_within_a_folder_is_opened_too(tmp_path: Path) -> None:
    zipped(tmp_path / "a.zip", {"list.csv": b"email\n"})
    assert contents(str(tmp_path)) == {"list.csv": b"email\n"}


@pytest.mark.parametrize("name", ["../out.csv", "a/../../out.csv", "/etc/out.csv", "..\\out.csv", "C:/out.csv"])
def test_a_name_that_leads_out_of_the_archive_refuses_it(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "slip.zip", {"list.csv": b"email\n", name: b"email\n"})
    with pytest.raises(InputError, match="leads out"):
        contents(str(archive))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["slip.zip"]


def test_what_swells_or_is_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"list.csv": b"\0" * (8 << 20)})
    with pytest.raises(InputError, match="swells"):
        contents(str(bomb))
    monkeypatch.setattr(moved_files, "MOST_OCTETS", 10)
    with pytest.raises(InputError, match="more than"):
        contents(str(zipped(tmp_path / "large.zip", {"list.csv": b"email\na@example.org\n"})))
    with pytest.raises(InputError, match="larger"):
        contents("-", standard=b"email\na@example.org\n")
    monkeypatch.setattr(moved_files, "MOST_FILES", 2)
    with pytest.raises(InputError, match="more than 2 files"):
        contents(str(zipped(tmp_path / "many.zip", {f"{n}.csv": b"" for n in range(3)})))


def test_a_member_that_holds_more_than_it_promised_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "liar.zip", {"list.csv": b"email\n" * 100})
    content = bytearray(archive.read_bytes())
    for sign, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.index(sign) + place
        content[at : at + 4] = (12).to_bytes(4, "little")
    archive.write_bytes(content)
    with pytest.raises(InputError):
        contents(str(archive))


def test_a_broken_or_locked_archive_is_told_in_words(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "whole.zip", {"list.csv": b"email\n" * 1000}).read_bytes()
    broken = tmp_path / "broken.zip"
    for content in (whole[:60], whole[:45] + b"\xff\xff\xff\xff\xff" + whole[50:], b"PK\x03\x04"):
        broken.write_bytes(content)
        with pytest.raises(InputError):
            contents(str(broken))
    locked = bytearray(whole)
    for sign, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        locked[locked.index(sign) + place] |= 1
    broken.write_bytes(locked)
    with pytest.raises(InputError, match="password"):
        contents(str(broken))


def test_what_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        contents(str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no file"):
        contents(str(tmp_path / "empty"))
    with pytest.raises(InputError, match="standard input"):
        contents("-")


def test_octets_are_counted_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"email\n" + b"a@example.org\n" * 1000)
    meter = Meter()
    with opened([str(path)]) as (file,):
        with meter.over(file).open() as metered:
            assert len(metered.readlines()) == 1001
        assert meter.octets == file.octets == path.stat().st_size
