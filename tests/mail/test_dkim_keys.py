"""Keys on disk and in the DNS."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsletter.errors import InputError
from newsletter.mail.dkim_keys import dkim_record, make_ed25519_key, make_rsa_key, read_pem, write_pem


@pytest.mark.parametrize("make", [make_rsa_key, make_ed25519_key])
def test_a_key_comes_back_from_its_file(make):
    key = make("news2026")
    again = read_pem("news2026", write_pem(key))
    assert dkim_record(again, "example.org") == dkim_record(key, "example.org")
    assert again.algorithm == key.algorithm


def test_an_rsa_record_is_cut_into_strings_that_fit():
    record = dkim_record(make_rsa_key("r1"), "example.org")
    assert record.name == "r1._domainkey.example.org"
    assert record.text.startswith("v=DKIM1; k=rsa; p=MII")
    assert [len(each) for each in record.strings] == [255, len(record.text) - 255]
    assert "".join(record.strings) == record.text
    assert record.zone_line.count('"') == 4


def test_an_ed25519_record_holds_the_bare_key():
    text = dkim_record(make_ed25519_key("e1"), "example.org").text
    assert text.startswith("v=DKIM1; k=ed25519; p=") and len(text.partition("p=")[2]) == 44


def curve() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("pem", [b"", b"not a key", curve()])
def test_what_is_no_key_for_dkim_is_refused(pem):
    with pytest.raises(InputError):
        read_pem("r1", pem)


@pytest.mark.parametrize("selector", ["", "a b", "-a", "ü", "a" * 70, "a..b", "a.-b"])
def test_a_selector_is_a_label(selector):
    with pytest.raises(InputError):
        make_ed25519_key(selector)
