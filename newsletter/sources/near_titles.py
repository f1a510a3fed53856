"""Titles that say much the same, to be shown together; never a reason to join anything. Pure.

No score of likeness tells the same news in other words from other news in the same words ("hires a chief", "fires a chief"). So two titles
are near only when their numbers are equal, no word of one is the opposite of one of the other, at least three telling words are shared, and no
word was put in the place of another: what is left over stands in one of the two alone. Of 20 pairs of the same news 17 are found so, and of 27
pairs of other news 1 is taken for the same (`tests/sources/test_near_titles.py`).
"""

# ruff: noqa: SIM905 - a list of words reads best as words
from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

SHARED = 3
ALIKE = 65.0
"""Least token_sort_ratio of the telling words: a short title within a very long one is not the same news."""
_RESPELLED = 2
"""So many words of a title may be spelled otherwise in the other."""
_SPELLED = 80.0
"""Least ratio of two spellings of a word ("center", "centre")."""
_RAREST, _POSTINGS, _COMPARED = 8, 40, 12
_READ = 4_096
"""Titles whose words are kept at hand."""
_MOST_CHARS = 300
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_UNTELLING = frozenset(
    (
        "a an the of its it is are was were be been has have had with and or to in on for by at from as that this these those their his "
        "her our your you we he she they how why what who which when will would can could do does did about over into than then new now "
        "says say said show hn ask tell introducing introduces introduce announces announcing announced launches launch launched "
        "releases release released releasing unveils unveiled ships here hits reaches takes single one via after before"
    ).split()
)
_NOT = frozenset({"not", "no", "never", "without", "cannot", "isn", "aren", "won", "doesn", "don", "away"})
_OPPOSITES = (
    ("rise", "fall"), ("up", "down"), ("gain", "lose"), ("win", "lose"), ("approv", "reject"), ("open", "clos"), ("increas", "decreas"),
    ("rais", "cut"), ("allow", "ban"), ("hire", "fire"), ("buy", "sell"), ("more", "less"), ("add", "drop"), ("add", "remov"),
    ("start", "stop"), ("start", "end"), ("join", "leav"), ("first", "last"), ("before", "after"), ("grow", "shrink"), ("accept", "refus"),
)  # fmt: skip
_AMOUNT = re.compile(r"(\d) ?(million|mn|m|billion|bn|b|thousand|k|trillion|tn)\b")
_UNITS = {"mn": "million", "m": "million", "bn": "billion", "b": "billion", "k": "thousand", "tn": "trillion"}
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_PREFIX = re.compile(r"\b(co|re|pre|non|multi)-(?=[a-z])")
_ENDINGS = ("ing", "ed", "es", "s", "e")


class _Told(NamedTuple):
    """What a title says: its numbers in order of size as text, the stems of the words that tell something, and how many words deny something."""

    numbers: tuple[str, ...]
    telling: frozenset[str]
    denials: int


@dataclass(frozen=True, slots=True)
class NearTitle:
    """A title by its words. `ours` names what it belongs to; `origin` is what has no near titles of its own."""

    ours: int
    title: str
    origin: str = ""

    @property
    def told(self) -> _Told:
        """What it says, read anew where it was not asked for lately: of tens of thousands that would be most of a run's memory."""
        return _read(self.title)


@lru_cache(maxsize=_READ)
def _read(title: str) -> _Told:
    words = _words(title)
    return _Told(
        tuple(sorted(word for word in words if word[0].isdigit())),
        frozenset(_stem(word) for word in words if word not in _UNTELLING and word not in _NOT),
        sum(word in _NOT for word in words),
    )


def _words(title: str) -> list[str]:
    """Return all words in lower case, without accents, units written out."""
    text = unicodedata.normalize("NFKD", title[:_MOST_CHARS].lower())
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    text = _PREFIX.sub(r"\1", text.replace(_APOSTROPHE, "'").replace("'s ", " ").replace("%", " percent "))
    return _WORD.findall(_AMOUNT.sub(lambda found: f"{found[1]} {_UNITS.get(found[2], found[2])}", text))


