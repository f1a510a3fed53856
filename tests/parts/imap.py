"""A small IMAP server over a real socket: as much of RFC 3501 and RFC 2177 as fetching mail needs."""

from __future__ import annotations

import re
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say(b"* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.strip().partition(b" ")
            name, _, arguments = rest.partition(b" ")
            if name.upper() == b"LOGOUT":
                self._say(b"* BYE", tag + b" OK bye")
                return
            known = getattr(self, f"do_{name.decode().lower()}", None)
            if known is None:
                self._say(tag + b" BAD unknown")
            else:
                known(tag, arguments)

    def do_capability(self, tag: bytes, arguments: bytes) -> None:
        idle = b" IDLE" if self.server.mailbox.can_idle else b""
        self._say(b"* CAPABILITY IMAP4rev1" + idle, tag + b" OK done")

    def do_login(self, tag: bytes, arguments: bytes) -> None:
        right = arguments in (b'"user" "word"', b'user "word"', b"user word")
        self._say(tag + (b" OK welcome" if right else b" NO wrong"))

    def do_select(self, tag: bytes, arguments: bytes) -> None:
        self._say(b"* %d EXISTS" % len(self.server.mailbox.messages), b"* OK [UIDVALIDITY 1] fine", tag + b" OK done")

    def do_expunge(self, tag: bytes, arguments: bytes) -> None:
        self.server.mailbox.expunge()
        self._say(tag + b" OK done")

    def do_idle(self, tag: bytes, arguments: bytes) -> None:
        if self.server.mailbox.tells == "with idle":
            self._say(b"+ idling", b"* %d EXISTS" % len(self.server.mailbox.messages))
            assert self.rfile.readline().strip() == b"DONE"
            self._say(tag + b" OK done")
            return
        self._say(b"+ idling")
        if self.server.mailbox.arrived.wait(5):
            self.server.mailbox.arrived.clear()
            self._say(b"* %d EXISTS" % len(self.server.mailbox.messages))
        assert self.rfile.readline().strip() == b"DONE"
        self._say(tag + b" OK done")

    def do_uid(self, tag: bytes, arguments: bytes) -> None:
        name, _, rest = arguments.partition(b" ")
        box = self.server.mailbox
        if name.upper() == b"SEARCH":
            found = [uid for uid in box.messages if b"UNSEEN" not in rest or uid not in box.seen]
            self._say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found))
            if box.tells == "with search":
                self._say(b"* %d EXISTS" % (len(box.messages) + 1))
        elif name.upper() == b"FETCH":
            uid = int(rest.split()[0])
            if uid in box.withheld:
                self._say(tag + b" NO [SERVERBUG] not this one")
                return
            most = int(re.search(rb"<0\.(\d+)>", rest)[1])
            content = box.messages[uid][:most]
            self._say(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (uid, len(content)) + content + b")")
        elif name.upper() == b"STORE":
            uid = int(rest.split()[0])
            (box.deleted if b"Deleted" in rest else box.seen).add(uid)
        self._say(tag + b" OK done")

    def _say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    mailbox: ImapServer


class ImapServer:
    """A mailbox on a loopback port: user `user`, password `word`."""

    def __init__(self, *, can_idle: bool = True) -> None:
        self.can_idle = can_idle
        self.messages: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.deleted: set[int] = set()
        self.withheld: set[int] = set()  # what it does not give to whoever asks
        self.tells = (
            ""  # "with search": new mail is told in that answer alone; "with idle": in one packet with its first line
        )
        self.arrived = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.mailbox = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, done: str = "seen", password: str = "word") -> str:
        """Value for NEWSLETTER_IMAP_URL."""
        return f"imap://user:{password}@127.0.0.1:{self._server.server_address[1]}/INBOX?tls=none&done={done}"

    def put(self, content: bytes) -> None:
        """Let a message arrive."""
        self.messages[len(self.messages) + len(self.deleted) + 1] = content
        self.arrived.set()

    def expunge(self) -> None:
        """Take away what is marked as deleted."""
        for uid in self.deleted:
            self.messages.pop(uid, None)

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
