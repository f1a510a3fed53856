"""A private Dovecot without any privilege, and the Maildir that it serves."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
from pathlib import Path

from tests.parts.certificates import make_certificates
from tests.parts.ports import free_port
from tests.referees.base import Running, folder
from tests.referees.unpacked import owner

CONFIGURATION = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = 0
mail_location = maildir:{root}/Maildir
ssl = yes
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.pem
passdb {{
  driver = static
  args = password=word
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={root}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
PROGRAM = "/usr/sbin/dovecot"


def missing() -> str:
    """What keeps Dovecot from being started here, or empty."""
    return "" if Path(PROGRAM).exists() else "Dovecot (dovecot-imapd)"


class Dovecot:
    """A mailbox of the user `bounces`, password `word`."""

    def __init__(self) -> None:
        self._root, self._port, self._secure_port = folder("dovecot"), free_port(), free_port()
        for name in ("run", "state", "log", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"):
            self._own(self._root / name, make=True)
        self.authority, _ = make_certificates(self._root)
        self._own(self._root / "server.pem")
        self._count = 0
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        group = grp.getgrgid(pwd.getpwnam(owner()).pw_gid).gr_name
        configuration = self._root / "dovecot.conf"
        configuration.write_text(
            CONFIGURATION.format(
                root=self._root, owner=owner(), group=group, port=self._port, secure_port=self._secure_port
            )
        )
        self._running = Running([PROGRAM, "-F", "-c", configuration], root=self._root, port=self._port, user=owner())

    def url(
        self, options: str = "tls=none", *, where: str = "/INBOX", password: str = "word", tls: bool = False
    ) -> str:
        """Value for NEWSLETTER_IMAP_URL."""
        scheme, port = ("imaps", self._secure_port) if tls else ("imap", self._port)
        return f"{scheme}://bounces:{password}@127.0.0.1:{port}{where}?{options}"

    def put(self, content: bytes, size: int = 0) -> None:
        """Let a message arrive, as an MTA writes it (https://cr.yp.to/proto/maildir.html).

        A `size` that is not its own damages it: Dovecot believes what the name says (`S=`), and hangs up on who asks for it.
        """
        self._count += 1
        path = self._root / "Maildir" / "tmp" / f"{1_700_000_000 + self._count}.M1.referee,S={size or len(content)}"
        path.write_bytes(content)
        self._own(path)
        path.rename(path.parent.parent / "new" / path.name)

    def flags(self, where: str = "") -> list[str]:
        """The flags of each message of a folder, oldest first: `S` for seen, `T` for deleted."""
        paths = [path for sub in ("new", "cur") for path in (self._root / "Maildir" / where / sub).glob("*")]
        return [path.name.partition(":2,")[2] for path in sorted(paths, key=lambda path: path.name)]

    def make_folder(self, name: str) -> None:
        """Make a folder (Maildir++)."""
        for path in ("", "cur", "new", "tmp"):
            self._own(self._root / "Maildir" / f".{name}" / path, make=True)

    def end(self) -> None:
        """End it; its mail stays."""
        self._running.end()

    def stop(self) -> None:
        """End it and take away its folders."""
        self._running.stop()

    def _own(self, path: Path, *, make: bool = False) -> None:
        if make:
            path.mkdir()
        if os.geteuid() == 0:
            shutil.chown(path, owner(), pwd.getpwnam(owner()).pw_gid)
