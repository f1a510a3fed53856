"""The tables and how they are read."""

from __future__ import annotations

import pytest

from newsletter.mail.reasons import grammar
from tests.mail.reasons.texts_of_receivers import SAID_ANYWHERE
from tests.mail.reasons.texts_of_servers import SAID


def test_text_is_levelled_before_it_is_read() -> None:
    assert grammar.plain("550-5.1.1 The user <Anna@Example.org> doesn't exist") == "the user @ does not exist"
    assert (
        grammar.plain("Adresse inconnue à 192.0.2.1; voir https://example.org/a/b?c")
        == "adresse inconnue a [ip] ; voir example\u00b7org"
    )


def test_a_path_in_a_url_says_nothing() -> None:
    assert grammar.said_by_text(grammar.plain("see https://example.org/mailbox-full")) is None


def test_every_reason_of_the_tables_is_shown_by_a_sample() -> None:
    shown = {reason for reason, _, _ in [*SAID, *SAID_ANYWHERE]}
    assert {str(rule.reason) for rule in grammar.rules() if not rule.weak} <= shown


@pytest.mark.parametrize(("reason", "command", "words"), [*SAID, *SAID_ANYWHERE])
def test_the_quick_test_by_stems_never_hides_the_rule_that_fits(reason: str, command: str, words: str) -> None:
    line = grammar.plain(words)
    rule = next((rule for rule in grammar.rules() if rule.reason == reason and rule.says.search(line)), None)
    assert rule is None or any(stem in line for stem in rule.stems)


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert len(grammar.plain("x " * 10**6)) <= grammar.MAX_CHARS


def test_a_glued_text_is_broken_up_so_that_no_rule_walks_it_again_and_again() -> None:
    line = grammar.plain("blocked" * 200 + " by us")
    assert max(map(len, line.split())) == 60
    assert line.endswith(" by us")
