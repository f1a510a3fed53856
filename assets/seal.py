# ruff: noqa: INP001 - a script beside what it seals, and no package
"""Say at the end of editor.js which sources it was built of, so that a test tells when they changed and nobody built it anew."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE.parent / "newsletter" / "web" / "static" / "editor.js"


def digest() -> str:
    """Return a digest of the sources, and of the versions of what they are built with."""
    seen = sha256()
    for file in [*sorted((HERE / "editor").glob("*.js")), HERE / "package.json", HERE / "package-lock.json"]:
        seen.update(file.name.encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n"))
    return seen.hexdigest()


def seal() -> None:
    """Write the digest below what was built."""
    lines = [line for line in BUILT.read_text(encoding="utf-8").split("\n") if not line.startswith("/* built of ")]
    BUILT.write_text("\n".join(lines).rstrip("\n") + f"\n/* built of {digest()} */\n", encoding="utf-8")


if __name__ == "__main__":
    seal() if "--check" not in sys.argv else sys.exit(f"built of {digest()}" not in BUILT.read_text(encoding="utf-8"))
