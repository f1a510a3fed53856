"""A private Postfix: its own configuration, queue and ports on loopback; nothing of the machine's own is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

from tests.parts.ports import free_port
from tests.referees.base import HOST, LOCAL, NOWHERE, UNRESOLVABLE, Running, folder, url_of

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
myhostname = {host}
mydestination = {local}
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


class Postfix:
    """Postfix as Debian installs it."""

    def __init__(self, routes: Mapping[str, int]) -> None:
        root, port = folder("postfix"), free_port()
        for name in ("etc", "queue", "data", "log"):
            (root / name).mkdir()
        shutil.chown(root / "data", "postfix")
        table = [f"{{ {domain} = smtp:[127.0.0.1]:{to} }}" for domain, to in routes.items()]
        table.append(f"{{ {NOWHERE} = smtp:[{UNRESOLVABLE}] }}")
        (root / "etc" / "main.cf").write_text(
            MAIN.format(root=root, host=HOST, local=LOCAL, routes=", ".join(table), daemons=_daemons())
        )
        (root / "etc" / "master.cf").write_text(MASTER.format(port=port))
        self._command = ["/usr/sbin/postfix", "-c", str(root / "etc")]
        self._running = Running([*self._command, "start-fg"], root=root, port=port)
        self.url = url_of(port)

    @staticmethod
    def missing() -> str:
        """What keeps it from being started here, or empty."""
        if shutil.which("postfix", path="/usr/sbin:/usr/bin") is None:
            return "Postfix"
        return "" if os.geteuid() == 0 else "the right to start Postfix (root)"

    @property
    def log(self) -> str:
        """What it wrote down."""
        return self._running.log("log/*")

    def stop(self) -> None:
        """End it and take away its folders."""
        subprocess.run([*self._command, "abort"], check=False, capture_output=True)  # master leads a group of its own
        self._running.stop()


def _daemons() -> str:
    found = subprocess.run(["/usr/sbin/postconf", "-d", "-h", "daemon_directory"], capture_output=True, check=True)
    return found.stdout.decode().strip()
