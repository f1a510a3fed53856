"""Reading the tables of this folder: from what a server says to a reason, by word stems.

Rules are data (`texts.toml`, `tongues.toml`, `providers.toml`), each with its source. They are compiled at first use. Every expression is
bounded and free of nested repetition, and the text is cut, so a hostile text costs no more than a long one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from newsletter.mail.report import Reason

MAX_CHARS = 1500

_URL = re.compile(r"\b(?:https?|mailto):/{0,2}([^\s/<>\"')?#]{1,200})[^\s<>\"')]{0,500}")
_ADDRESS = re.compile(r"<?[^\s<>()\[\],;:\"']{1,128}@[\w.-]{1,255}\w>?")
_IP = re.compile(r"\[?\b(?:\d{1,3}\.){3}\d{1,3}\b\]?|\[(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.:]{1,40}\s*\]?")
_CODES = re.compile(
    r"\b[245]\d\d[ -]+[245]\.\d{1,3}\.\d{1,3}\b|\b[45]\d\d-|\b[45]\.\d{1,3}\.\d{1,3}\b|\(#?\d\.\d\.\d\)"
)
_NOISE = re.compile(r"[<>\"'`\u2018\u2019\u201c\u201d*_|\s]+")
_GLUED = re.compile(r"(\w{60})(?=\w)")  # no word is so long; a rule's `\w*` would walk it again and again
_INNER_DOT = re.compile(r"(?<=[\w-])\.(?=[\w-])")
_CARDINAL = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöùúûüýßąćčďęěğıłńňőřśşšťůűźżžøæ", "aaaaaaceeeeiiiinooooouuuuysaccdeegilnnorssstuuzzzoa"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason, the stems that make it worth a look, what then has to be said, and what must not be."""

    reason: Reason
    stems: tuple[str, ...]
    says: re.Pattern[str]
    weak: bool = False
    unless: re.Pattern[str] | None = None

    def fits(self, line: str) -> bool:
        """Whether a `plain` line says this."""
        said = any(stem in line for stem in self.stems) and self.says.search(line)
        return bool(said) and not (self.unless and self.unless.search(line))


@dataclass(frozen=True, slots=True)
class Provider:
    """The signs of one provider and its own codes."""

    signs: tuple[str, ...]
    rules: tuple[tuple[Reason, re.Pattern[str]], ...]
    filters_first: bool = False


def plain(text: str) -> str:
    """The text as the rules expect it: lower case, without accents, addresses, codes and quotes."""
    line = text[:MAX_CHARS].lower()
    line = (
        line.replace("can't", "cannot").replace("won't", "will not").replace("n't", " not").replace("n\u2019t", " not")
    )
    if not line.isascii():
        line = line.translate(_CARDINAL)
    line = _URL.sub(r"\1", line)
    line = _ADDRESS.sub(" @ ", line)
    line = _IP.sub(" [ip] ", line)
    line = _INNER_DOT.sub("\u00b7", _CODES.sub(" ", line))  # a dot inside a name ends no sentence
    return _GLUED.sub(r"\1 ", _NOISE.sub(" ", line)).strip()


@cache
def rules() -> tuple[Rule, ...]:
    """The text rules in their order: English, then the other tongues."""
    table = _table("texts.toml")
    return tuple(_rule(row, table["words"]) for row in table["rule"] + _table("tongues.toml")["rule"])


def _rule(row: dict[str, Any], words: dict[str, str]) -> Rule:
    says = re.compile("|".join(_expand(each, words) for each in row["says"]))
    unless = re.compile(row["unless"]) if "unless" in row else None
    return Rule(Reason(row["reason"]), tuple(row["stems"]), says, weak=bool(row.get("weak")), unless=unless)


def filters_first(place: str) -> bool:
    """Whether a host is one of those that refuse by their owner's filter with the words of an unknown user."""
    hosts = place.lower()
    return any(provider.filters_first and any(sign in hosts for sign in provider.signs) for provider in providers())


@cache
def providers() -> tuple[Provider, ...]:
    """The providers' own codes."""
    return tuple(
        Provider(
            tuple(row["sign"]),
            tuple((Reason(reason), re.compile(says)) for reason, says in row["rules"]),
            filters_first=bool(row.get("filters_first")),
        )
        for row in _table("providers.toml")["provider"]
    )


def said_by_text(line: str, *, weak: bool = False) -> Reason | None:
    """The reason the words of a `plain` line name, or None; `weak` asks the most general words only."""
    return next((rule.reason for rule in rules() if rule.weak is weak and rule.fits(line)), None)


def said_by_provider(text: str, remote: str) -> Reason | None:
    """The reason a provider's own code names; `remote` is the host that answered, as far as known."""
    verbatim = " ".join(text[:MAX_CHARS].lower().split())
    if not verbatim.isascii():
        verbatim = verbatim.translate(_CARDINAL)
    place = remote.lower()
    for provider in providers():
        if any(sign in place or sign in verbatim for sign in provider.signs):
            for reason, says in provider.rules:
                if says.search(verbatim):
                    return reason
    return None


def _expand(says: str, words: dict[str, str]) -> str:
    for name, expression in words.items():
        says = says.replace("{" + name + "}", expression)
    return says


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
