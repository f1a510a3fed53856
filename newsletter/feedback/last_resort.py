"""flufl.bounce (GNU Mailman's detectors), asked when no reader of ours understood a notification.

It knows no limits and logs what it stumbles over, addresses included: it gets small messages only, and a silent logger.
"""

from __future__ import annotations

import email
import logging
import re
from email import policy

MAX_BYTES = 32 * 1024

_EMPTY_LINES = re.compile(rb"(?:\r?\n){4,}")  # the standard library's parser and the detectors are slow on many


def recipients(raw: bytes) -> list[str]:
    """The addresses flufl.bounce finds in a raw message, sorted; empty when it finds none or fails."""
    if len(raw) > MAX_BYTES:
        return []
    from flufl.bounce import all_failures  # slow to import, seldom needed

    logging.getLogger("flufl.bounce").disabled = True  # laws of the house: no addresses in logs
    try:
        temporary, permanent = all_failures(
            email.message_from_bytes(_EMPTY_LINES.sub(b"\n\n\n", raw), policy=policy.compat32)
        )
    except Exception:  # noqa: BLE001  a reader of hostile input may fail in any way; then it has found nothing
        return []
    return sorted({address.decode("utf-8", "replace") for address in {*temporary, *permanent} if address})
