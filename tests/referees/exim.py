"""A private Exim, unpacked and without any privilege."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from tests.parts.ports import free_port
from tests.referees.base import HOST, LOCAL, Running, folder, url_of
from tests.referees.unpacked import Unpacked, owner

CONFIGURATION = """
primary_hostname = {host}
exim_path = {program}
exim_user = {owner}
deliver_drop_privilege
spool_directory = {root}/spool
log_file_path = {root}/log/%slog
pid_file_path = {root}/exim.pid
keep_environment = {environment}
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
host_lookup =
helo_lookup_domains =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
acl_smtp_rcpt = everybody
begin acl
everybody:
  accept
begin routers
mailboxes:
  driver = redirect
  domains = {local}
  data =
  cannot_route_message = Unknown user
  no_more
elsewhere:
  driver = manualroute
  route_list = {routes}
  transport = out
  self = send
begin transports
out:
  driver = smtp
  hosts_avoid_tls = *
  hosts_try_fastopen =
# No rule: one try, then the sender is told (Exim specification, chapter 32).
begin retry
"""
PROGRAM = "/usr/sbin/exim4"
_PACKAGES = Unpacked("exim")


class Exim:
    """Exim 4 as Debian builds it."""

    def __init__(self, routes: Mapping[str, int]) -> None:
        root, port = folder("exim"), free_port()
        for name in ("spool", "log"):
            (root / name).mkdir()
            shutil.chown(root / name, owner())
        environment = _PACKAGES.environment(root, "Debian-exim")
        (root / "exim.conf").write_text(
            CONFIGURATION.format(
                host=HOST,
                local=LOCAL,
                root=root,
                port=port,
                program=_PACKAGES.path(PROGRAM),
                owner=owner(),
                environment=" : ".join(environment),
                routes=" ; ".join(f"{domain} 127.0.0.1::{to}" for domain, to in routes.items()),
            )
        )
        command = [_PACKAGES.path(PROGRAM), "-C", root / "exim.conf", "-bdf", "-q10s"]
        self._running = Running(command, root=root, port=port, user=owner(), env=environment)
        self.url = url_of(port)

    @staticmethod
    def missing() -> str:
        """What keeps it from being started here, or empty."""
        return _PACKAGES.missing(PROGRAM)

    @property
    def log(self) -> str:
        """What it wrote down."""
        return self._running.log("log/*")

    def stop(self) -> None:
        """End it and take away its folders."""
        self._running.stop()
