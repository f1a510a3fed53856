"""Whether tests' files may lie in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.in_memory import folder_in_memory


def test_where_there_is_room_it_is_taken(tmp_path: Path) -> None:
    assert folder_in_memory(tmp_path, room=1) == tmp_path


def test_a_folder_that_is_too_small_is_left_alone(tmp_path: Path) -> None:
    assert folder_in_memory(tmp_path, room=2**60) is None


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_what_is_no_folder_to_write_in_is_left_alone(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch(mode=0o600)
    (tmp_path / "file").chmod(0o600)
    assert folder_in_memory(tmp_path / place, room=1) is None
