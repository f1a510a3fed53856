"""Filters are asked over real sockets; whatever they answer becomes a score or an error in words."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.errors import UnavailableError
from newsletter.transports.spam_scorers import Rspamd, SpamAssassinCommand, Spamd, scorer_of

MESSAGE = b"Subject: hello\r\n\r\nwords\r\n"
SPAMD = b"SPAMD/1.1 0 EX_OK\r\nContent-length: 30\r\nSpam: True ; 7.5 / 5.0\r\n\r\nBAYES_99,HTML_FONT_LOW_CONTRAST"
RSPAMD = b'{"score": 4.93, "required_score": 15.0, "action": "no action", "symbols": {"A": {"score": 0.0}, "B": {"score": -1.5}, "C": {"score": 4}}}'


class Line:
    """A server that reads one question, says its piece, and ends."""

    def __init__(self, says: bytes, *, stays: bool = False) -> None:
        self.heard = b""
        self.over = threading.Event()
        self._says, self._stays = says, stays
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _ = self._server.accept()
        with line:
            line.settimeout(5)
            while b"words" not in self.heard and (piece := line.recv(65_536)):
                self.heard += piece
            line.sendall(self._says)
            if self._stays:
                self.over.wait(10)

    def close(self) -> None:
        """End it."""
        self.over.set()
        self._server.close()


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    """Servers that end with the test."""
    made: list[Line] = []
    yield made
    for line in made:
        line.close()


def http(body: bytes, code: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {code}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def test_spamd_is_asked_by_its_protocol(lines: list[Line]) -> None:
    lines.append(Line(SPAMD))
    score = Spamd("127.0.0.1", lines[0].port).score(MESSAGE)
    assert (score.points, score.limit, score.symbols) == (7.5, 5.0, ("BAYES_99", "HTML_FONT_LOW_CONTRAST"))
    assert lines[0].heard == b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(MESSAGE) + MESSAGE


def test_rspamd_is_asked_by_http(lines: list[Line]) -> None:
    lines.append(Line(http(RSPAMD)))
    score = Rspamd(f"http://127.0.0.1:{lines[0].port}/").score(MESSAGE)
    assert (score.by, score.points, score.limit, score.symbols) == ("rspamd", 4.93, 15.0, ("C", "B"))
    assert lines[0].heard.startswith(b"POST /checkv2 HTTP/1.1\r\n")
    assert lines[0].heard.endswith(MESSAGE)


@pytest.mark.parametrize(
    "says", [b"", b"nonsense", b"SPAMD/1.1 76 EX_PROTOCOL\r\n\r\n", b"SPAMD/1.1 0 EX_OK\r\nSpam: True\r\n\r\n"]
)
def test_a_daemon_that_gives_no_score_is_told(lines: list[Line], says: bytes) -> None:
    lines.append(Line(says))
    with pytest.raises(UnavailableError, match="no score"):
        Spamd("127.0.0.1", lines[0].port).score(MESSAGE)


@pytest.mark.parametrize(
    "says",
    [
        http(b"{}"),
        http(b"[]"),
        http(b"no json"),
        http(RSPAMD, "500 No"),
        http(b'{"score": "x", "symbols": 1}'),
        b"",
        http(b"x" * 300_000),
    ],
)
def test_an_rspamd_that_gives_no_score_is_told(lines: list[Line], says: bytes) -> None:
    lines.append(Line(says))
    with pytest.raises(UnavailableError, match="rspamd"):
        Rspamd(f"http://127.0.0.1:{lines[0].port}").score(MESSAGE)


def test_who_does_not_answer_is_given_up(lines: list[Line]) -> None:
    lines += [Line(b"SPAMD/1.1", stays=True), Line(b"HTTP/1.1 200", stays=True)]
    with pytest.raises(UnavailableError, match="no answer in time"):
        Spamd("127.0.0.1", lines[0].port, seconds=0.3).score(MESSAGE)
    with pytest.raises(UnavailableError, match="no answer in time"):
        Rspamd(f"http://127.0.0.1:{lines[1].port}", seconds=0.3).score(MESSAGE)


def test_who_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for scorer in (Spamd("127.0.0.1", port), Rspamd(f"http://127.0.0.1:{port}")):
        with pytest.raises(UnavailableError, match="no connection"):
            scorer.score(MESSAGE)


def _command(folder: Path, says: str) -> None:
    path = folder / "spamassassin"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\n{says}\n", encoding="utf-8")
    path.chmod(0o755)


def test_the_command_is_asked_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    _command(
        tmp_path,
        r"printf 'X-Spam-Status: No, score=-0.3 required=5.0 tests=A_B,\n\tC_D autolearn=no\nSubject: x\n\nwords\n'",
    )
    score = SpamAssassinCommand().score(MESSAGE)
    assert (score.points, score.limit, score.symbols) == (-0.3, 5.0, ("A_B", "C_D"))
    _command(tmp_path, "echo nothing")
    with pytest.raises(UnavailableError, match="no score"):
        SpamAssassinCommand().score(MESSAGE)
    _command(tmp_path, "exec sleep 5")
    with pytest.raises(UnavailableError, match="no answer in time"):
        SpamAssassinCommand(seconds=0.2).score(MESSAGE)


def test_without_a_command_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="no spamassassin on the PATH"):
        SpamAssassinCommand().score(MESSAGE)


def test_the_setting_names_who_is_asked() -> None:
    assert scorer_of("") is None
    assert scorer_of("spamd://filter.example") == Spamd("filter.example", 783)
    assert scorer_of("http://filter.example:11333") == Rspamd("http://filter.example:11333")
    assert scorer_of("spamassassin") == SpamAssassinCommand()
