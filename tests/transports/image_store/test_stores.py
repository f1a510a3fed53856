"""Both image stores keep one promise: whole files by name, and an error in words where they cannot."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter import private_files
from newsletter.clock import SettableClock
from newsletter.errors import InputError, NotFoundError, UnavailableError
from newsletter.transports.image_store import s3
from newsletter.transports.image_store.base import ImageStore
from newsletter.transports.image_store.folder import FolderStore
from tests.parts.s3_server import BUCKET, SECRET, S3Server

NAME = f"{'ab' * 32}.png"
CONTENT = bytes(range(256)) * 700


@pytest.fixture
def server() -> Iterator[S3Server]:
    made = S3Server()
    yield made
    made.stop()


@pytest.fixture
def s3_store(server: S3Server, clock: SettableClock) -> Iterator[Callable[..., s3.S3Store]]:
    """What makes a store at the server."""
    made: list[s3.S3Store] = []

    def make(**change: str) -> s3.S3Store:
        made.append(s3.from_url(server.url(**change), clock))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ImageStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "images")
    return request.getfixturevalue("s3_store")(prefix="some/folder +1")


def test_what_was_put_is_read_back_in_pieces(store: ImageStore) -> None:
    store.put(NAME, CONTENT)
    store.put(NAME, CONTENT)
    file = store.open(NAME)
    pieces = list(file.pieces)
    assert (file.octets, b"".join(pieces)) == (len(CONTENT), CONTENT)
    assert max(map(len, pieces)) <= 64 * 1024


def test_what_is_not_there_is_told(store: ImageStore) -> None:
    with pytest.raises(NotFoundError):
        store.open(NAME)
    store.remove(NAME)


def test_what_was_removed_is_gone(store: ImageStore) -> None:
    store.put(NAME, CONTENT)
    store.remove(NAME)
    with pytest.raises(NotFoundError):
        store.open(NAME)


def test_a_check_leaves_nothing(store: ImageStore, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    place = store.check()
    assert place
    assert SECRET not in place
    assert not [path for path in (tmp_path / "images").rglob("*") if path.is_file()]
    if "s3" in request.node.name:
        assert request.getfixturevalue("server").objects == {}


def test_a_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    FolderStore(tmp_path / "images").put(NAME, CONTENT)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "images").rglob("*")}
    assert modes == {0o700, 0o600}


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path / "images")

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(private_files.os, "fsync", full)
    with pytest.raises(UnavailableError, match="No space"):
        store.put(NAME, CONTENT)
    assert [path for path in (tmp_path / "images").rglob("*") if path.is_file()] == []


def test_a_process_killed_while_it_writes_leaves_no_file_by_that_name(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        private_files.os.link = lambda *_a, **_k: os.kill(os.getpid(), 9)  # type: ignore[assignment] # the last step
        FolderStore(tmp_path / "images").put(NAME, CONTENT)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    store = FolderStore(tmp_path / "images")
    with pytest.raises(NotFoundError):
        store.open(NAME)
    store.put(NAME, CONTENT)
    assert b"".join(store.open(NAME).pieces) == CONTENT


def test_an_object_lies_below_the_prefix_with_its_type(server: S3Server, s3_store: Callable[..., s3.S3Store]) -> None:
    s3_store(prefix="a/b").put(NAME, CONTENT)
    assert server.objects == {f"{BUCKET}/a/b/{NAME}": CONTENT}
    assert server.types == {f"{BUCKET}/a/b/{NAME}": "image/png"}


@pytest.mark.parametrize("fault", [500, 503, "drop", "cut"])
def test_a_store_that_stumbles_once_is_asked_again(
    server: S3Server, s3_store: Callable[..., s3.S3Store], fault: int | str
) -> None:
    store = s3_store()
    store.put(NAME, CONTENT)
    server.faults.append(fault)
    assert b"".join(store.open(NAME).pieces) == CONTENT


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"secret": "another secret/+"}, "403 SignatureDoesNotMatch"),
        ({"region": "us-east-1"}, "403 SignatureDoesNotMatch"),
        ({"bucket": "nobodys"}, "404 NoSuchBucket"),
    ],
)
def test_a_refusal_is_told_by_its_code_and_no_secret(
    server: S3Server, s3_store: Callable[..., s3.S3Store], change: dict[str, str], word: str
) -> None:
    store = s3_store(**change)
    for act in (lambda: store.put(NAME, CONTENT), lambda: store.open(NAME), lambda: store.remove(NAME)):
        with pytest.raises(UnavailableError) as caught:
            act()
        assert word in caught.value.what
        assert caught.value.remedy
        assert SECRET not in str(caught.value)
    assert server.objects == {}


def test_a_store_that_is_down_is_told(server: S3Server, s3_store: Callable[..., s3.S3Store]) -> None:
    store = s3_store()
    server.faults.extend([503, 503])
    with pytest.raises(UnavailableError, match="503 SlowDown"):
        store.put(NAME, CONTENT)
    server.faults.extend(["drop", "drop"])
    with pytest.raises(UnavailableError, match="cannot be reached"):
        store.put(NAME, CONTENT)


def test_an_answer_without_end_is_cut(
    server: S3Server, s3_store: Callable[..., s3.S3Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = s3_store()
    store.put(NAME, CONTENT)
    monkeypatch.setattr(s3, "MOST_OCTETS", 1000)
    with pytest.raises(UnavailableError, match="larger than"):
        store.open(NAME)


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://host/bucket",
        "s3://key:secret@host",
        "s3://key:secret@host/",
        "s3://k:s@host/b?zone=1",
        "s3://k:s@[host/b",
        "s3://k:s@host:x/b",
    ],
)
def test_a_setting_that_names_no_store_is_refused_without_its_secret(url: str, clock: SettableClock) -> None:
    with pytest.raises(InputError) as caught:
        s3.from_url(url, clock)
    assert caught.value.remedy
    assert "secret@" not in str(caught.value)
