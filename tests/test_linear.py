"""Every pattern and reader of ours takes time in proportion to its input: eight times the text, about eight times as long.

A pattern is tried with texts made out of itself, a reader with pieces known to be hard; so one that comes anew is tried, too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import pytest

from newsletter.mail import refusals
from newsletter.mail.dialects.gateways import SENTENCES
from newsletter.mail.reasons import grammar
from newsletter.rendering import sanitising
from tests.parts.adversary import attacks
from tests.parts.hostile import repeated
from tests.parts.linear import LIMIT, growth
from tests.parts.patterns import Found, sites
from tests.parts.readers import READERS, Reader

SITES = list(sites())
PATTERNS = [site.found for site in SITES if site.found is not None]
SMALL = 500
"""Characters of the smaller text that a pattern is tried with."""

MADE_WHILE_RUNNING = {
    "newsletter/mail/dialects/gateways.py": "sentences of one line each: the next test",
    "newsletter/mail/reasons/grammar.py": "tables of words: the test after it",
    "newsletter/mail/refusals/__init__.py": "a table of replies: the same test",
    "newsletter/mail/mailbox_key.py": "names of providers' domains, asked of an address of 320 characters at most",
    "newsletter/issues/headings.py": "a class of two or three signs",
    "newsletter/transports/providers/merging.py": "the marks of slots, without repetition",
    "newsletter/mail/body_template.py": "the marks of slots and merge fields, without repetition",
}
"""Files whose patterns only the running program knows, and where they are tried or why they need not be."""


def test_the_patterns_of_the_product_are_found() -> None:
    assert len(PATTERNS) > 300
    assert {site.file for site in SITES if site.found is None} == set(MADE_WHILE_RUNNING)


@pytest.mark.parametrize("found", PATTERNS, ids=lambda found: found.place)
def test_a_pattern_takes_time_in_proportion_to_its_input(found: Found) -> None:
    assert list(_slow_for(found)) == []


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.name)
def test_a_sentence_of_a_gateway_is_looked_for_in_linear_time(sentence: object) -> None:
    for expression in (sentence.mark, sentence.says):  # type: ignore[attr-defined]
        pattern = re.compile(expression, re.IGNORECASE | re.MULTILINE)
        assert list(_slow_for(Found(expression, pattern, frozenset({"scan"})))) == []


def _rules() -> Iterator[re.Pattern[str]]:
    for rule in grammar.rules():
        yield from (each for each in (rule.says, rule.unless) if each)
    for provider in grammar.providers():
        yield from (says for _, says in provider.rules)
    for row in refusals.table():
        yield from (each for each in (row.codes, row.says, row.unless) if each)


@pytest.mark.parametrize("pattern", list(_rules()), ids=range(len(list(_rules()))))
def test_a_rule_of_words_takes_linear_time_on_a_line_as_it_is_given_one(pattern: re.Pattern[str]) -> None:
    # A line has no word of more than 60 letters: see `grammar.plain`, which cuts it besides.
    found = Found(pattern.pattern, pattern, frozenset({"search"}))
    assert list(_slow_for(found, every=3, prepared=lambda text: re.sub(r"(\w{60})(?=\w)", r"\1 ", text))) == []


@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_time_in_proportion_to_its_input(name: str) -> None:
    reader = READERS[name]
    assert [piece for piece in reader.pieces if _is_slow(_reading(reader, piece), reader.small)] == []


@pytest.mark.parametrize("kib", [10, 20, 40, 1024])
def test_a_run_of_opened_elements_is_read_in_linear_time(kib: int) -> None:
    for read in (sanitising.sanitise, READERS["Markdown"].read if kib < 100 else sanitising.sanitise):
        assert not _is_slow(_reading(Reader(read, 1), "<div "), kib * 1024 // 8)


@pytest.mark.parametrize("piece", ["&", "\xa0", "&amp;", "a&", '"', "<", "漢"])
@pytest.mark.parametrize(
    "around", [("<a href='https://a.example/?", "'>x</a>"), ("<td title='", "'>"), ("<pre>", ""), ("<b>", "</b>")]
)
def test_a_long_value_or_run_of_signs_is_written_out_in_linear_time(around: tuple[str, str], piece: str) -> None:
    assert not _is_slow(lambda size: sanitising.sanitise(repeated(piece, size).join(around)), 4000)


@pytest.mark.parametrize(
    ("says", "pump", "is_slow"),
    [
        (r"x[^y]*y", "x", True),
        (r"<[^>]*>", "<", True),
        (r"\0\0\0[<{]", "\0", False),
        (r"<[^<>]*>", "<", False),
        (r"(?:a|b)+", "ab", False),
    ],
)
def test_what_is_not_linear_is_found(says: str, pump: str, is_slow: bool) -> None:
    """What all tests of this file rest upon: short as the smaller texts are, they tell one from the other."""
    pattern = re.compile(says)
    texts = {size: repeated(pump, size) + "!" for size in (SMALL, SMALL * 8, SMALL * 64)}
    found = Found(says, pattern, frozenset({"scan"}))
    assert _is_slow(lambda size: _ask(found, "scan", texts[size]), SMALL) == is_slow


def _reading(reader: Reader, piece: str) -> Callable[[int], object]:
    return lambda size: reader(repeated(piece, size))


def _slow_for(
    found: Found, *, every: int = 1, prepared: Callable[[str], str] = str
) -> Iterator[tuple[str, str, str, str]]:
    """Yield how the pattern was asked and head, pump and tail of each text that takes more than linear time."""
    for way, (head, pump, tail) in itertools.product(sorted(found.ways), attacks(found.pattern)[::every]):
        texts = {size: prepared(head + repeated(pump, size) + tail) for size in (SMALL, SMALL * 8, SMALL * 64)}
        if _is_slow(lambda size, way=way, texts=texts: _ask(found, way, texts[size]), SMALL):
            yield way, head, pump, tail


def _is_slow(work: Callable[[int], object], small: int) -> bool:
    # What looks slow is asked again at eight times the size: a bounded repetition has come to its bound by then.
    return growth(work, small, tries=3) > LIMIT and growth(work, small * 8, tries=3) > LIMIT


def _ask(found: Found, way: str, text: str) -> None:
    given = text.encode("utf-8", "replace") if isinstance(found.pattern.pattern, bytes) else text
    if way == "scan":
        for _ in found.pattern.finditer(given):  # type: ignore[arg-type]
            pass
    else:
        getattr(found.pattern, way)(given)
