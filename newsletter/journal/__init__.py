"""The acceptance journal says what this host's worker wrote and heard for one claim, in a file named `<batch>-<fence>.journal`:

    B <boot id>                              which start of the machine this is: only within one is the page cache to be trusted
    S <delivery>                             the next octets may complete this message
    A <delivery> <kind>@<at> <code> <status> <reply>   the reply to it was read; what it answers stands in `at`, if it is known

It is made before there is a claim, under a name that tells of none, so that a host whose disk is full claims nothing.
The file is removed once the ledger holds the outcomes. A file that can be locked therefore belongs to a dead claim, and
replaying it tells each delivery's fate: heard -> its outcome; written but not heard -> uncertain; neither -> never sent,
or, when the machine went down since, or the file is damaged, uncertain too: some lines may be missing.
How such files outlive kill -9, and are told from damaged ones, is said in `newsletter.journal.lines`.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from newsletter.journal.lines import Lines, orphaned
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused

SUFFIX = ".journal"
_CLAIM = re.compile(r"(\d{1,18})-(\d{1,18})" + re.escape(SUFFIX))
_WROTE = re.compile(r"S (\d{1,18})")
_HEARD = re.compile(r"A (\d{1,18}) (accepted|deferred|refused)(?:@(\w{1,20}))? (-?\d{1,4}) (\S{1,12}) ([^\0]*)")
_KINDS: dict[type[object], str] = {Accepted: "accepted", Deferred: "deferred", Refused: "refused"}
_REFUSALS: dict[str, type[Deferred | Refused]] = {"deferred": Deferred, "refused": Refused}


class Journal(Lines):
    """The witness of one claim (see `newsletter.transports.base.SendWitness`), made before there is one: `belong_to` names it.

    Raises CannotWrite when it cannot be opened.
    """

    def __init__(self, folder: Path, *claim: int) -> None:
        super().__init__(folder / f"{os.getpid()}.{secrets.token_hex(8)}{SUFFIX}")
        self.append(f"B {_boot()}".encode())
        if claim:
            self.belong_to(*claim)

    def belong_to(self, batch_id: int, fence: int) -> None:
        """Bear witness of this claim from now on. Raises CannotWrite."""
        with self.told():
            self.path = self.path.rename(self.path.with_name(f"{batch_id}-{fence}{SUFFIX}"))

    def wrote(self, delivery_id: int) -> None:
        """Note that the next octets may complete this message."""
        self.append(b"S %d" % delivery_id)

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        """Note the reply to this message; outcomes that are no reply need no line."""
        kind = _KINDS.get(type(outcome))
        if kind is not None and isinstance(outcome, Accepted | Deferred | Refused):
            reply = outcome.reply
            if "\\" in reply or not reply.isprintable():
                reply = reply.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "")
            if not isinstance(outcome, Accepted) and outcome.at:
                kind = f"{kind}@{outcome.at}"
            line = f"A {delivery_id} {kind} {outcome.code} {outcome.status or '-'} {reply}"
            self.append(line.encode("utf-8", "replace"))

    def close(self, *, recorded: bool) -> None:
        """Let the file go: removed when the ledger holds the outcomes, left for the sweeper when it does not."""
        self.let_go(remove=recorded)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close(recorded=kind is None)


@dataclass(frozen=True, slots=True)
class Fates:
    """What a dead claim's journal proves."""

    batch_id: int
    fence: int
    written: frozenset[int]
    heard: dict[int, Accepted | Deferred | Refused]
    complete: bool = True  # False when lines may be missing: the machine went down since, or the file is damaged


def orphans(folder: Path, *, besides: Collection[tuple[int, int]] = ()) -> Iterator[Fates]:
    """Give the journals whose process is dead; each is removed when the loop comes round without an error.

    Those of `besides`, by batch and fence, are left alone.
    """
    for path, lines in orphaned(folder, SUFFIX, {f"{batch_id}-{fence}{SUFFIX}" for batch_id, fence in besides}):
        claim = _CLAIM.fullmatch(path.name)
        if claim:  # a stray file of another name proves nothing
            yield _fates(int(claim[1]), int(claim[2]), lines)


def see_writable(folder: Path) -> None:
    """Make a journal, see that the disk takes it, and remove it. Raises CannotWrite."""
    journal = Journal(folder)
    try:
        journal.sync()
    finally:
        journal.let_go(remove=True)


def _fates(batch_id: int, fence: int, lines: list[str | None]) -> Fates:
    written: set[int] = set()
    heard: dict[int, Accepted | Deferred | Refused] = {}
    whole = lines[:1] == [f"B {_boot()}"]
    for line in lines[1:] if whole else lines:
        if line is None:
            whole = False
        elif wrote := _WROTE.fullmatch(line):
            written.add(int(wrote[1]))
        elif said := _HEARD.fullmatch(line):
            heard[int(said[1])] = _answer(*said.groups()[1:])
        else:
            whole = False
    return Fates(batch_id, fence, frozenset(written), heard, complete=whole)


def _answer(kind: str, at: str | None, code: str, status: str, reply: str) -> Accepted | Deferred | Refused:
    told = int(code), "" if status == "-" else status, _unescape(reply)
    return Accepted(*told) if kind == "accepted" else _REFUSALS[kind](*told, at or "")


@cache
def _boot() -> str:
    """The id of this start of the machine (proc(5): random/boot_id); empty where there is none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _unescape(reply: str) -> str:
    parts = reply.split("\\\\")
    return "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
