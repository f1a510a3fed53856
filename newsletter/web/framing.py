"""Pages inside a frame: somebody's HTML, shown and trusted with nothing (CSP3; HTML, sandboxing)."""

from __future__ import annotations

import re

_HEAD = re.compile(r"<head\b[^<>]*>", re.IGNORECASE)
_POLICY = (
    "default-src 'none'; style-src {styles}; img-src 'self' https: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox {sandbox}"
)


def frame_headers(styles: str, sandbox: str) -> dict[str, str]:
    """Return the headers of a framed page; `styles` is its style-src, `sandbox` the tokens of what it may do."""
    policy = _POLICY.format(styles=styles, sandbox=sandbox)
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def opening_links_outside(html: str) -> str:
    """Return a document whose links open in a new tab, not in the frame."""
    base = '<base target="_blank">'
    return _HEAD.sub(lambda found: found[0] + base, html, count=1) if _HEAD.search(html) else base + html
