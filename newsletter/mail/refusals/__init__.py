"""Whom a refusal is about: this reader, this message, who sends it, or the way out; and so what follows.

A table of replies (`table.toml`), each with its source, is asked first, from top to bottom. What is not in it is told by the
reasons of `newsletter.mail.reasons` where it is for good; "not now" (4yz) is the reader's then.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

from newsletter.mail.envelope import Deferred, Refused
from newsletter.mail.reasons import judge
from newsletter.mail.report import Failure, Reason

STAGES = ("MAIL", "RCPT", "DATA", "DOT")
"""Where a mail server may answer a message: the commands, and the final dot. Any other stage is a provider, by its name."""

CALL = "_call"
"""Stands behind a provider's name when it refused a call as a whole, and so names no reader."""
_ADDRESS = re.compile(r"<?[^\s<>@,;:\"']{1,128}@[\w.-]{1,255}>?")  # a reader's may hold any word
HANDSHAKE = "HANDSHAKE"
"""The stage before any message: greeting, EHLO, STARTTLS, AUTH. Whatever is refused there is refused to all."""


class About(StrEnum):
    """Whom an answer is about."""

    READER = "this reader"
    MESSAGE = "this message"
    SENDER = "this sender"
    WAY = "the way out"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class RefusalVerdict:
    """What one answer means.

    `sure` when no reader can be meant, so that one such answer is enough; else it takes a handful that are equal by `key`.
    """

    about: About
    key: str
    sure: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is about us, as far as the words tell."""
        return self.about in (About.MESSAGE, About.SENDER, About.WAY)


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One row of the table: an answer as it is known, and about whom it is."""

    name: str
    about: About
    sure: bool
    at: tuple[str, ...]
    codes: re.Pattern[str]
    says: re.Pattern[str]
    unless: re.Pattern[str] | None
    example: str
    source: str

    def fits(self, stage: str, code: int, words: str) -> bool:
        """Whether an answer at `stage` is this one; `words` in lower case, with the status before them."""
        if stage not in self.at or not self.codes.fullmatch(str(code)) or not self.says.search(words):
            return False
        return not (self.unless and self.unless.search(words))


@cache
def table() -> tuple[RefusalRow, ...]:
    """The rows in their order."""
    rows = tomllib.loads(files(__package__).joinpath("table.toml").read_text("utf-8"))["row"]
    return tuple(
        RefusalRow(
            row["name"],
            About[row["about"].upper()],
            bool(row.get("sure")),
            tuple(row.get("at", STAGES)),
            re.compile(row.get("codes", "[45]..")),
            re.compile(row["says"]),
            re.compile(row["unless"]) if "unless" in row else None,
            row["example"],
            row["source"],
        )
        for row in rows
    )


def verdict(answer: Refused | Deferred) -> RefusalVerdict:
    """Tell whom an answer is about."""
    return _verdict(answer.code, answer.status, answer.reply[:500], answer.at)


@lru_cache(maxsize=2048)  # a server that refuses everybody says the same to all
def _verdict(code: int, status: str, reply: str, at: str) -> RefusalVerdict:
    if at == HANDSHAKE:
        return RefusalVerdict(About.WAY, HANDSHAKE, sure=True)
    said = reply if status in reply else f"{status} {reply}"
    words = " ".join(_ADDRESS.sub(" @ ", said).lower().split())
    found = _found(code, status, words, at.removesuffix(CALL) or "DOT")  # who does not tell where: where all is known
    if not at.endswith(CALL):
        return found
    return RefusalVerdict(found.about if found.ours else About.UNCLEAR, found.key, sure=True)


def _found(code: int, status: str, words: str, stage: str) -> RefusalVerdict:
    for row in table():
        if row.fits(stage, code, words):
            return RefusalVerdict(row.about, row.name, row.sure)
    if code // 100 == 4 and stage in STAGES:
        return RefusalVerdict(About.READER, f"{code} {status}")
    return _by_reason(code, status, words, stage)


_R = Reason
_OF_SENDER = frozenset(
    {_R.AUTHFAILURE, _R.BADREPUTATION, _R.BLOCKED, _R.FAILEDSTARTTLS, _R.REJECTED, _R.REQUIREPTR, _R.SECURITYERROR}
    | {_R.POLICYVIOLATION}
)
_OF_MESSAGE = frozenset({_R.CONTENTERROR, _R.NOTCOMPLIANTRFC, _R.SPAMDETECTED, _R.VIRUSDETECTED, _R.MESGTOOBIG})
_OF_WAY = frozenset({_R.NORELAYING, _R.RATELIMITED, _R.SPEEDING, _R.TOOMANYCONN, _R.SYSTEMFULL})
_UNCLEAR = frozenset({_R.ONHOLD, _R.UNDEFINED, _R.SYSTEMERROR, _R.SYNTAXERROR, _R.NETWORKERROR, _R.EXPIRED})


def _by_reason(code: int, status: str, words: str, stage: str) -> RefusalVerdict:
    command = {"DOT": "DATA"}.get(stage, stage) if stage in STAGES else ""
    said = words if words.startswith(str(code)) else f"{code} {words}"
    reason = judge(Failure("", diagnostic=said, status=status, command=command if command == "MAIL" else "")).reason
    key = f"{reason.value} {code} {status}"
    if reason in _OF_MESSAGE:
        return RefusalVerdict(About.MESSAGE, key)
    if reason in _OF_WAY:
        return RefusalVerdict(About.WAY, key)
    if reason in _OF_SENDER or (stage == "MAIL" and reason is not Reason.NOTACCEPT):
        return RefusalVerdict(About.SENDER, key)  # after MAIL no reader was named yet
    return RefusalVerdict(About.UNCLEAR if reason in _UNCLEAR else About.READER, key)
