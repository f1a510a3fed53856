"""AWS Signature Version 4 against the vectors AWS publishes (aws-sig-v4-test-suite)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsletter.transports.providers.sigv4 import SigV4Signer

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SIGNER = SigV4Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "signed", "signature"),
    [
        ("GET", "/", {}, b"", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", {}, b"", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            {},
            b"",
            "host;x-amz-date",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "POST",
            "/",
            FORM,
            b"Param1=value1",
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "get-vanilla-query-order-key-case", "post-x-www-form-urlencoded"],
)
def test_the_published_vectors_come_out(
    method: str, target: str, headers: dict[str, str], body: bytes, signed: str, signature: str
) -> None:
    result = SIGNER.sign(method, f"https://example.amazonaws.com{target}", headers, body, AT)
    assert result["X-Amz-Date"] == "20150830T123600Z"
    assert result["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={signed}, Signature={signature}"
    )


def test_the_token_of_temporary_credentials_is_signed_too() -> None:
    signer = SigV4Signer("AKIDEXAMPLE", "secret", "eu-west-1", "ses", "the token")
    result = signer.sign("POST", "https://email.eu-west-1.amazonaws.com/v2/email/outbound-bulk-emails", {}, b"{}", AT)
    assert result["X-Amz-Security-Token"] == "the token"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token" in result["Authorization"]
