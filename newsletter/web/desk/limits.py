"""What a publication shares with all others of the service, and so cannot change for itself: each with where it is changed, and why there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.config import PREFIX, Settings


@dataclass(frozen=True, slots=True)
class SharedLimit:
    """One limit of the service as it is in force; `settings` are the names it has where the service is set up."""

    name: str
    value: str
    settings: tuple[str, ...]
    why: str


def shared_limits(of: Settings) -> tuple[SharedLimit, ...]:
    """Return the limits that hold for every publication; no secret is among them."""
    pause = f"after {of.pause_after:,} answers with {of.pause_permanent:g} % refused for good, or {of.pause_complaints:g} % complaints"
    return (
        _limit("Way out", way_out(of), "One way out has one reputation, and its address holds a password.", "smtp_url"),
        _limit("Messages a second", f"{of.messages_per_second:g}" if of.messages_per_second else "as many as the way out takes",
               "All publications share the connections of one way out.", "messages_per_second"),
        _limit("Messages a day", f"{of.messages_per_day:,}" if of.messages_per_day else "no limit",
               "Whoever offers the way out counts all mail together.", "messages_per_day"),
        _limit("Slow start", f"since {of.warm_up_start.isoformat()}" if of.warm_up_start else "none",
               "A new sender’s machine is unknown to mailbox companies, not one of its publications.", "warm_up_start", "warm_up_first", "warm_up_growth"),  # noqa: RUF001
        _limit("Pauses by itself", pause,
               "One publication that does harm spoils the way out for the others.", "pause_after", "pause_permanent", "pause_complaints"),
        _limit("Time for a change of mind", f"{of.undo_seconds} seconds" if of.undo_seconds else "none",
               "Whoever sends for several publications must not have to remember which of them waits.", "undo_seconds"),
        _limit("Size of a mail’s HTML", f"{of.byte_budget / 1000:g} kB at most",  # noqa: RUF001
               "Gmail clips every larger mail, whoever sent it.", "byte_budget"),
        _limit("A deferred message is given up", f"after {of.max_age_hours} hours",
               "Receivers’ limits are those of the machine that sends.", "max_age_hours"),  # noqa: RUF001
    )  # fmt: skip


def way_out(of: Settings) -> str:
    """Return where mail leaves by, without what only the operator may know."""
    parts = urlsplit(of.smtp_url)
    if not parts.scheme or parts.scheme in {"maildir", "memory"}:
        return "none: mail stays on this machine"
    return f"{parts.scheme}" + (f" through {parts.hostname}" if parts.hostname else "")


def _limit(name: str, value: str, why: str, *settings: str) -> SharedLimit:
    return SharedLimit(name, value, tuple(PREFIX + each.upper() for each in settings), why)
