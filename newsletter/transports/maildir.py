"""Mail caught in a local folder (Maildir, https://cr.yp.to/proto/maildir.html): the demo's way out, read by the inbox page."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter import private_files
from newsletter.clock import Clock, SystemClock
from newsletter.errors import TransportError
from newsletter.mail.envelope import Accepted, Envelope, Outcome, Unsent
from newsletter.transports.base import CLOSE_SECONDS, SendWitness


class MaildirTransport:
    """Writes each message to `tmp/` and moves it to `new/` whole, so that a reader never sees half of one.

    Files are named `<seconds>.M<microseconds>P<pid>Q<count>D<delivery id>.<host>` and begin with Return-Path, Delivered-To
    and X-Original-To, which carry the envelope.
    """

    name = "maildir"

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock or SystemClock()
        self._count = itertools.count()  # next() on it is atomic
        # "/" and ":" may not stand in a file's name; the Maildir page gives their octal spelling.
        self._host = socket.gethostname().replace("/", r"\057").replace(":", r"\072")

    def send(self, envelopes: Iterable[Envelope], witness: SendWitness) -> dict[int, Outcome]:
        """Deliver each envelope. A full or missing folder is a way out that is down: see `Transport.send`."""
        outcomes: dict[int, Outcome] = {}
        with self._mapped():
            self._make_folders()
        for envelope in envelopes:
            try:
                outcomes[envelope.delivery_id] = self._deliver(envelope, witness)
            except TransportError as error:
                if not outcomes:
                    raise
                outcomes[envelope.delivery_id] = Unsent(str(error))
                break
        return outcomes

    def find(self) -> None:
        """A folder is within reach; what it takes is told by `send`."""

    def close(self, within: float = CLOSE_SECONDS) -> None:
        """Nothing to close."""

    def _make_folders(self) -> None:
        for name in ("tmp", "new", "cur"):
            private_files.make_folder(self.path / name)

    def _deliver(self, envelope: Envelope, witness: SendWitness) -> Outcome:
        name = self._file_name(envelope.delivery_id)
        draft = self.path / "tmp" / name
        try:
            with self._mapped():
                self._write(draft, envelope)
            witness.wrote(envelope.delivery_id)
            with self._mapped():
                draft.rename(self.path / "new" / name)
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
        outcome = Accepted(250, "2.0.0", name)
        witness.heard(envelope.delivery_id, outcome)
        return outcome

    def _write(self, draft: Path, envelope: Envelope) -> None:
        trace = f"Return-Path: <{envelope.mail_from}>\nDelivered-To: {envelope.rcpt_to}\nX-Original-To: {envelope.rcpt_to}\n"
        # A Maildir holds the lines of its own system; DKIM is verified after turning them back into CRLF.
        content = trace.encode() + envelope.content.replace(b"\r\n", b"\n")
        with os.fdopen(private_files.open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb", buffering=0) as file:
            written = 0
            while written < len(content):
                written += file.write(content[written:])

    def _file_name(self, delivery_id: int) -> str:
        now = self._clock.now()
        moment = f"{int(now.timestamp())}.M{now.microsecond:06d}"
        return f"{moment}P{os.getpid()}Q{next(self._count)}D{delivery_id}.{self._host}"

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        """What the file system says ends here; what a witness says does not."""
        try:
            yield
        except OSError as error:
            raise TransportError(
                f"the folder takes no mail: {error.strerror or error}",
                where=str(self.path),
                remedy="make room on its disk and see that it may be written",
            ) from error
