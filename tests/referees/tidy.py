"""HTML Tidy, unpacked: what it says of a page."""

from __future__ import annotations

import re
import subprocess

from tests.referees.unpacked import Unpacked

_PACKAGES = Unpacked("tidy")
_PROGRAM = "/usr/bin/tidy"
_SAID = re.compile(r"^line (\d+) column \d+ - ((?:Warning|Error|Info): .+)$", re.MULTILINE)


def missing() -> str:
    """What is missing, or empty when Tidy is there."""
    return _PACKAGES.missing(_PROGRAM)


def findings(html: str) -> list[str]:
    """Return each kind of warning and error once, in the order of the page."""
    libraries = ":".join(str(path) for path in _PACKAGES.root.glob("usr/lib/*-linux-gnu"))
    command = [
        str(_PACKAGES.path(_PROGRAM)),
        "-quiet",
        "-errors",
        "-utf8",
        "--show-info",
        "no",
        "--drop-empty-elements",
        "no",
    ]
    told = subprocess.run(
        command,
        input=html.encode(),
        capture_output=True,
        timeout=60,
        check=False,
        env={"LD_LIBRARY_PATH": libraries, "PATH": "/usr/bin:/bin"},
    )
    assert told.returncode in (0, 1, 2), told.stderr
    return list(dict.fromkeys(said for _, said in _SAID.findall(told.stderr.decode("utf-8", "replace"))))
