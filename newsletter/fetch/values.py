"""What is asked for, how much of it is believed, and what came: values, and the errors for what did not come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.errors import UnavailableError

FOR_GOOD = frozenset({301, 308})
"""Statuses of redirects that hold from now on (RFC 9110 sections 15.4.2 and 15.4.9)."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much is believed of a stranger: octets of the body, seconds for all of it, redirects, and the schemes."""

    octets: int = 1024 * 1024
    seconds: float = 10.0
    redirects: int = 3
    schemes: tuple[str, ...] = ("https",)


@dataclass(frozen=True, slots=True)
class Ask:
    """An address, which may be an international one (RFC 3987), and how it is asked for.

    `secret_headers` go to the host of `url` alone: they are left out from the first redirect on that leads to another scheme,
    host or port, and stand in no error, log or `repr`. Of `headers`, those named like a secret are treated as one.
    `etag` and `last_modified` are what an earlier answer said, word for word; they are sent to the address that said so
    (`validators_of`, the `url` of that page), or to every address on the way when none is named. `schemes`, `octets` (of the body,
    unpacked) and `seconds` (never more than the fetcher's own) are the fetcher's limits unless given.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    etag: str = ""
    last_modified: str = ""
    validators_of: str = ""
    schemes: tuple[str, ...] | None = None
    octets: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect on the way: the address that was asked, and the status it answered with."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Page:
    """What stood at `url`, after the redirects `hops`. `headers` by lower-case name, the last of each; `content` is unpacked.

    `retry_after`: seconds from now, a day at most, where a refusal (a status from 400 on) names some.
    """

    url: str
    status: int
    headers: dict[str, str]
    content: bytes
    hops: tuple[Hop, ...] = ()
    retry_after: float | None = None

    @property
    def moves(self) -> tuple[int, ...]:
        """The statuses of the redirects."""
        return tuple(hop.status for hop in self.hops)

    @property
    def is_moved_for_good(self) -> bool:
        """Whether it stands at `url` from now on: there were redirects, and each of them holds for good."""
        return bool(self.hops) and FOR_GOOD.issuperset(self.moves)

    @property
    def is_unchanged(self) -> bool:
        """Whether it is as it was when the validators were given out: there is no content."""
        return self.status == 304

    @property
    def etag(self) -> str:
        """Its validator, word for word, or nothing."""
        return self.headers.get("etag", "")

    @property
    def last_modified(self) -> str:
        """Its other validator, word for word, or nothing."""
        return self.headers.get("last-modified", "")


class SlowAnswerError(UnavailableError):
    """It did not come within its time."""


class LargeAnswerError(UnavailableError):
    """It is larger than was asked for, packed or unpacked."""


class BrokenAnswerError(UnavailableError):
    """It came, and cannot be used: packed otherwise than asked for, or not unpacked to its end."""
