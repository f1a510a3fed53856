"""Is everything in order? Each check says what it found and how to mend it: the doctor by command, and a page of the desk."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from newsletter.errors import NewsletterError
from newsletter.verdicts import Result

DATABASE = "database"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at, by the name it goes by."""

    name: str
    look: Callable[[], Iterable[Result]]
    reads_ledger: bool = False
    """Left out while something is wrong with the database: that was said, once."""
    cheap: bool = True
    """Whether it changes nothing, starts nothing and knocks at nobody's door, so that a page may ask for it."""


@dataclass(frozen=True)
class Checks:
    """All there is to look at, in the order in which it is told."""

    checks: Sequence[Check]

    def examine(self, *, cheap_alone: bool = False, but: Collection[str] = ()) -> list[Result]:
        """Look at everything but what is named; one thing being wrong does not keep the rest from being looked at."""
        results: list[Result] = []
        for check in self.checks:
            dear = check.name in but or (cheap_alone and not check.cheap)
            in_vain = check.reads_ledger and _is_wrong(DATABASE, results)
            if not dear and not in_vain:
                results.extend(_looked(check))
        return results

    @property
    def dear(self) -> list[str]:
        """Names of the checks that a page leaves to the command."""
        return [check.name for check in self.checks if not check.cheap]


def _is_wrong(name: str, results: Iterable[Result]) -> bool:
    return any(result.name == name and result.verdict == "wrong" for result in results)


def _looked(check: Check) -> list[Result]:
    name = check.name
    try:
        return list(check.look())
    except NewsletterError as error:
        place = f"{error.where}: " if error.where else ""
        return [Result(name, "wrong", f"{place}{error.what}", error.remedy)]
    except OSError as error:
        remedy = "free some space there" if error.errno in _NO_ROOM else ""
        return [Result(name, "wrong", f"{error.filename or ''}: {error.strerror}", remedy)]
    except Exception as error:  # noqa: BLE001 - a foreign part that is down must not hide the rest
        return [Result(name, "wrong", f"{type(error).__name__}: {error}")]
