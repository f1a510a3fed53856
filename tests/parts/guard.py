"""A server that a test run started ends with it, however that ends: kill -9 of the run leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

_WATCH = """
read -r _
kill -s "$1" -- "$2" 2>/dev/null
n=0
while kill -s 0 -- "$2" 2>/dev/null && [ "$n" -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
[ -z "$3" ] || rm -rf -- "$3"
"""


class Guard:
    """Watches over a process (a group, by its number below zero): it is told `by` to end, and `folder` removed, once this process is gone. `let_go()` ends the watch."""

    def __init__(self, process: int, *, by: signal.Signals = signal.SIGKILL, folder: Path | None = None) -> None:
        # It hears of our end by the end of its input, and is not told of a Ctrl-C that is meant for us.
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "guard", str(int(by)), str(process), str(folder or "")],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )

    def let_go(self) -> None:
        """End the watch: the process was ended."""
        self._watch.kill()
        self._watch.communicate()
