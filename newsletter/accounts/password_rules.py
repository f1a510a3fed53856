"""Which passwords are too easy to guess, judged without asking anybody: by zxcvbn, which knows the 30,000 commonest ones,
common words and names, repeated and sequential characters, rows of keys and dates (Wheeler, USENIX Security 2016).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from newsletter.errors import InputError
from newsletter.store.database import Database
from newsletter.store.publications import publications

LEAST_SCORE = 3
"""Of 4: at least a hundred million guesses."""
_MOST_JUDGED = 48
"""Characters that are looked at: the work grows with their square, and a password this long is judged by its beginning."""
_OURS = ("newsletter", "editor", "desk")


def refuse_weak(password: str, about: Iterable[str]) -> None:
    """Raise InputError for a password that is easy to guess for whoever knows the words `about` its owner."""
    from zxcvbn import zxcvbn  # late: its lists take 14 MB, and few processes take passwords

    known = [word for text in (*about, *_OURS) for word in _words(text)]
    judged = zxcvbn(password[:_MOST_JUDGED], user_inputs=known)
    if judged["score"] < LEAST_SCORE:
        why = judged["feedback"]["warning"].rstrip(".")
        raise InputError(
            "the password is easy to guess" + (f": {why[0].lower()}{why[1:]}" if why else ""),
            where="password",
            remedy="a sentence of four or five words will do, without your address or the publication's name",
        )


def words_about(database: Database, *own: str) -> tuple[str, ...]:
    """Return what somebody who guesses would try: the person's `own` words, and the names of the publications."""
    with database.read() as session:
        return (*own, *(word for each in publications.all_of(session) for word in (each.name, each.slug)))


def _words(text: str) -> list[str]:
    return [text, *(word for word in re.split(r"\W+", text) if len(word) > 2)]
