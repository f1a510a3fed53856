"""The figures are of the case that was asked for."""

from __future__ import annotations

import pytest

from newsletter.bench import signing


@pytest.mark.parametrize("dkim", ["rsa", "ed25519", "both"])
def test_the_cost_of_signing_is_put_beside_bare_signatures(dkim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "ROUNDS", 1)
    monkeypatch.setattr(signing, "MESSAGES", 2)
    figures = signing.measure_signing(10_240, dkim)
    assert figures["dkim"] == dkim
    assert 9_500 < figures["octets"] < 11_500
    assert figures["bare_us"] > 0 and figures["signed_us"] > 0
