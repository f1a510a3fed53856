"""What a domain should publish."""

from __future__ import annotations

import dns.zone
import pytest

from newsletter.mail.dkim_keys import make_ed25519_key, make_rsa_key
from newsletter.mail.domain_records import RecordKind, Sending, sts_policy, wanted_records

KEYS = (make_rsa_key("s1"), make_ed25519_key("s1-ed25519"))
SENDING = Sending(
    domain="news.example",
    return_domain="bounce.news.example",
    mail_host="www.news.example",
    spf=("include:spf.relay.example",),
    spf_given=True,
    reports="reports@news.example",
)


def test_every_record_has_its_name_and_text() -> None:
    records = {(r.kind, r.name): r.text for r in wanted_records(SENDING, KEYS)}
    assert records[RecordKind.SPF, "bounce.news.example"] == "v=spf1 include:spf.relay.example ~all"
    assert records[RecordKind.BOUNCES, "bounce.news.example"] == "10 www.news.example"
    assert records[RecordKind.DMARC, "_dmarc.news.example"] == "v=DMARC1; p=none; rua=mailto:reports@news.example"
    assert records[RecordKind.TLS_RPT, "_smtp._tls.bounce.news.example"].startswith("v=TLSRPTv1; rua=mailto:")
    assert records[RecordKind.DKIM, "s1._domainkey.news.example"].startswith("v=DKIM1; k=rsa; p=")
    assert records[RecordKind.DKIM, "s1-ed25519._domainkey.news.example"].startswith("v=DKIM1; k=ed25519; p=")


def test_the_lines_are_a_zone_file() -> None:
    lines = "\n".join(record.zone_line for record in wanted_records(SENDING, KEYS))
    zone = dns.zone.from_text(f"$ORIGIN news.example.\n$TTL 3600\n{lines}\n", check_origin=False)
    [rsa] = zone.get_rdataset("s1._domainkey", "TXT")
    assert len(rsa.strings) == 2
    assert max(map(len, rsa.strings)) <= 255
    [server] = zone.get_rdataset("bounce", "MX")
    assert str(server.exchange) in ("www", "www.news.example.")


@pytest.mark.parametrize("kind", [RecordKind.SPF, RecordKind.DMARC, RecordKind.BOUNCES])
def test_what_receivers_filter_by_is_required(kind: RecordKind) -> None:
    assert all(record.required for record in wanted_records(SENDING, KEYS) if record.kind is kind)


def test_every_purpose_is_one_sentence() -> None:
    purposes = [record.purpose for record in wanted_records(SENDING, KEYS)]
    assert [p for p in purposes if not p.endswith(".") or ". " in p] == []


def test_the_policy_names_the_server_that_takes_bounces() -> None:
    assert sts_policy(SENDING) == "version: STSv1\r\nmode: testing\r\nmx: www.news.example\r\nmax_age: 604800\r\n"
