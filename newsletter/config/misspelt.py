"""Names that look like settings and are none: a misspelt one would be passed over in silence."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from dotenv import dotenv_values

_OF_OTHERS = frozenset({"CONFIG", "CHAOS", "CHAOS_SEED", "REFEREES"})
"""Names with our prefix that no setting has: the configuration's own, and those of `make` and of the tests."""
_ALIKE = 0.75


def unknown_names(
    prefix: str, known: Collection[str], from_files: Collection[str], dotenv: Path = Path(".env")
) -> Iterator[tuple[str, str]]:
    """Yield each name that begins like ours, in the environment or in `.env`, and is no setting; with the one it is most like, or none.

    Those of `from_files` may also name a file by a name that ends in `_FILE`.
    """
    settings = {name.upper() for name in known} | {f"{name.upper()}_FILE" for name in from_files}
    given = {*os.environ, *(dotenv_values(dotenv) if dotenv.is_file() else ())}
    for name in sorted(each for each in given if each.upper().startswith(prefix)):
        bare = name.upper().removeprefix(prefix)
        if bare in settings or bare in _OF_OTHERS:
            continue
        alike = difflib.get_close_matches(bare, settings, n=1, cutoff=_ALIKE)
        yield name, prefix + alike[0] if alike else ""
