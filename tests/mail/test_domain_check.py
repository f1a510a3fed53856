"""What is in DNS, judged beside what should be."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.mail.dkim_keys import make_ed25519_key
from newsletter.mail.domain_check import DnsAnswer, RecordCheck, RecordVerdict, find
from newsletter.mail.domain_records import DomainRecord, RecordKind, Sending, wanted_records

SENDING = Sending(
    "news.example", "bounce.news.example", "www.news.example", ("mx", "ip4:192.0.2.1"), True, "r@news.example"
)
RECORDS = {record.kind: record for record in wanted_records(SENDING, [make_ed25519_key("s1")])}
KEY = RECORDS[RecordKind.DKIM].text.partition("p=")[2]


def found(kind: RecordKind, *values: str, **changed: object) -> RecordCheck:
    record = dataclasses.replace(RECORDS[kind], **changed)
    return find(record, lambda name, _: DnsAnswer(values) if name == record.name else DnsAnswer())


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda record: record.kind)
def test_what_we_print_is_found_and_nothing_is_missing(record: DomainRecord) -> None:
    assert find(record, lambda *_: DnsAnswer((record.text,))).verdict is RecordVerdict.FOUND
    nothing = find(record, lambda *_: DnsAnswer())
    assert nothing.verdict is RecordVerdict.MISSING
    assert record.zone_line in nothing.remedy


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda record: record.kind)
def test_no_answer_is_neither_found_nor_missing(record: DomainRecord) -> None:
    finding = find(record, lambda *_: DnsAnswer(failure="SERVFAIL"))
    assert (finding.verdict, finding.seen) == (RecordVerdict.UNKNOWN, ("SERVFAIL",))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("v=spf1 ip4:192.0.2.1 a +mx -all", "found"),
        ("V=SPF1 MX IP4:192.0.2.1 ~all", "found"),
        ("v=spf1 mx -all", "differs"),
        ("v=spf1 mx ip4:192.0.2.1 +all", "differs"),
        ("v=spf10 mx", "missing"),
        ("a token=v=spf1", "missing"),
    ],
)
def test_spf_names_our_servers_or_does_not(text: str, verdict: str) -> None:
    assert found(RecordKind.SPF, text).verdict == verdict


def test_two_spf_records_are_an_error_and_other_texts_are_not() -> None:
    one = RECORDS[RecordKind.SPF].text
    assert found(RecordKind.SPF, "a-token=1", one).verdict is RecordVerdict.FOUND
    finding = found(RecordKind.SPF, one, "v=spf1 -all")
    assert finding.verdict is RecordVerdict.DIFFERS
    assert "keep one SPF record" in finding.remedy


def test_an_spf_that_leads_elsewhere_may_name_the_server_we_only_guess() -> None:
    assert found(RecordKind.SPF, "v=spf1 include:x.example -all", guessed=True).verdict is RecordVerdict.FOUND
    assert found(RecordKind.SPF, "v=spf1 -all", guessed=True).verdict is RecordVerdict.DIFFERS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"v=DKIM1; k=ed25519; p={KEY[:10]} \t {KEY[10:]}", "found"),
        (f"k=ed25519; p={KEY}; n=a note", "found"),
        (f"v=DKIM1;k=ed25519;t=s;p={KEY};", "found"),
        (f"v=DKIM1; p={KEY}", "differs"),
        (f"v=DKIM1; k=ed25519; t=y; p={KEY}", "differs"),
        (f"v=DKIM1; k=ed25519; p={'A' * 43}=", "differs"),
        ("v=DKIM1; k=ed25519; p=", "differs"),
        (f"v=DKIM1; k=ed25519; h=sha1:sha256; s=email:x; p={KEY}", "found"),
        (f"v=DKIM1; k=ed25519; h=sha1; p={KEY}", "differs"),
        (f"v=DKIM1; k=ed25519; s=other; p={KEY}", "differs"),
        (f"k=ed25519; p={KEY}; v=DKIM1", "differs"),
        ("something else", "missing"),
    ],
    ids=[
        "wrapped",
        "with a note",
        "terse",
        "no kind",
        "testing",
        "another key",
        "revoked",
        "hashes",
        "other hash",
        "not for mail",
        "version last",
        "no record",
    ],
)
def test_a_key_is_ours_or_another(text: str, verdict: str) -> None:
    assert found(RecordKind.DKIM, text).verdict == verdict


def test_two_keys_at_one_name_differ() -> None:
    record = RECORDS[RecordKind.DKIM]
    assert find(record, lambda *_: DnsAnswer((record.text, "v=DKIM1; p=AAAA"))).verdict is RecordVerdict.DIFFERS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("v=DMARC1; p=reject", "found"),
        ("v=DMARC1;p=quarantine; sp=none", "found"),
        ("v=DMARC1; p=None", "found"),
        ("v=DMARC1; rua=mailto:x@news.example", "differs"),
        ("p=reject", "missing"),
    ],
)
def test_any_policy_will_do(text: str, verdict: str) -> None:
    assert found(RecordKind.DMARC, text).verdict == verdict


def test_a_domain_obeys_the_dmarc_record_of_its_organization() -> None:
    record = dataclasses.replace(RECORDS[RecordKind.DMARC], name="_dmarc.a.b.example")
    asked: list[str] = []

    def lookup(name: str, _: str) -> DnsAnswer:
        asked.append(name)
        return DnsAnswer(("v=DMARC1; p=none",) if name == "_dmarc.b.example" else ())

    assert find(record, lookup).verdict is RecordVerdict.FOUND
    assert asked == ["_dmarc.a.b.example", "_dmarc.b.example"]


@pytest.mark.parametrize(
    ("value", "guessed", "verdict"),
    [
        ("5 WWW.news.example.", False, "found"),
        ("10 elsewhere.example", False, "differs"),
        ("10 elsewhere.example", True, "found"),
        ("0 .", True, "differs"),
    ],
)
def test_bounces_come_to_us(value: str, guessed: bool, verdict: str) -> None:
    assert found(RecordKind.BOUNCES, value, guessed=guessed).verdict == verdict


@settings(max_examples=80)
@given(
    st.sampled_from(list(RECORDS)),
    st.lists(st.text(max_size=60) | st.sampled_from(["v=DKIM1;p=", "v=spf1", "v=DMARC1"]), max_size=3),
)
def test_whatever_stands_in_dns_it_is_judged(kind: RecordKind, values: list[str]) -> None:
    given_values = [v for v in values if v.split() or kind is not RecordKind.BOUNCES]
    finding = found(kind, *given_values)
    assert finding.remedy or finding.verdict is RecordVerdict.FOUND