def is_near(one: NearTitle, other: NearTitle) -> bool:
    """Tell whether two titles say much the same."""
    if one.origin and one.origin == other.origin:
        return False
    (numbers, ours, denials), (other_numbers, theirs, other_denials) = one.told, other.told
    if numbers != other_numbers or denials != other_denials:
        return False
    shared = ours & theirs
    left, right = ours - shared, theirs - shared
    if len(shared) >= SHARED and not left and not right:
        return True
    if len(shared) < SHARED - _RESPELLED or min(len(left), len(right)) > _RESPELLED:
        return False
    spelled = _spelled_otherwise(left, right)
    if len(shared) + len(spelled) < SHARED or (len(left) > len(spelled) and len(right) > len(spelled)):
        return False
    if _are_opposites(left, theirs) or _are_opposites(right, ours):
        return False
    return fuzz.token_sort_ratio(" ".join(sorted(ours)), " ".join(sorted(theirs))) >= ALIKE


def _stem(word: str) -> str:
    if len(word) < 4 or word[0].isdigit():
        return word
    ending = next((each for each in _ENDINGS if word.endswith(each) and len(word) - len(each) >= 3), "")
    stem = word.removesuffix(ending)
    return stem[:-1] if ending in {"ing", "ed"} and stem[-1] == stem[-2] != "s" else stem


def _spelled_otherwise(left: frozenset[str], right: frozenset[str]) -> dict[str, str]:
    """Return words of one title by those of the other that are the same in another spelling."""
    found: dict[str, str] = {}
    for word in sorted(left)[:10]:
        like = next(
            (each for each in sorted(right)[:10] if each not in found.values() and _is_spelling(word, each)), ""
        )
        if like:
            found[word] = like
    return found


def _is_spelling(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= 5 and one[0] == other[0] and fuzz.ratio(one, other) >= _SPELLED


def _are_opposites(some: frozenset[str], others: frozenset[str]) -> bool:
    return any((a in some and b in others) or (b in some and a in others) for a, b in _OPPOSITES)


class NearTitles:
    """Titles that can be asked for those near another one, by the rare words they share: not each with each."""

    def __init__(self, titles: Iterable[NearTitle], asked: Iterable[NearTitle]) -> None:
        """Know titles by the words of those that will be `asked` about; no others are looked up."""
        wanted = {word for title in asked for word in title.told.telling}
        self._counts: Counter[str] = Counter()
        self._by_word: dict[str, list[NearTitle]] = {}
        for title in titles:
            for word in title.told.telling & wanted:
                self._counts[word] += 1
                postings = self._by_word.setdefault(word, [])
                if len(postings) < _POSTINGS:
                    postings.append(title)

    def near(self, title: NearTitle) -> Iterator[NearTitle]:
        """Yield the others that say much the same; of those that share rare words, the dozen that share most are looked at."""
        rare = sorted(title.told.telling, key=lambda word: (self._counts[word], word))[:_RAREST]
        shared: Counter[int] = Counter()
        others: dict[int, NearTitle] = {}
        for word in rare:
            for other in self._by_word.get(word, ()):
                shared[other.ours] += 1
                others[other.ours] = other
        for number, count in shared.most_common(_COMPARED):
            if count >= SHARED - 1 and number != title.ours and is_near(title, others[number]):
                yield others[number]


def clusters_of(asked: Sequence[NearTitle], pool: Sequence[NearTitle], known: Mapping[int, int]) -> dict[int, int]:
    """Return the clusters of what is near each other, by what is `asked` about; a cluster is named by the oldest of it.

    `pool` has the oldest first, those asked about too; `known` names the clusters there are already. Only what changes is returned.
    """
    titles = NearTitles(pool, asked)
    after = dict(known)
    for title in asked:
        met = [title.ours, *(other.ours for other in titles.near(title))]
        if len(met) > 1:
            name = min(after.get(each, each) for each in met)
            after |= {each: name for each in met if each not in known}
    return {each: name for each, name in after.items() if known.get(each) != name}
