"""AWS Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class SigV4Signer:
    """Signs requests for one service in one region; `session_token` belongs to temporary credentials."""

    key: str
    secret: str
    region: str
    service: str
    session_token: str = ""

    def sign(self, method: str, url: str, headers: Mapping[str, str], body: bytes, at: datetime) -> dict[str, str]:
        """Return `headers` with X-Amz-Date and Authorization; Host is signed too, and left to the HTTP client to write."""
        stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = {**headers, "X-Amz-Date": stamp}
        if self.session_token:
            signed["X-Amz-Security-Token"] = self.session_token
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        canonical, names = _canonical(method, url, signed, body)
        to_sign = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self._key(scope), to_sign.encode(), hashlib.sha256).hexdigest()
        credential = f"Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        return {**signed, "Authorization": f"{_ALGORITHM} {credential}"}

    def _key(self, scope: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), hashlib.sha256)
        return key


def _canonical(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """The canonical request, and the names of the signed headers."""
    parts = urlsplit(url)
    fields = {name.lower(): " ".join(value.split()) for name, value in headers.items()} | {"host": parts.netloc}
    names = ";".join(sorted(fields))
    lines = [
        method,
        quote(parts.path or "/", safe="/-_.~%"),
        "&".join(sorted(f"{_quoted(n)}={_quoted(v)}" for n, v in parse_qsl(parts.query, keep_blank_values=True))),
        *(f"{name}:{fields[name]}" for name in sorted(fields)),
        "",
        names,
        hashlib.sha256(body).hexdigest(),
    ]
    return "\n".join(lines), names


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
