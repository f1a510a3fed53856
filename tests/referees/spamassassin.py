"""SpamAssassin, unpacked: what its local rules say of a finished mail."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.referees.unpacked import Unpacked

_PACKAGES = Unpacked("spamassassin")
_SCORE = re.compile(r"Content analysis details:\s+\((-?[\d.]+) points")
_RULE = re.compile(r"^\s*(-?\d+\.\d)\s+([A-Z][A-Z0-9_]+)\b", re.MULTILINE)
# Perl forgets its environment under -T, which the program asks for: its folders are named one by one.
_MODULES = ("usr/share/perl5", "usr/lib/*/perl5/*", "usr/share/perl/5.*", "usr/lib/*/perl/5.*", "usr/lib/*/perl-base")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Points, and those of each rule that was hit."""

    points: float
    rules: dict[str, float]


def missing() -> str:
    """What is missing, or empty when SpamAssassin is there."""
    return _PACKAGES.missing("/usr/bin/spamassassin")


def judge(message: bytes, folder: Path) -> Judgement:
    """Return what the local rules say of a message; nothing is asked of the network (`-L`)."""
    root = _PACKAGES.root
    modules = [f"-I{path}" for pattern in _MODULES for path in root.glob(pattern)]
    libraries = ":".join(str(path) for path in root.glob("usr/lib/*-linux-gnu"))
    unpacked = root / "usr/bin/perl"  # not there where the machine has one already
    command = [
        *(
            str(unpacked if unpacked.exists() else "/usr/bin/perl"),
            "-T",
            *modules,
            str(root / "usr/bin/spamassassin"),
            "-L",
            "-t",
        ),
        *(f"--configpath={root}/usr/share/spamassassin", f"--siteconfigpath={root}/etc/spamassassin"),
        f"--prefspath={folder}/preferences.cf",
    ]
    (folder / "preferences.cf").touch()
    told = subprocess.run(
        command,
        input=message,
        capture_output=True,
        timeout=120,
        check=True,
        cwd=folder,
        env={"LD_LIBRARY_PATH": libraries, "HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    ).stdout.decode("utf-8", "replace")
    said = told[told.index("Content analysis details:") :]
    found = _SCORE.search(said)
    assert found is not None
    return Judgement(float(found[1]), {name: float(points) for points, name in _RULE.findall(said)})
