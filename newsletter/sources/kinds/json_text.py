"""JSON of others: bounded, and with what it holds asked for by type, for a service may send anything."""

from __future__ import annotations

import json
from typing import Any

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import octets

_MOST_DIGITS = 30


def parsed(content: bytes) -> tuple[Any, list[str]]:
    """Return the value of a JSON answer, and what is to be told of its charset. Raises BrokenAnswerError, with the line."""
    text, told = octets.decoded(octets.unpacked(content))
    try:
        return json.loads(text, parse_int=_whole, parse_constant=lambda _: None), told
    except json.JSONDecodeError as error:
        raise BrokenAnswerError(f"it is no JSON: line {error.lineno}, {error.msg}") from None
    except RecursionError:
        raise BrokenAnswerError("its JSON is nested too deeply") from None


def looks_like(content: bytes) -> bytes:
    """Return the first octets of what may be JSON, for a look; nothing where it begins otherwise."""
    head = (
        content[:4096]
        .replace(b"\0", b"")
        .removeprefix(b"\xef\xbb\xbf")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
        .lstrip()
    )
    return head if head[:1] in {b"{", b"["} else b""


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; nothing where it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a string; a number as it is written, "" for anything else."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no sign
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def count(value: Any) -> int | None:
    """Return a whole number, None for anything else: what nobody knows is not 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12 else None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")
