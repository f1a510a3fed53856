"""`newsletter bench sign`: what DKIM costs a message, beside the bare signatures and hashes nobody can do without."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from newsletter.mail.body import build_body
from newsletter.mail.dkim import DkimKey, DkimSigner
from newsletter.mail.dkim_keys import make_ed25519_key, make_rsa_key
from newsletter.mail.list_headers import list_headers
from newsletter.mail.message import MessageTemplate

MESSAGES = 200
"""Messages of one round."""
ROUNDS = 15
"""The quickest round counts: whatever else the machine does makes the others slower."""


def measure_signing(octets: int, dkim: str = "both") -> dict[str, Any]:
    """Return CPU microseconds a message of `octets` octets; `dkim` is rsa, ed25519 or both.

    `bare_us` is one SHA-256 of the body, and for each key one of the headers and one signature.
    """
    keys = [
        key for kind, key in (("rsa", make_rsa_key("r")), ("ed25519", make_ed25519_key("e"))) if dkim in ("both", kind)
    ]
    message = _message(octets)
    head, _, body = message.partition(b"\r\n\r\n")
    signer = DkimSigner("news.example", keys)
    bare, signed = _quickest([lambda: _bare(keys, head, body), lambda: signer.signed(message, 0)])
    return {
        "octets": len(message),
        "dkim": dkim,
        "bare_us": round(bare, 1),
        "signed_us": round(signed, 1),
        "ratio_to_bare": round(signed / bare, 3),
    }


def _bare(keys: Sequence[DkimKey], head: bytes, body: bytes) -> None:
    hashlib.sha256(body).digest()
    for key in keys:
        key.sign(hashlib.sha256(head).digest())


def _message(octets: int) -> bytes:
    headers = [("From", "The Daily <news@news.example>"), ("Subject", "Rehearsal")]
    headers += list_headers(
        name="The Daily",
        list_id="daily.news.example",
        unsubscribe_url="https://news.example/u/" + "x" * 40,
        archive_url="https://news.example/daily",
        feedback="first:daily:issue:news.example",
    )
    filler = "<p>The quick brown fox jumps over the lazy dog, again and again.</p>\n"
    body = build_body("Rehearsal\n", filler * max(octets // (len(filler) + 1), 1))
    return MessageTemplate(headers, body).compose(
        to=b"ada@readers.example",
        message_id=b"b." + b"0" * 36 + b"@news.example",
        slots={},
        extra=b"Date: Thu, 01 Jan 2026 06:00:00 +0000\r\n",
    )


def _quickest(actions: Sequence[Callable[[], object]]) -> list[float]:
    """Return CPU microseconds of each action, in rounds taken in turn."""
    best = [float("inf")] * len(actions)
    for _ in range(ROUNDS):
        for number, action in enumerate(actions):
            started = time.thread_time()
            for _ in range(MESSAGES):
                action()
            best[number] = min(best[number], (time.thread_time() - started) * 1e6 / MESSAGES)
    return best
