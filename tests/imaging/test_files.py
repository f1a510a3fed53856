"""Files beside a text are found, and nothing outside of its folder or its archive ever is."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.imaging import files
from newsletter.imaging.files import MAX_ENTRIES, Beside, is_packed, unpack

MOST = 1000
CLIMBING = [
    "../secret",
    "a/../../secret",
    "/etc/hostname",
    "..",
    ".",
    "",
    "a\\..\\b",
    "C:/x.png",
    "\0",
    "//host/x",
    "x" * 5000,
]


def packed(entries: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_an_empty_archive_is_an_archive() -> None:
    assert is_packed(packed({}))


def test_a_file_beside_and_one_below_are_read(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "a.png").write_bytes(b"a")
    (tmp_path / "images" / "b c.png").write_bytes(b"b")
    beside = Beside(tmp_path)
    assert [beside.read(name, MOST) for name in ("a.png", "./a.png", "images/b c.png", "images//b c.png")] == [
        b"a",
        b"a",
        b"b",
        b"b",
    ]


@pytest.mark.parametrize("name", CLIMBING)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError) as caught:
        Beside(tmp_path / "in").read(name, MOST)
    assert caught.value.remedy


def test_a_link_may_lead_about_within_and_not_out(tmp_path: Path) -> None:
    home = tmp_path / "in"
    home.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (home / "real.png").write_bytes(b"real")
    (home / "within.png").symlink_to(home / "real.png")
    (home / "out.png").symlink_to(tmp_path / "secret")
    (home / "folder").symlink_to(tmp_path)
    (home / "circle").symlink_to(home / "circle")
    assert Beside(home).read("within.png", MOST) == b"real"
    for name in ("out.png", "folder/secret", "circle"):
        with pytest.raises(InputError):
            Beside(home).read(name, MOST)


def test_a_folder_a_pipe_and_what_is_too_large_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * (MOST + 1))
    for name, word in (("folder", "directory"), ("pipe", "no file"), ("large", "larger"), ("missing", "no such file")):
        with pytest.raises(InputError, match=word):
            Beside(tmp_path).read(name, MOST)


def test_an_archive_gives_its_text_and_what_lies_beside_it() -> None:
    content = packed(
        {"day/issue.md": b"text", "day/a.png": b"a", "day/img/b.png": b"b", "c.png": b"c", "__MACOSX/day/._a.md": b""}
    )
    assert is_packed(content)
    archive = unpack(content, where="x.zip")
    assert archive.text(MOST) == b"text"
    assert [archive.read(name, MOST) for name in ("a.png", "img/b.png")] == [b"a", b"b"]
    for name in ("c.png", "../c.png", "day/a.png"):
        with pytest.raises(InputError):
            archive.read(name, MOST)


@pytest.mark.parametrize("name", ["../up.png", "a/../../up.png", "/abs.png", "C:/x.png"])
def test_an_archive_that_climbs_out_is_refused_whole(name: str) -> None:
    with pytest.raises(InputError) as caught:
        unpack(packed({"issue.md": b"text", name: b"x"}), where="x.zip")
    assert caught.value.where == "x.zip"


def test_a_link_in_an_archive_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("issue.md", b"text")
        entry = zipfile.ZipInfo("a.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match="link"):
        unpack(written.getvalue(), where="x.zip")


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"a.png": b""}, "0 texts"),
        ({"a.md": b"", "b.md": b""}, "2 texts"),
        ({"issue.md": b"", **{f"{n}.png": b"" for n in range(MAX_ENTRIES + 1)}}, "files, more than"),
    ],
)
def test_an_archive_of_anything_but_one_issue_is_refused(entries: dict[str, bytes], word: str) -> None:
    with pytest.raises(InputError, match=word):
        unpack(packed(entries), where="x.zip")


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = packed({"issue.md": b"", "a.png": bytes(3_000_000)})
    archive = unpack(honest, where="x.zip")
    with pytest.raises(InputError, match="larger than"):
        archive.read("a.png", MOST)
    liar = honest.replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(InputError):
        unpack(liar, where="x.zip").read("a.png", 100)
    monkeypatch.setattr(files, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(InputError, match="holds more than"):
        unpack(honest, where="x.zip")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_broken_archive_is_refused_and_never_more(data: st.DataObject) -> None:
    broken = bytearray(packed({"issue.md": b"text" * 20, "a.png": b"a" * 50}))
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        archive = unpack(bytes(broken[: data.draw(st.integers(0, len(broken)))]), where="x.zip")
        archive.text(MOST)
        archive.read("a.png", MOST)
    except InputError:
        return
