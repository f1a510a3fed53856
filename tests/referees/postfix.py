"""A private Postfix: its own configuration, queue and ports on loopback; nothing of the machine's own is touched."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.parts.postgres import free_port

MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/log/maillog
maillog_file_prefixes = {root}
myhostname = relay.test
mydestination = local.test
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
smtp_tls_security_level = none
transport_maps = inline:{{ {routes} }}
relay_domains =
append_dot_mydomain = no
biff = no
# One try, then the sender is told: an hour of waiting pressed into a moment.
maximal_queue_lifetime = 0
bounce_queue_lifetime = 1h
delay_warning_time = 0h
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
START_SECONDS = 20


def missing() -> str:
    """What keeps Postfix from being started here, or empty."""
    if shutil.which("postfix", path="/usr/sbin:/usr/bin") is None:
        return "Postfix"
    return "" if os.geteuid() == 0 else "the right to start Postfix (root)"


class Postfix:
    """A running instance; `routes` says for each domain which loopback port its mail goes to."""

    def __init__(self, routes: dict[str, int]) -> None:
        self.port = free_port()
        self._root = Path(tempfile.mkdtemp(prefix="postfix-", dir="/var/tmp"))
        self._root.chmod(0o755)
        for folder in ("etc", "queue", "data", "log"):
            (self._root / folder).mkdir()
        shutil.chown(self._root / "data", "postfix")
        table = ", ".join(f"{{ {domain} = smtp:[127.0.0.1]:{port} }}" for domain, port in routes.items())
        etc = self._root / "etc"
        (etc / "main.cf").write_text(MAIN.format(root=self._root, routes=table, daemons=_daemons()))
        (etc / "master.cf").write_text(MASTER.format(port=self.port))
        self._process = subprocess.Popen(
            ["/usr/sbin/postfix", "-c", str(etc), "start-fg"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._await()

    @property
    def url(self) -> str:
        """Value for NEWSLETTER_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    @property
    def log(self) -> str:
        """What it wrote down."""
        file = self._root / "log" / "maillog"
        return file.read_text(errors="replace") if file.exists() else ""

    def stop(self) -> None:
        """End it and take away its folders."""
        subprocess.run(["/usr/sbin/postfix", "-c", str(self._root / "etc"), "stop"], check=False, capture_output=True)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()
        shutil.rmtree(self._root, ignore_errors=True)

    def _await(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        log = self.log
        self._process.kill()
        _, errors = self._process.communicate()
        shutil.rmtree(self._root, ignore_errors=True)
        raise AssertionError(f"Postfix does not start: {errors.decode(errors='replace')} {log}")


def _daemons() -> str:
    found = subprocess.run(["/usr/sbin/postconf", "-d", "-h", "daemon_directory"], capture_output=True, check=True)
    return found.stdout.decode().strip()
