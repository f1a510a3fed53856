"""Questions to a real name server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from newsletter.dns import Lookups
from newsletter.errors import InputError
from newsletter.mail.domain_check import DnsAnswer
from tests.parts.nameserver import Nameserver


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    """A name server with an empty zone."""
    server = Nameserver()
    yield server
    server.stop()


def test_strings_of_one_record_are_joined_and_records_kept_apart(nameserver: Nameserver) -> None:
    nameserver.publish('a.example. IN TXT "one " "piece"', 'a.example. IN TXT "another"')
    assert sorted(Lookups(nameserver.address)("a.example", "TXT").values) == ["another", "one piece"]


def test_a_mail_server_is_named_with_its_preference(nameserver: Nameserver) -> None:
    nameserver.publish("a.example. IN MX 10 mail.example.", "b.example. IN MX 0 .")
    lookups = Lookups(nameserver.address)
    assert lookups("a.example", "MX").values == ("10 mail.example",)
    assert lookups("b.example", "MX").values[0].startswith("0 ")


def test_a_name_that_is_not_there_and_one_without_such_a_record_are_empty(nameserver: Nameserver) -> None:
    nameserver.publish('a.example. IN TXT "text"')
    lookups = Lookups(nameserver.address)
    assert lookups("nowhere.example", "TXT") == DnsAnswer() == lookups("a.example", "MX")


def test_a_server_that_fails_is_no_empty_answer(nameserver: Nameserver) -> None:
    nameserver.failing.add("a.example")
    answer = Lookups(nameserver.address, seconds=2)("a.example", "TXT")
    assert answer.values == ()
    assert "SERVFAIL" in answer.failure


def test_a_server_that_says_nothing_is_waited_for_so_long_only(nameserver: Nameserver) -> None:
    nameserver.silent.add("a.example")
    assert Lookups(nameserver.address, seconds=0.2)("a.example", "TXT").failure.startswith("no answer")


def test_a_name_that_is_none_is_a_failure(nameserver: Nameserver) -> None:
    assert Lookups(nameserver.address)(f"{'a' * 64}.example", "TXT").failure


def test_several_questions_are_asked_at_once(nameserver: Nameserver) -> None:
    nameserver.publish('a.example. IN TXT "text"')
    nameserver.silent |= {f"s{n}.example" for n in range(7)}
    questions = [("a.example", "TXT"), *((f"s{n}.example", "TXT") for n in range(7)), ("a.example", "TXT")]
    answers = Lookups(nameserver.address, seconds=1.5).ask(questions)
    assert len(answers) == 8
    assert [kept for kept, answer in answers.items() if not answer.failure] == [("a.example", "TXT")]


@pytest.mark.parametrize("text", ["ns.example", "127.0.0.1:dns", "1.2.3:53"])
def test_a_name_server_is_named_by_its_address(text: str) -> None:
    with pytest.raises(InputError):
        Lookups(text)


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353"])
def test_an_address_may_come_with_a_port(text: str) -> None:
    Lookups(text)
