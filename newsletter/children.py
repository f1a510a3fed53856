"""How child processes of Python start: never with the working folder among the places that modules come from.

`python -m` and `python -c` put it first, so that a file `email.py` or `json.py` there would be taken for the library's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_SAFE_PATH = "PYTHONSAFEPATH"


def module_command(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a module with this interpreter; `-P` leaves the working folder out."""
    return [sys.executable, "-P", "-m", name, *map(str, arguments)]


def keep_out_working_folder() -> None:
    """Have every process that this one starts from now on do without its working folder, however it is started.

    `multiprocessing` starts its children by `python -c`, and takes no option for it.
    """
    os.environ[_SAFE_PATH] = "1"


def leave_working_folder(path: Sequence[str], package: str) -> list[str]:
    """Return where `python -m` looks for modules without the working folder, unless `package` (a file) comes from there."""
    first = path[0] if path else ""
    home = os.path.dirname(os.path.dirname(os.path.realpath(package)))  # noqa: PTH120 - nothing more is imported until then
    if sys.flags.safe_path or os.path.realpath(first or ".") == home:
        return [*path]
    return [*path[1:]]
