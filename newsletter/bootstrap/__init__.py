"""The fuse box: the only place where parts are chosen and wired.

All parts together bring every room with them, and 60 MB. What needs no more than the ledger takes `LedgerParts` (`ledger.py`) instead;
so nothing is imported here before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsletter.bootstrap.parts import Parts, wire
    from newsletter.bootstrap.tools import secret_key, secrets_by_number

__all__ = ["Parts", "secret_key", "secrets_by_number", "wire"]


def __getattr__(name: str) -> Any:
    """Return what is asked for of all parts (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("newsletter.bootstrap.parts"), name)
