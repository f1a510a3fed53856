"""How errors reach the operator: what, where, remedy; never a traceback for a user's mistake."""

from __future__ import annotations

import sys
import traceback

from newsletter.errors import NewsletterError, StoreError

INTERRUPTED = 130
"""128 + SIGINT, as shells count."""
UNEXPECTED = 70
"""EX_SOFTWARE of sysexits.h."""

_shown = {"traceback": False}


def show_tracebacks(wanted: bool) -> None:
    """Whether an unexpected error shows where in the code it happened."""
    _shown["traceback"] = wanted


def tell(error: Exception) -> int:
    """Write the error to standard error and return the exit code that belongs to it."""
    known = error if isinstance(error, NewsletterError) else _missing_tables(error)
    if _shown["traceback"]:
        traceback.print_exception(error)
    if known is not None:
        _write(known.what, known.where, known.remedy)
        return known.exit_code
    remedy = "" if _shown["traceback"] else "run it again as `newsletter --debug ...` to see where"
    _write(f"unexpected {type(error).__name__}: {error}", "", remedy)
    return UNEXPECTED


def _missing_tables(error: Exception) -> StoreError | None:
    # PostgreSQL's driver calls a missing table a programming error, which the store lets through.
    if type(error).__module__.startswith("sqlalchemy") and "UndefinedTable" in str(error):
        return StoreError("the database has no tables yet", where="database", remedy="run `newsletter migrate`")
    return None


def _write(what: str, where: str, remedy: str) -> None:
    place = f"{where}: " if where else ""
    print(f"error: {place}{what}", file=sys.stderr)
    if remedy:
        print(f"  → {remedy}", file=sys.stderr)
