"""nginx and Caddy with the configurations that docs/production.md shows: real processes on loopback, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.conftest import absent
from tests.parts.certificates import make_certificates
from tests.parts.guard import Guard
from tests.parts.ports import free_port
from tests.parts.waiting import comes_true
from tests.test_floors import ROOT

PAGE = ROOT / "docs" / "production.md"
NAME = "news.example.org"
UPSTREAM = "127.0.0.1:8025"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def shown(language: str) -> str:
    """Return the one block of this language that the page shows."""
    [block] = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


def replaced(text: str, *changes: tuple[str, str]) -> str:
    """Return the text with each of these changed; each must be there."""
    for before, after in changes:
        assert before in text, f"{PAGE.name} does not say {before!r} any more"
        text = text.replace(before, after)
    return text


class Proxy:
    """A proxy in front of `upstream` (a port); `trusted` is the certificate that its own is signed by."""

    program = ""

    def __init__(self, folder: Path, upstream: int) -> None:
        found = shutil.which(self.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
        if found is None:
            absent(self.program)
        self.folder, self.upstream, self.port = folder, upstream, free_port()
        self.trusted, _ = make_certificates(folder)
        self._log = (folder / "proxy.log").open("wb")
        self._process = subprocess.Popen(
            self.command(str(found)),
            stdout=self._log,
            stderr=self._log,
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
        )
        self._guard = Guard(self._process.pid, by=signal.SIGTERM)
        if not comes_true(self._answers, within=60):
            self.stop()
            raise RuntimeError((folder / "proxy.log").read_text(encoding="utf-8")[-2000:])

    def command(self, program: str) -> list[str]:
        """Write the configuration, and return how the proxy is started in the foreground."""
        raise NotImplementedError

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End it."""
        self._guard.let_go()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        self._log.close()


class Nginx(Proxy):
    """Debian's nginx."""

    program = "nginx"

    def command(self, program: str) -> list[str]:
        """One process without privilege to lose, and every file in the folder."""
        paths = "".join(f"{name}_temp_path {self.folder / name};\n" for name in TEMPORARY)
        user = "user root;\n" if os.geteuid() == 0 else ""
        settings = f"{user}daemon off;\npid {self.folder}/nginx.pid;\nerror_log stderr;\nworker_processes 1;\n"
        http = f"events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n{paths}{self.block()}\n}}\n"
        (self.folder / "nginx.conf").write_text(settings + http, encoding="utf-8")
        return [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "stderr"]

    def block(self) -> str:
        """Return the page's block with this machine's places in it."""
        return replaced(
            shown("nginx"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("listen [::]:443 ssl;", ""),
            ("/etc/ssl/news.example.org.pem", f"{self.folder}/server.pem"),
            ("/etc/ssl/news.example.org.key", f"{self.folder}/server.pem"),
            ("/var/log/nginx/newsletter.log", f"{self.folder}/access.log"),
            (UPSTREAM, f"127.0.0.1:{self.upstream}"),
        )


class PlainNginx(Nginx):
    """nginx as somebody sets it up in a hurry: it says nothing of the visitor, and asks for the web server's own address."""

    def block(self) -> str:
        """Return the least that makes a proxy."""
        tls = f"ssl_certificate {self.folder}/server.pem; ssl_certificate_key {self.folder}/server.pem;"
        location = f"location / {{ proxy_pass http://127.0.0.1:{self.upstream}; }}"
        return f"server {{ listen 127.0.0.1:{self.port} ssl; {tls} {location} }}"


class Caddy(Proxy):
    """Debian's Caddy."""

    program = "caddy"

    def command(self, program: str) -> list[str]:
        """No certificate is fetched, no port of administration is opened, and every file is in the folder."""
        own = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {self.folder}/caddy\n"
        chain = f"{self.folder}/server.pem"
        site = (
            f"https://{NAME}:{self.port}, https://127.0.0.1:{self.port} {{\n\tbind 127.0.0.1\n\ttls {chain} {chain}\n"
        )
        text = replaced(
            shown("caddyfile"),
            ("{\n\tservers", f"{own}\tservers"),
            (f"{NAME} {{\n", site),
            (UPSTREAM, f"127.0.0.1:{self.upstream}"),
        )
        (self.folder / "Caddyfile").write_text(text, encoding="utf-8")
        return [program, "run", "--config", str(self.folder / "Caddyfile"), "--adapter", "caddyfile"]
