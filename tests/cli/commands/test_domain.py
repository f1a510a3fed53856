"""A domain's keys are made, its records printed, looked up in a real name server, and rotated."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest

from tests.cli.conftest import Newsletter
from tests.parts.nameserver import Nameserver
from tests.parts.smtp import SmtpSink

DOMAIN = "daily.example"
DNS = re.compile(r"\S+\. IN (?:TXT|MX) .+")


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    """A name server with an empty zone."""
    server = Nameserver()
    yield server
    server.stop()


@pytest.fixture
def published(newsletter: Newsletter, nameserver: Nameserver, monkeypatch: pytest.MonkeyPatch) -> Newsletter:
    """The same, with all records of the domain in the name server."""
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "https://www.daily.example")
    monkeypatch.setenv("NEWSLETTER_RETURN_PATH_DOMAIN", "bounce.daily.example")
    said = newsletter("domain", "records", DOMAIN, "--spf", "ip4:192.0.2.7")
    assert said.code == 0, said.err
    nameserver.publish(*DNS.findall(said.out))
    return newsletter


def checked(newsletter: Newsletter, nameserver: Nameserver, *more: str) -> tuple[int, dict[str, str]]:
    arguments = ("--nameserver", nameserver.address, "--timeout", "2", "--json", *more)
    said = newsletter("domain", "check", DOMAIN, *arguments)
    return said.code, {row["name"] + " " + row["type"]: row["verdict"] for row in said.json}


def test_what_is_printed_and_published_is_found(published: Newsletter, nameserver: Nameserver) -> None:
    code, verdicts = checked(published, nameserver, "--spf", "ip4:192.0.2.7")
    assert code == 0
    assert len(verdicts) == 7
    assert set(verdicts.values()) == {"found"}
    said = published("domain", "check", DOMAIN, "--nameserver", nameserver.address)
    assert said.code == 0
    assert said.out.count("found ") == 7


def test_records_are_printed_the_same_each_time(newsletter: Newsletter, folder: Path) -> None:
    first = newsletter("domain", "records", DOMAIN, "--json")
    assert first.json == newsletter("domain", "records", DOMAIN, "--json").json
    assert first.json["in_use"] == first.json["selector"] == "news1"
    [rsa] = (folder / "data" / "dkim" / DOMAIN).glob("*.rsa.pem")
    assert stat.S_IMODE(rsa.stat().st_mode) == 0o600


def test_keys_may_lie_in_a_folder_that_machines_share(
    newsletter: Newsletter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_DKIM_DIR", str(tmp_path / "shared"))
    assert newsletter("domain", "records", DOMAIN).code == 0
    assert (tmp_path / "shared" / DOMAIN / "news1.rsa.pem").exists()


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("bounce.daily.example", "TXT", 1),
        ("bounce.daily.example", "MX", 1),
        ("news1._domainkey.daily.example", "TXT", 1),
        ("_dmarc.daily.example", "TXT", 1),
        ("news1-ed25519._domainkey.daily.example", "TXT", 0),
        ("_smtp._tls.bounce.daily.example", "TXT", 0),
        ("_mta-sts.bounce.daily.example", "TXT", 0),
    ],
)
def test_a_record_that_is_missing_is_named_and_fails_when_required(
    published: Newsletter, nameserver: Nameserver, name: str, kind: str, code: int
) -> None:
    nameserver.withdraw(name, kind)
    found, verdicts = checked(published, nameserver)
    assert {place for place, verdict in verdicts.items() if verdict != "found"} == {f"{name} {kind}"}
    assert found == code
    said = published("domain", "check", DOMAIN, "--nameserver", nameserver.address)
    assert "missing" in said.out
    assert f"publish: {name}. IN {kind}" in said.out


def test_a_key_that_differs_two_spf_records_and_what_stands_there_are_told(
    published: Newsletter, nameserver: Nameserver
) -> None:
    nameserver.publish('bounce.daily.example. IN TXT "v=spf1 -all"', 'bounce.daily.example. IN TXT "a-token=1"')
    nameserver.withdraw("news1._domainkey.daily.example")
    nameserver.publish('news1._domainkey.daily.example. IN TXT "v=DKIM1; k=rsa; p=MIIB" "IjAN\\027[31m"')
    code, verdicts = checked(published, nameserver)
    assert code == 1
    assert sorted(place for place, verdict in verdicts.items() if verdict == "differs") == [
        "bounce.daily.example TXT",
        "news1._domainkey.daily.example TXT",
    ]
    said = published("domain", "check", DOMAIN, "--nameserver", nameserver.address)
    assert "there is: v=DKIM1; k=rsa; p=MIIBIjAN [31m" in said.out
    assert "keep one SPF record" in said.out


@pytest.mark.parametrize(
    ("name", "kind", "text", "word", "code"),
    [
        ("bounce.daily.example", "TXT", '"v=spf1 ip4:192.0.2.7 +all"', "it lets anyone send", 1),
        ("bounce.daily.example", "TXT", '"v=spf1 ip4:192.0.2.7 ?all"', "it lets anyone send", 1),
        ("bounce.daily.example", "TXT", '"v=spf1 ip4:198.51.100.9 -all"', "add ip4:192.0.2.7 to it", 1),
        ("bounce.daily.example", "MX", "10 mail.elsewhere.example.", "bounces go elsewhere", 1),
        ("bounce.daily.example", "MX", "0 .", "takes no mail (RFC 7505)", 1),
        ("_dmarc.daily.example", "TXT", '"v=DMARC1; rua=mailto:x@daily.example"', "it needs p=none", 1),
        ("_dmarc.daily.example", "TXT", '"v=DMARC1; p=block"', "it needs p=none", 1),
        ("news1._domainkey.daily.example", "TXT", '"v=DKIM1; k=rsa; p="', "the key is revoked", 1),
        ("news1._domainkey.daily.example", "TXT", '"v=DKIM1; k=rsa; p=MIIBIjAN"', "another key", 1),
        ("news1-ed25519._domainkey.daily.example", "TXT", '"v=DKIM1; k=ed25519; p=AAAA"', "another key", 0),
        ("_mta-sts.bounce.daily.example", "TXT", '"v=STSv1; id=2026-01-01"', "an id of letters and digits", 0),
        ("_smtp._tls.bounce.daily.example", "TXT", '"v=TLSRPTv1; rua=tls@daily.example"', "it needs rua=mailto:", 0),
    ],
)
def test_a_record_that_is_wrong_is_told_with_what_to_do(
    published: Newsletter, nameserver: Nameserver, name: str, kind: str, text: str, word: str, code: int
) -> None:
    nameserver.withdraw(name, kind)
    nameserver.publish(f"{name}. IN {kind} {text}")
    said = published("domain", "check", DOMAIN, "--nameserver", nameserver.address, "--spf", "ip4:192.0.2.7")
    assert said.code == code
    assert said.out.count("differs ") == 1
    assert word in said.out
    assert "there is: " + text.strip('"').rstrip(".") in said.out


@pytest.mark.parametrize("trouble", ["failing", "silent"])
def test_a_name_server_in_trouble_is_not_taken_for_a_missing_record(
    published: Newsletter, nameserver: Nameserver, trouble: str
) -> None:
    getattr(nameserver, trouble).add("_dmarc.daily.example")
    code, verdicts = checked(published, nameserver)
    assert code == 6
    assert {place for place, verdict in verdicts.items() if verdict == "unknown"} == {"_dmarc.daily.example TXT"}


def test_a_domain_without_keys_is_not_in_order(newsletter: Newsletter, nameserver: Nameserver) -> None:
    said = newsletter("domain", "check", DOMAIN, "--nameserver", nameserver.address)
    assert said.code == 1
    assert "newsletter domain records daily.example" in said.err


def test_a_selector_is_taken_into_use_once_it_is_published(published: Newsletter, nameserver: Nameserver) -> None:
    said = published("domain", "records", DOMAIN, "--selector", "news2")
    assert "news1 signs mail now" in said.out
    early = published("domain", "use", DOMAIN, "news2", "--nameserver", nameserver.address)
    assert early.code == 4
    assert "publish: news2._domainkey.daily.example. IN TXT" in early.err
    nameserver.publish(*(line for line in DNS.findall(said.out) if line.startswith("news2")))
    assert published("domain", "use", DOMAIN, "news2", "--nameserver", nameserver.address).code == 0
    assert published("domain", "records", DOMAIN, "--json").json["in_use"] == "news2"


def test_an_old_selector_is_retired_once_the_new_one_signs_and_is_published(
    published: Newsletter, nameserver: Nameserver, folder: Path
) -> None:
    retire = ("domain", "retire", DOMAIN, "news1", "--nameserver", nameserver.address)
    assert published("domain", "records", DOMAIN, "--selector", "news2").code == 0
    said = published(*retire)
    assert said.code == 4 and "signed with news1" in said.err
    assert published("domain", "use", DOMAIN, "news2", "--unchecked").code == 0
    said = published(*retire)
    assert said.code == 4 and "DNS does not have this key" in said.err
    said = published(*retire, "--unchecked", "--json")
    assert said.json["records"] == [f"{name}._domainkey.{DOMAIN}" for name in ("news1", "news1-ed25519")]
    assert not list((folder / "data" / "dkim" / DOMAIN).glob("news1.*"))
    assert published(*retire, "--unchecked").code != 0


def test_a_selector_can_be_taken_unchecked_but_not_without_keys(published: Newsletter) -> None:
    assert published("domain", "use", DOMAIN, "news9", "--unchecked").code == 3
    published("domain", "records", DOMAIN, "--selector", "news2")
    assert published("domain", "use", DOMAIN, "news2", "--unchecked", "--json").json["selector"] == "news2"


@pytest.mark.parametrize("arguments", [("no domain",), ("../etc",), (DOMAIN, "--selector", "../x")])
def test_what_is_no_domain_or_selector_is_told_in_words(newsletter: Newsletter, arguments: tuple[str, ...]) -> None:
    said = newsletter("domain", "records", *arguments)
    assert said.code == 2
    assert said.err.startswith("error: ")


def test_an_issue_sent_by_the_command_verifies_by_the_records_it_printed(
    draft: Newsletter, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", smtp_sink.url)
    records = draft("domain", "records", DOMAIN, "--json").json["records"]
    zone = {f"{r['name']}.".encode(): r["text"].encode() for r in records if r["record"] == "DKIM"}
    assert draft("issue", "send", "today", "--despite", "other-date", "--wait").code == 0
    assert len(smtp_sink.messages) == 2
    for _, _, content in smtp_sink.messages:
        message = dkim.DKIM(content)
        assert [message.verify(n, dnsfunc=lambda name, timeout=5: zone[name]) for n in range(2)] == [True, True]
