"""Fetch the certificate a webhook's signature names: small, quick, without redirects. The caller has checked the host."""

from __future__ import annotations

import httpx

from newsletter.errors import TransportError

MOST_OCTETS = 64 * 1024
SECONDS = 5.0


def fetch_certificate(url: str) -> bytes:
    """Return what stands at an https URL. Raises TransportError when it is not to be had, or too large."""
    try:
        with httpx.Client(timeout=SECONDS, follow_redirects=False) as client, client.stream("GET", url) as answer:
            content = b""
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > MOST_OCTETS:
                    raise TransportError("a certificate is too large", where="webhook")
            if answer.status_code != 200 or answer.url.scheme != "https":
                raise TransportError(f"no certificate: {answer.status_code}", where="webhook")
            return content
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TransportError(f"a certificate cannot be fetched: {type(error).__name__}", where="webhook") from None
