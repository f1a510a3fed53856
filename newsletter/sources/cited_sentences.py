"""What a language model said, sentence by sentence: one that cites nothing we gave it is dropped, and what is left is words and nothing else.

It cites a candidate by its number, `[12]`. Numbers become links to the candidate's own address; no other link, image, heading, formula or
piece of HTML of the model's comes through, and no address that is not a candidate's stays, not even as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from newsletter.rendering.written_text import as_words, is_linkable, linked
from newsletter.sources.cutting import printable_line

MOST_SENTENCES = 12
MOST_CHARS = 20_000
"""Of an answer's part that are looked at."""
LONGEST = 600
"""Characters of a sentence; a longer one is none."""
_LONGEST_SAID = 4 * LONGEST
"""Of a sentence with the numbers and addresses in it, which go."""
_CITED = re.compile(r" ?\[ ?(\d{1,18}(?: ?, ?\d{1,18}){0,9}) ?\]")  # in text on one line
_ENDS = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)]*+(?=\s|\[\d|$)|[。！？]++[”’」』）]*+")  # noqa: RUF001 - of Chinese and Japanese
_STOPS = ".!?…。！？"  # noqa: RUF001
_CITED_BEHIND = re.compile(r"(?>(?: ?\[ ?\d{1,18}(?: ?, ?\d{1,18}){0,9} ?\][.。]?)+)")
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|al|approx|ca|no|fig|eq|sec|dr|mr|mrs|ms|prof|st|inc|corp|ltd|jr|sr|u\.s|u\.k|e\.u)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:(?:(?:mailto|tel|sms|xmpp|javascript|vbscript|data|blob|about|file):|//|www\.)(?=[^\s()])|(?:[a-z][a-z0-9+.-]{0,20})?://)"
    r"[^\s<>\"()]*+(?>(?:\([^\s<>\"()]*+\)[^\s<>\"()]*+)*)"
    r"|[^\s<>\"@()\[\]]{1,64}+@[^\s<>\"@()\[\]]{3,}+",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"@?+(?<![\w-])[\w-]++(?>(?:\.[\w-]++)+)")
_TOP = re.compile(r"[^\W\d_]{2,}+(?:-.*)?")
"""A label that may end the name of a host; so no `3.5`, `v1.2`, `U.S.` is one."""
_BEHIND = re.compile(r"[:/?#][^\s<>\"]++")
_NO_HOST = (".js", ".json", ".csv", ".txt", ".yaml", ".toml", ".cpp")
"""Endings of names that look like hosts and that no host has."""
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}(?:[ \t][^()]{0,300})?\)")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class ToldCandidate:
    """What a model is told of one thing that an editor chose: words of strangers, by a number that it cites."""

    id: int
    title: str
    url: str = ""
    text: str = ""

    @property
    def host(self) -> str:
        """Whose words they are, as a reader knows them."""
        try:
            return (urlsplit(self.url).hostname or "").removeprefix("www.")
        except ValueError:
            return ""


@dataclass(slots=True)
class CitedSentences:
    """Reads a model's words against the candidates that it was given, and counts what it drops."""

    known: Mapping[int, ToldCandidate]
    dropped: int = 0
    _hosts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._hosts = frozenset(each.host for each in self.known.values())

    def read(self, text: str, *, only: int | None = None, most: int = MOST_SENTENCES, links: bool = True) -> str:
        """Return the sentences of `text` that cite a known candidate (`only`: this one) as one paragraph of Markdown, `most` of them."""
        return " ".join(self.kept(text, only=only, most=most, links=links))

    def kept(self, text: str, *, only: int | None = None, most: int = MOST_SENTENCES, links: bool = True) -> list[str]:
        """Return the same, sentence by sentence."""
        kept: list[str] = []
        for sentence in sentences(_LINK.sub(_words_of_link, text[:MOST_CHARS])):
            cited = [number for number in _numbers(sentence) if number in self.known and only in (None, number)]
            is_of_use = bool(cited) and len(kept) < most and len(sentence) <= _LONGEST_SAID
            words = self._words(sentence) if is_of_use else ""
            if not any(sign.isalnum() for sign in words) or len(words) > LONGEST:
                self.dropped += 1
                continue
            kept.append(self._linked(words, cited) if links else as_words(words))
        return kept

    def _words(self, sentence: str) -> str:
        """The plain words of a sentence, without the numbers and addresses in it. What goes leaves a blank, so that its sides become no address."""
        words = _CITED.sub("", sentence)
        words = self._without_hosts(_ADDRESS.sub(" ", _TAG.sub(" ", words)))
        words = re.sub(r"\(\s*+\)|\[\s*+\]", " ", words)
        return re.sub(r" ([.,;:!?])(?=\s|\Z)", r"\1", " ".join(words.split()))

    def _without_hosts(self, words: str) -> str:
        kept, at = list[str](), 0
        for found in _DOTTED.finditer(words):
            behind = _BEHIND.match(words, found.end())
            if found.start() >= at and not self._may_stay(found[0].lower(), is_whole=behind is None):
                kept += [words[at : found.start()], " "]
                at = behind.end() if behind else found.end()
        return "".join([*kept, words[at:]])

    def _may_stay(self, name: str, *, is_whole: bool) -> bool:
        """Tell whether a name with dots is no host, such as Node.js, or a candidate's; `is_whole`: no path or port follows."""
        if not any(_TOP.fullmatch(label) for label in name.split(".")[1:]):
            return True
        return is_whole and (name in self._hosts or name.endswith(_NO_HOST))

    def _linked(self, words: str, cited: list[int]) -> str:
        """Return a sentence with its candidates behind it, each by the name of its host, once."""
        named: dict[str, str] = {}
        for number in cited:
            candidate = self.known[number]
            if candidate.host and is_linkable(candidate.url):
                named.setdefault(candidate.url, linked(candidate.host, candidate.url))
        stop = len(words.rstrip(_STOPS))
        behind = f" ({', '.join(named.values())})" if named else ""
        return f"{as_words(words[:stop])}{behind}{words[stop:]}"


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, each with the numbers behind its stop. Where in doubt a sentence goes on."""
    line = printable_line(text)
    start = 0
    for end in _ENDS.finditer(line):
        if end.start() < start or _NO_END.search(line, max(start, end.end() - 12), end.end()):
            continue
        behind = _CITED_BEHIND.match(line, end.end())
        stop = behind.end() if behind else end.end()
        yield line[start:stop].strip()
        start = stop
    if line[start:].strip():
        yield line[start:].strip()


def _words_of_link(found: re.Match[str]) -> str:
    """Leave the words of a link; a number cites, whatever it was linked to."""
    return f"[{found[1]}]" if found[1].isdecimal() else found[1]


def _numbers(sentence: str) -> list[int]:
    found = [int(number) for cited in _CITED.finditer(sentence) for number in cited[1].split(",")]
    return list(dict.fromkeys(found))
