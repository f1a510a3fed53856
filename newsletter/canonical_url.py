"""One form for all addresses of the same page, so that what several sources offer is known to be one thing. Pure, and linear in the address.

Two addresses become the same only where they cannot mean two pages: host, default port, `www.`, one slash at the end, the order of parameters,
names that only follow readers (`newsletter/tracking_names.py`), percent signs that need not be (RFC 3986 section 6.2.2), and the fragment
unless it names a page (`#!/story/1`). The case of a path, `a//b`, `index.html` and every other parameter are kept. What a service is known
to call the same (a paper, a repository, a video) stands in `newsletter/known_addresses.py`.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import urlsplit

from url_normalize import url_normalize

from newsletter.known_addresses import Parts, known, paper_of
from newsletter.tracking_names import follows

KEY_CHARS = 300
"""Longest key; a longer address is cut, and known by a digest."""
_CUT = 230
_MOST_HOST = 300  # RFC 1035 allows 253, and a port may stand behind
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?", re.ASCII)
_AMPERSAND = re.compile(r"&(?:amp;|#38;)+")
_ESCAPES = re.compile(r"%([0-9A-Fa-f]{2})|%|[^!$&-;=?-Z\[\]_a-z~]", re.ASCII)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SHARES = frozenset(
    {"ref", "ref_src", "ref_url", "cmp", "cmpid", "ncid", "smid", "guccounter"} | {"guce_referrer", "guce_referrer_sig"}
)
"""Names by which a page is told from where somebody came; on the hosts of code, `ref` is a branch."""
_CODE = ("github", "gitlab", "codeberg", "bitbucket", "gitea", "git.")


def canonical(url: str) -> str:
    """Return the address in the form that all of the same page share, `http:` or `https:` as it was; "" for what is no web address."""
    parts = _parts(url)
    return "" if parts is None else parts.address()


def key_of(url: str) -> str:
    """Return what a page is known by: its canonical address without the scheme, at most 300 characters; a paper's is `arxiv:2605.01234`.

    "" for what is no web address.
    """
    parts = _parts(url)
    if parts is None:
        return ""
    paper = paper_of(parts)
    return f"arxiv:{paper}" if paper else short_key(parts.address().partition("://")[2])


def short_key(key: str) -> str:
    """Return a key that fits its column: a longer one is cut, with a digest of all of it."""
    if len(key) <= KEY_CHARS:
        return key
    return f"{key[:_CUT]}#{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _parts(url: str) -> Parts | None:
    try:
        split = urlsplit(_AMPERSAND.sub("&", url.strip()))
    except ValueError:  # brackets that are not those of an address, or signs that would change the host
        return None
    host = _host(split.scheme, split.netloc)
    if not host:
        return None
    query = _query(split.query, host)
    return known(Parts(split.scheme, host, _path(split.path), query, _fragment(split.fragment)))


@lru_cache(maxsize=4096)
def _host(scheme: str, netloc: str) -> str:
    """Return the host in lower case and ASCII, its port unless it is the usual one, no password; "" where there is none."""
    named = netloc.rpartition("@")[2]
    if scheme not in {"http", "https"} or not named or len(named) > _MOST_HOST or ".." in named:
        return ""
    try:
        address = url_normalize(f"{scheme}://{named}/") or ""
    except (ValueError, IndexError):  # IDNA has no form for it, or its port is no number
        return ""
    host = address.partition("://")[2].removesuffix("/")
    if not _HOST.fullmatch(host):
        return ""
    bare = host.removeprefix("www.")
    return bare if "." in bare else host


def _path(path: str) -> str:
    """Return a path without dots (RFC 3986 section 5.2.4) and without one slash at its end; empty segments are kept, for `a//b` is not `a/b`."""
    kept: list[str] = []
    segments = _escaped(path).split("/")[1:]
    for place, segment in enumerate(segments, start=1):
        if segment == ".." and kept:
            kept.pop()
        if segment not in {".", ".."}:
            kept.append(segment)
        elif place == len(segments):
            kept.append("")
    if len(kept) > 1 and not kept[-1] and kept[-2]:
        kept.pop()
    return "/" + "/".join(kept)


def _query(query: str, host: str) -> str:
    """Return the parameters in the order of their names, those of one name in their own; without those that only follow."""
    kept = [(_escaped(pair).partition("=")[0], _escaped(pair)) for pair in query.split("&") if pair]
    is_code = host.startswith(_CODE) or ".git" in host
    return "&".join(
        pair for name, pair in sorted(kept, key=lambda each: each[0]) if not _tells_nothing(name.lower(), pair, is_code)
    )


def _tells_nothing(name: str, pair: str, is_code: bool) -> bool:
    if name in _SHARES:
        return not (is_code and name == "ref")
    return follows(name) or (name == "source" and pair[len(name) + 1 :].startswith("rss--"))


def _fragment(fragment: str) -> str:
    return _escaped(fragment) if fragment.startswith(("!", "/")) else ""


def _escaped(text: str) -> str:
    """Write percent signs as RFC 3986 section 6.2.2 wishes: in capitals, none for what needs none, one for all that may not stand there."""
    return _ESCAPES.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        sign = chr(int(found[1], 16))
        return sign if sign in _UNRESERVED else found[0].upper()
    return "".join(f"%{octet:02X}" for octet in found[0].encode("utf-8", "surrogatepass"))
