"""Addresses that a service gives the same thing: a paper of arXiv, a repository, a video, a DOI, a page for telephones. Pure.

Each rule is one that the service documents or redirects by itself; all other addresses stay as they are.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl


class Parts(NamedTuple):
    """A web address in parts, each as `newsletter.canonical_url` writes it: a path begins with a slash, `host` holds the port."""

    scheme: str
    host: str
    path: str
    query: str
    fragment: str

    def address(self) -> str:
        """Put them together."""
        query = f"?{self.query}" if self.query else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.scheme}://{self.host}{self.path}{query}{fragment}"


_HOSTS = {
    "m.youtube.com": "youtube.com",
    "twitter.com": "x.com",
    "mobile.twitter.com": "x.com",
    "mobile.x.com": "x.com",
    "old.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "hf.co": "huggingface.co",
    "dx.doi.org": "doi.org",
}
"""Hosts that lead to the same pages as another."""
_WIKIPEDIA = re.compile(r"([a-z-]{2,16})\.m\.(wikipedia|wiktionary|wikinews)\.org")

_ID = r"(\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[A-Za-z]{2})?/\d{7})(?:v\d{1,3})?"
_PAPER_PLACES = (
    (
        frozenset({"arxiv.org", "export.arxiv.org"}),
        re.compile(rf"/(?:abs|pdf|html|format|ps|src|e-print)/{_ID}(?:\.pdf)?"),
    ),
    (frozenset({"alphaxiv.org"}), re.compile(rf"/(?:[a-z]{{2}}/)?(?:abs|pdf|html|overview)/{_ID}(?:\.pdf)?")),
    (frozenset({"ar5iv.org", "ar5iv.labs.arxiv.org"}), re.compile(rf"/(?:abs|html)/{_ID}")),
    (frozenset({"huggingface.co"}), re.compile(rf"/papers/{_ID}")),
    (frozenset({"doi.org"}), re.compile(rf"/10\.48550/arxiv\.{_ID}", re.IGNORECASE)),
)
"""Hosts, and paths there that show one paper of arXiv (https://info.arxiv.org/help/arxiv_identifier.html)."""
_CLASS = re.compile(r"\.[A-Za-z]{2}/")

_REPOSITORY = re.compile(r"/([A-Za-z0-9-]{1,39})/([A-Za-z0-9._-]{1,100})((?:/.*)?)")
_NO_OWNERS = frozenset(
    {"about", "apps", "collections", "contact", "customer-stories", "enterprise", "events", "explore", "features"}
    | {"gist", "issues", "join", "login", "logout", "marketplace", "mobile", "new", "notifications", "orgs", "pricing"}
    | {"pulls", "readme", "search", "security", "settings", "signup", "site", "solutions", "sponsors", "stars", "team"}
    | {"topics", "trending", "users", "resources", "organizations", "codespaces", "discussions", "github-copilot"}
)
"""First words of paths on GitHub that are pages of its own."""
_ROOTS = frozenset({"", "/tree/main", "/tree/master"})

_VIDEO = re.compile(r"/(?:embed|shorts|live|v)/([A-Za-z0-9_-]{11})")
_SHORT_VIDEO = re.compile(r"/([A-Za-z0-9_-]{11})")
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")


def known(parts: Parts) -> Parts:
    """Return the parts of the address that a service shows the same thing under, or those given."""
    parts = parts._replace(host=_host(parts.host))
    paper = paper_of(parts)
    if paper:
        return Parts("https", "arxiv.org", f"/abs/{paper}", "", "")
    if parts.host == "github.com":
        return _of_github(parts)
    if parts.host in {"youtube.com", "youtu.be"}:
        return _of_youtube(parts)
    if parts.host == "doi.org" and parts.path.startswith("/10."):
        # the names of DOI are the same in capitals (DOI Handbook section 2.4)
        return Parts("https", "doi.org", parts.path.lower().replace("%2f", "/"), "", "")
    return parts


def paper_of(parts: Parts) -> str:
    """Return the number of the paper of arXiv that an address shows, without its version and its class; "" where it shows none."""
    for hosts, path in _PAPER_PLACES:
        found = path.fullmatch(parts.path) if parts.host in hosts else None
        if found:
            return _CLASS.sub("/", found[1].lower())
    return ""


def _host(host: str) -> str:
    mobile = _WIKIPEDIA.fullmatch(host)
    return f"{mobile[1]}.{mobile[2]}.org" if mobile else _HOSTS.get(host, host)


def _of_github(parts: Parts) -> Parts:
    found = _REPOSITORY.fullmatch(parts.path)
    if found is None or found[1].lower() in _NO_OWNERS:
        return parts
    owner, name, rest = found[1].lower(), found[2].lower(), found[3]
    if rest in _ROOTS and name.removesuffix(".git") not in {"", ".", ".."}:
        return Parts("https", parts.host, f"/{owner}/{name.removesuffix('.git')}", "", "")
    return parts._replace(path=f"/{owner}/{name}{rest}")


def _of_youtube(parts: Parts) -> Parts:
    pattern = _SHORT_VIDEO if parts.host == "youtu.be" else _VIDEO
    found = pattern.fullmatch(parts.path)
    video = found[1] if found else ""
    if parts.host == "youtube.com" and parts.path == "/watch":
        video = dict(parse_qsl(parts.query[:2000])).get("v", "")
    return Parts("https", "youtube.com", "/watch", f"v={video}", "") if _VIDEO_ID.fullmatch(video) else parts
