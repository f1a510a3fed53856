"""Texts that make a regular expression work hard, made out of the expression itself.

A backtracking matcher takes more than linear time where a run of one thing can be cut in several ways (`\\s*\\s*x`), or where
each of many beginnings is followed to the same far end (`<[^>]*>` on `<<<<<`). So each repeated thing, each beginning, and each
beginning with a run behind it is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_SAMPLES = {
    sre.CATEGORY_SPACE: " \n\x0b",
    sre.CATEGORY_WORD: "a0",
    sre.CATEGORY_DIGIT: "0",
    sre.CATEGORY_NOT_SPACE: "a(",
    sre.CATEGORY_NOT_WORD: " -",
    sre.CATEGORY_NOT_DIGIT: "a ",
}
_OTHERS = "a0 \n<>\"'(-.@:;=\\[{}]x\t#*!\x0b"
MOST = 60
"""Texts tried on one expression."""


def attacks(pattern: re.Pattern[str] | re.Pattern[bytes]) -> list[tuple[str, str, str]]:
    """Return (head, pump, tail): the text is the head, the pump many times, and the tail."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    found: dict[tuple[str, str, str], None] = {}
    for head, pump in _pumps(list(tree), ""):
        if pump:
            for tail in ("", "\x00"):
                found[head, pump, tail] = None
            found["", head + pump, "\x00"] = None
            found["", head + pump * 3, ""] = None
    kept = list(found)
    step = max(1, len(kept) // MOST)
    return kept[::step]


def _pumps(nodes: Sequence[Any], head: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before a place, and what can be repeated there."""
    for place, (operation, value) in enumerate(nodes):
        before = head + _sample(nodes[:place])
        if before:
            yield "", before
        match operation:
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                for once in _samples(list(value[2])):
                    yield before, once
                yield from _pumps(list(value[2]), before)
            case sre.SUBPATTERN:
                yield from _pumps(list(value[3]), before)
            case sre.ATOMIC_GROUP:
                yield from _pumps(list(value), before)
            case sre.BRANCH:
                for option in value[1]:
                    if _has_repeat(option):
                        yield from _pumps(list(option), before)
            case sre.ASSERT | sre.ASSERT_NOT:
                yield from _pumps(list(value[1]), before)
    whole = _sample(nodes)
    if whole:
        yield head, whole


def _has_repeat(nodes: Any) -> bool:
    return "REPEAT" in repr(list(nodes))


def _samples(nodes: Sequence[Any]) -> list[str]:
    """Return several texts that `nodes` match: of a class, several members."""
    if len(nodes) == 1 and nodes[0][0] is sre.IN:
        return _members(nodes[0][1])
    if len(nodes) == 1 and nodes[0][0] is sre.BRANCH:
        return [_sample(option) for option in nodes[0][1][1]][:6]
    if len(nodes) == 1 and nodes[0][0] is sre.SUBPATTERN:
        return _samples(list(nodes[0][1][3]))
    return [_sample(nodes)]


def _sample(nodes: Sequence[Any]) -> str:
    return "".join(_one(operation, value) for operation, value in nodes)


def _one(operation: Any, value: Any) -> str:
    match operation:
        case sre.LITERAL:
            return chr(value)
        case sre.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        case sre.ANY:
            return "a"
        case sre.IN:
            return _members(value)[0]
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            return _sample(list(value[2])) * max(value[0], 1)
        case sre.SUBPATTERN:
            return _sample(list(value[3]))
        case sre.ATOMIC_GROUP:
            return _sample(list(value))
        case sre.BRANCH:
            return _sample(list(value[1][0]))
        case sre.AT:
            return "\n" if value is sre.AT_BEGINNING else ""
    return ""


def _members(listed: Any) -> list[str]:
    """Return up to four members of a class, of different kinds."""
    negated = listed[0][0] is sre.NEGATE
    found: list[str] = []
    if negated:
        return [sign for sign in _OTHERS if not any(_holds(sign, entry) for entry in listed[1:])][:4] or ["é"]
    for operation, value in listed:
        match operation:
            case sre.LITERAL:
                found.append(chr(value))
            case sre.RANGE:
                found.append(chr(value[0]))
            case sre.CATEGORY:
                found += _SAMPLES.get(value, "a")
    return list(dict.fromkeys(found))[:4] or ["a"]


def _holds(sign: str, entry: Any) -> bool:
    operation, value = entry
    match operation:
        case sre.LITERAL:
            return ord(sign) == value
        case sre.RANGE:
            return bool(value[0] <= ord(sign) <= value[1])
        case sre.CATEGORY:
            return {
                sre.CATEGORY_SPACE: sign.isspace(),
                sre.CATEGORY_WORD: sign.isalnum() or sign == "_",
                sre.CATEGORY_DIGIT: sign.isdigit(),
                sre.CATEGORY_NOT_SPACE: not sign.isspace(),
            }.get(value, False)
    return False
