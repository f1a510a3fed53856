"""The samples of what sources answer, which lie outside of the project: a test that reads one is skipped where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest


def sample(name: str) -> bytes:
    """Return a sample from a folder `shared/sources` beside the project, or skip the test."""
    return beside(f"sources/{name}")


def beside(name: str) -> bytes:
    """Return a file of the folder `shared` beside the project, or skip the test."""
    for above in Path(__file__).resolve().parents:
        if (path := above / "shared" / name).is_file():
            return path.read_bytes()
    pytest.skip(f"{name} is not beside the project")
