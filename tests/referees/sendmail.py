"""A private sendmail, unpacked and without any privilege."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.parts.ports import free_port
from tests.referees.base import HOST, LOCAL, NOWHERE, UNRESOLVABLE, Running, folder, url_of
from tests.referees.unpacked import Unpacked, owner

# A port is an affair of the mailer, not of the route: each port gets a mailer of its own. The table is a text file, so that
# nothing has to be compiled, and may lie below a folder that others may write to. sendmail forgets its environment, but for `E` lines.
CONFIGURATION = """
divert(-1)
include(`{cf}/m4/cf.m4')
OSTYPE(`linux')
define(`confDOMAIN_NAME', `{host}')
define(`QUEUE_DIR', `{root}/queue')
define(`STATUS_FILE', `{root}/statistics')
define(`confPID_FILE', `{root}/sendmail.pid')
define(`confSERVICE_SWITCH_FILE', `{root}/switch')
undefine(`ALIAS_FILE')
undefine(`confCW_FILE')
define(`confRUN_AS_USER', `{owner}')
define(`confTRUSTED_USER', `{owner}')
define(`confTRUSTED_USERS', `{owner}')
define(`confDONT_BLAME_SENDMAIL', `MapInUnsafeDirPath,GroupWritableDirPathSafe')
define(`confTO_QUEUERETURN', `1s')
define(`confTO_QUEUEWARN', `0')
define(`confTO_HOSTSTATUS', `0')
define(`confTO_IDENT', `0')
define(`confMIN_QUEUE_AGE', `0')
FEATURE(`mailertable', `text -k0 -v1 {root}/mailertable')
FEATURE(`promiscuous_relay')
FEATURE(`accept_unresolvable_domains')
FEATURE(`nocanonify')
FEATURE(`no_default_msa')
DAEMON_OPTIONS(`Name=MTA, Addr=127.0.0.1, Port={port}')
LOCAL_DOMAIN(`{local}')
MAILER(`local')
MAILER(`smtp')
LOCAL_CONFIG
{environment}
MAILER_DEFINITIONS
"""
MAILER = (
    "Mto{port}, P=[IPC], F=mDFMuXa8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=2040, T=DNS/RFC822/SMTP, "
    "A=TCP $h {port}\n"
)
SWITCH = "hosts files\npasswd files\naliases files\n"
PROGRAM = "/usr/libexec/sendmail/sendmail"
_PACKAGES = Unpacked("sendmail")


class Sendmail:
    """sendmail 8 as Debian builds it."""

    def __init__(self, routes: Mapping[str, int]) -> None:
        root, port = folder("sendmail"), free_port()
        environment = _PACKAGES.environment(root, hosts=f"127.0.0.1 {HOST} localhost\n")
        (root / "queue").mkdir(mode=0o700)
        shutil.chown(root / "queue", owner())
        (root / "switch").write_text(SWITCH)
        table = [f"{domain} to{to}:[127.0.0.1]\n" for domain, to in routes.items()]
        (root / "mailertable").write_text("".join([*table, f"{NOWHERE} esmtp:[{UNRESOLVABLE}]\n"]))
        (root / "sendmail.cf").write_bytes(_compiled(root, port, set(routes.values()), environment))
        command = [_PACKAGES.path(PROGRAM), "-C", root / "sendmail.cf", "-bD", "-q1s", "-X", root / "queue" / "traffic"]
        self._running = Running(command, root=root, port=port, user=owner(), env=environment)
        self.url = url_of(port)

    @staticmethod
    def missing() -> str:
        """What keeps it from being started here, or empty."""
        return _PACKAGES.missing(PROGRAM)

    @property
    def log(self) -> str:
        """What it wrote down."""
        return self._running.log("queue/traffic")

    def stop(self) -> None:
        """End it and take away its folders."""
        self._running.stop()


def _compiled(root: Path, port: int, ports: set[int], environment: Mapping[str, str]) -> bytes:
    """The configuration as sendmail reads it, from what people read (cf/README)."""
    cf = _PACKAGES.path("/usr/share/sendmail/cf")
    kept = "\n".join(f"E{name}={value}" for name, value in environment.items())
    text = CONFIGURATION.format(cf=cf, host=HOST, local=LOCAL, root=root, owner=owner(), port=port, environment=kept)
    source = text + "".join(MAILER.format(port=each) for each in sorted(ports))
    m4 = [str(_PACKAGES.path("/usr/bin/m4")), f"-D_CF_DIR_={cf}/"]
    done = subprocess.run(m4, input=source.encode(), capture_output=True, check=True, env=dict(environment))
    return done.stdout
