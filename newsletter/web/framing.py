"""Pages inside a frame: somebody's HTML, shown and trusted with nothing (CSP3; HTML, sandboxing).

Not with images from elsewhere either, until a person asks for them: whoever serves one learns that and where it is looked at.
"""

from __future__ import annotations

import re

_HEAD = re.compile(r"<head\b[^<>]*>", re.IGNORECASE)
_POLICY = (
    "default-src 'none'; style-src {styles}; img-src {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox {sandbox}"
)
_REMOTE = re.compile(
    r"""(?:\b(?:src|srcset|background|poster)\s{0,9}=|\burl\()\s{0,9}["']?\s{0,9}(?:https?:)?//([^/"'\s)>]{0,300})""",
    re.IGNORECASE,
)


def frame_headers(styles: str, sandbox: str, *, images: bool) -> dict[str, str]:
    """Return the headers of a framed page; `styles` is its style-src, `sandbox` the tokens of what it may do.

    `images`: a person asked for those from elsewhere.
    """
    shown = "'self' https: data:" if images else "'self' data:"
    policy = _POLICY.format(styles=styles, sandbox=sandbox, images=shown)
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def opening_links_outside(html: str) -> str:
    """Return a document whose links open in a new tab, not in the frame."""
    base = '<base target="_blank">'
    return _HEAD.sub(lambda found: found[0] + base, html, count=1) if _HEAD.search(html) else base + html


def has_remote_images(html: str, own_host: str) -> bool:
    """Tell whether a document names an image, or what looks like one, of another host than ours."""
    return any(found[1].lower() != own_host for found in _REMOTE.finditer(html))
