"""What the doctor says of sources and of drafting: which sources rest, whether secrets are there, whether what reads answers starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from newsletter.config import Settings
from newsletter.sources.secret_headers import SecretError, SecretHeaders
from newsletter.store.database import Database
from newsletter.store.sources import sources as store
from newsletter.verdicts import Result

_NAME, _DRAFTING = "sources", "drafting"
_TOLD = 5
_MOST = 1000


class CanBeTried(Protocol):
    """What reads answers, as far as the doctor asks it."""

    def check(self, now: datetime) -> None:
        """Start it, and have it look at nothing. Raises UnavailableError."""
        ...

    def close(self) -> None:
        """End it."""
        ...


def resting(database: Database) -> Iterable[Result]:
    """Tell of sources that are asked seldom because they failed again and again."""
    with database.read() as session:
        found = store.resting(session, limit=_TOLD + 1)
    for source in found[:_TOLD]:
        what = f"the source {source.name!r} rests after {source.failures} failures: {source.last_words[:120]}"
        yield Result(_NAME, "doubtful", what, "`newsletter source show` tells more; change it, or switch it off")
    if len(found) > _TOLD:
        yield Result(_NAME, "doubtful", "and more of them", "`newsletter source list` shows which")
    if not found:
        yield Result(_NAME, "good", "no source rests")


def secrets_are_there(database: Database, secrets: SecretHeaders) -> Iterable[Result]:
    """Tell of secrets that sources name and that cannot be read, or that others can."""
    with database.read() as session:
        named = store.secrets_named(session, limit=_MOST)
    for name in sorted({*named, *secrets.names()}):
        if name in named:
            try:
                secrets.check(name)
            except SecretError as error:
                yield Result(_NAME, "wrong", error.what, error.remedy)
                continue
        if secrets.is_for_others(name):
            what = f"others on this machine can read the secret {name!r} of sources"
            yield Result(_NAME, "wrong", what, f"chmod go= {secrets.folder / name}")


def can_be_read(reader: Callable[[], CanBeTried], now: datetime) -> Iterable[Result]:
    """See that what reads answers starts. Raises UnavailableError when it does not."""
    trying = reader()
    try:
        trying.check(now)
    finally:
        trying.close()
    yield Result(_NAME, "good", "what reads the answers of sources starts, and reads")


def drafting(settings: Settings, look: Callable[[], str] | None) -> Iterable[Result]:
    """See that the language model that the settings name could be asked; `look` asks nothing that costs (None: nobody is named)."""
    address = bool(settings.drafting_url.get_secret_value())
    if look is None:
        if address or settings.drafting_model:
            lacking = "MODEL" if address else "URL"
            what = f"nobody proposes words: NEWSLETTER_DRAFTING_{lacking} is not set"
            yield Result(_DRAFTING, "doubtful", what, "set it, or empty the other: docs/drafting.md")
        return
    if not settings.drafting_tokens_per_day:
        what = "nobody proposes words: NEWSLETTER_DRAFTING_TOKENS_PER_DAY is 0"
        yield Result(_DRAFTING, "doubtful", what, "allow some, or empty NEWSLETTER_DRAFTING_URL")
    elif wrong := look():
        yield Result(_DRAFTING, "doubtful", wrong, "without it everything else works; docs/drafting.md")
    else:
        yield Result(_DRAFTING, "good", f"the language model {settings.drafting_model} can be asked")
