"""Programs of Debian packages that exclude each other: unpacked by `.ci/unpack` into the folder NEWSLETTER_REFEREES, not installed."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


class Unpacked:
    """The packages that `.ci/unpack` puts under `name`."""

    def __init__(self, name: str) -> None:
        self.root = Path(os.environ.get("NEWSLETTER_REFEREES") or "/nonexistent") / name
        self._name = name

    def missing(self, program: str) -> str:
        """What is missing, or empty when `program` is there."""
        return "" if self.path(program).exists() else f"{self._name} (`make referees` unpacks it)"

    def path(self, program: str) -> Path:
        """Where a file of the packages lies; `program` is its path when installed."""
        return self.root / program.lstrip("/")

    def environment(self, folder: Path, *accounts: str, hosts: str = "") -> dict[str, str]:
        """Variables that lend the packages their libraries, and `accounts` that an installed package would have made.

        The accounts are other names of `owner()`, and `hosts` is what is known instead of /etc/hosts; both are told by nss_wrapper (https://cwrap.org/nss_wrapper.html) from files
        written into `folder`.
        """
        libraries = [path for kind in ("usr/lib", "lib") for path in self.root.glob(f"{kind}/*-linux-gnu")]
        who = pwd.getpwnam(owner())
        lines = [f"{name}:x:{who.pw_uid}:{who.pw_gid}::/:/bin/false\n" for name in accounts]
        groups = [f"{name}:x:{who.pw_gid}:\n" for name in accounts]
        (folder / "passwd").write_text(Path("/etc/passwd").read_text() + "".join(lines))
        (folder / "group").write_text(Path("/etc/group").read_text() + "".join(groups))
        known = {}
        if hosts:
            (folder / "hosts").write_text(hosts)
            known = {"NSS_WRAPPER_HOSTS": str(folder / "hosts"), "NSS_WRAPPER_HOSTNAME": hosts.split()[1]}
        return known | {
            "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
            "LD_PRELOAD": "libnss_wrapper.so",
            "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(folder / "group"),
        }


def owner() -> str:
    """Who runs an unpacked server: nobody of importance when root can choose, else whoever runs the tests."""
    return "mail" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
