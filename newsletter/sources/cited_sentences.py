"""What a language model said, sentence by sentence: one that cites nothing we gave it is dropped, and what is left is words and nothing else.

It cites a candidate by its number, `[12]`. Numbers become links to the candidate's own address; no other link, image, heading, formula or
piece of HTML of the model's comes through, and no address that is not a candidate's stays, not even as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.rendering.written_text import as_words, is_linkable, linked
from newsletter.sources.cutting import printable_line

MOST_SENTENCES = 12
MOST_CHARS = 20_000
"""Of an answer's part that are looked at."""
LONGEST = 600
"""Characters of a sentence; a longer one is none."""
_CITED = re.compile(r" ?\[ ?(\d{1,18}(?: ?, ?\d{1,18}){0,9}) ?\]")  # in text on one line
_ENDS = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)]*+(?=\s|\[\d|$)|[。！？]++[”’」』）]*+")  # noqa: RUF001 - of Chinese and Japanese
_STOPS = ".!?…。！？"  # noqa: RUF001
_CITED_BEHIND = re.compile(r"(?: ?\[ ?\d{1,18}(?: ?, ?\d{1,18}){0,9} ?\][.。]?)++")
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|al|approx|ca|no|fig|eq|sec|dr|mr|mrs|ms|prof|st|inc|corp|ltd|jr|sr|u\.s|u\.k|e\.u)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:(?:mailto|tel|sms|xmpp|javascript|vbscript|data|blob|about|file):|(?:[a-z][a-z0-9+.-]{0,20})?://|//|www\.)"
    r"(?=[^\s()])[^\s<>\"()]*+(?:\([^\s<>\"()]*+\)[^\s<>\"()]*+)*+"
    r"|[^\s<>\"@()\[\]]{1,64}+@[^\s<>\"@()\[\]]{3,}+",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?<![\w.@-])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?:[:/][^\s<>\"]*+)?(?![\w@])")
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

    def read(self, text: str, *, only: int | None = None, most: int = MOST_SENTENCES, links: bool = True) -> str:
        """Return the sentences of `text` that cite a known candidate (`only`: this one) as one paragraph of Markdown, `most` of them."""
        return " ".join(self.kept(text, only=only, most=most, links=links))

    def kept(self, text: str, *, only: int | None = None, most: int = MOST_SENTENCES, links: bool = True) -> list[str]:
        """Return the same, sentence by sentence."""
        kept: list[str] = []
        for sentence in sentences(_LINK.sub(_words_of_link, text[:MOST_CHARS])):
            cited = [number for number in _numbers(sentence) if number in self.known and only in (None, number)]
            words = self._words(sentence)
            if not cited or len(kept) == most or not any(sign.isalnum() for sign in words) or len(words) > LONGEST:
                self.dropped += 1
                continue
            kept.append(self._linked(words, cited) if links else as_words(words))
        return kept

    def _words(self, sentence: str) -> str:
        """The plain words of a sentence, without the numbers and addresses in it."""
        words = _CITED.sub("", sentence)
        words = _ADDRESS.sub("", _TAG.sub(" ", words))
        words = _HOST.sub(self._host_or_nothing, words)
        words = re.sub(r"\(\s*+\)|\[\s*+\]", "", words)
        return re.sub(r" ([.,;:!?])", r"\1", " ".join(words.split()))

    def _host_or_nothing(self, found: re.Match[str]) -> str:
        """Keep what looks like a host where it is a candidate's, or a name that no host has, such as Node.js."""
        name = found[0].lower().rstrip(".")
        hosts = {each.host for each in self.known.values()}
        return found[0] if name in hosts or name.endswith(_NO_HOST) else ""

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
