"""Where the files live that are not Python: `templates/` and `migrations/`, in a checkout or inside the wheel, and the catalogues."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    inside = _PACKAGE / f"_{name}"
    return inside if inside.is_dir() else _PACKAGE.parent / name


TEMPLATES = _find("templates")
MIGRATIONS = _find("migrations")
LOCALE = _PACKAGE / "locale"
