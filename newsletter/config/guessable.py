"""Secrets that anybody would try first: words left from an example, and what repeats or counts up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

_WORDS = (
    *("postgresql", "administrator", "placeholder", "newsletter", "characters", "password", "passwort", "passwd"),
    *(
        "postgres",
        "changeit",
        "changeme",
        "changethis",
        "replaceme",
        "fixme",
        "secrets",
        "secret",
        "example",
        "default",
    ),
    *("welcome", "letmein", "qwerty", "random", "change", "replace", "insert", "master", "please", "valkey", "redis"),
    *("admin", "token", "guest", "login", "value", "today", "todo", "test", "root", "user", "pass", "here", "this"),
    *(
        "enter",
        "string",
        "strong",
        "long",
        "safe",
        "some",
        "your",
        "with",
        "from",
        "none",
        "null",
        "true",
        "abc",
        "xyz",
    ),
    *("foo", "bar", "baz", "key", "the", "not", "set", "and", "own", "put", "me", "my", "us", "to", "by", "it", "is"),
    *("in", "or", "an", "at", "of"),
)
_NUMBER = re.compile(r"\d{1,4}(?!\d)")  # a year, 123: what people put behind a word
_FEW_CHARACTERS = 4
_NAMED_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)
_SPELLED = str.maketrans("034@$5", "oeaass")
"""Figures and signs that stand for letters in words that are meant to look random."""
_LEFT_OUT = str.maketrans("", "", " \t-_.,:;!?/\\|'\"`<>()[]{}*#$%&=+~^@…")


def is_guessable(secret: str) -> bool:
    """Tell whether a secret is a placeholder or a common word (alone, several, with numbers), repeats itself, or counts up."""
    folded = secret.casefold()
    core = folded.translate(_LEFT_OUT)
    figures = "".join(sign for sign in folded if sign.translate(_SPELLED).translate(_LEFT_OUT))
    if len(set(core)) < min(_FEW_CHARACTERS, len(secret)):
        return True  # "...", "aaaaaaaa", "abababab"
    return (
        _repeats(core)
        or _counts(core)
        or _is_all_words(core, core)
        or _is_all_words(figures, figures.translate(_SPELLED))
    )


def passwords_of(url: str) -> Iterator[str]:
    """Give the passwords a URL carries: before its host, and in its query. A URL that cannot be read has none to tell."""
    try:
        parts = urlsplit(url)
        if parts.password:
            yield unquote(parts.password)
        yield from (value for name, value in parse_qsl(parts.query) if _NAMED_SECRET.search(name))
    except ValueError:
        return


def _repeats(text: str) -> bool:
    return 0 < (text + text).find(text, 1) < len(text)


def _is_all_words(figures: str, text: str) -> bool:
    """Tell whether a text is words and numbers; `figures` is the same as it was written, with a 0 where an o is read."""
    ends = {0}  # where a row of words may end: each place is looked at once, so that no text takes long
    for place in range(len(text)):
        if place in ends:
            ends.update(place + len(word) for word in _WORDS if text.startswith(word, place))
            if number := _NUMBER.match(figures, place):
                ends.add(number.end())
    return len(text) in ends


def _counts(text: str) -> bool:
    """Tell whether nearly each character is the neighbour of the one before: 12345678, abcdefgh, 87654321."""
    steps = [abs(ord(b) - ord(a)) for a, b in itertools.pairwise(text)]
    return len(steps) > 1 and sum(step <= 1 for step in steps) >= 0.8 * len(steps)
