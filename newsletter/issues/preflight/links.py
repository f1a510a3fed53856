"""Rules about addresses as they are written; whether they answer is looked at when somebody asks (`newsletter.issues.looking_outside`)."""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

from collections.abc import Iterator

from newsletter.issues.preflight.finding import Finding, Fix, Rule, short
from newsletter.issues.preflight.inspected import Inspected
from newsletter.issues.preflight.written_addresses import WrittenAddress, addresses_of, host_of, is_local
from newsletter.tracking_names import tracking_names, without_tracking

INSECURE = Rule("insecure-link", "advise", "a link without encryption, `http:`", fixes=True)
TRACKING = Rule("tracking-name", "advise", "an address with utm_, fbclid, mc_eid and their like", fixes=True)
SHORTENED = Rule("shortened-link", "advise", "a link of a shortening service, which hides where it leads")
LOCAL = Rule("local-link", "advise", "a link to this machine or to a private network")
TWICE = Rule("same-link", "advise", "two items with the same link")
RULES = (INSECURE, TRACKING, SHORTENED, LOCAL, TWICE)
SHORTENERS = frozenset(
    "bit.ly bitly.com tinyurl.com t.co goo.gl ow.ly is.gd v.gd buff.ly rebrand.ly cutt.ly rb.gy shorturl.at tiny.cc lnkd.in "
    "trib.al dlvr.it bl.ink s.id t.ly shrtco.de soo.gd tiny.one clck.ru t.cn url.cn dwz.cn amzn.to fb.me wp.me "
    "hubs.ly hubs.la mailchi.mp lc.cx x.gd u.to qr.ae db.tt short.gy".split()
)


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at every address."""
    told: set[tuple[str, int]] = set()
    for address in addresses_of(issue):
        if (address.written, address.line) not in told:
            told.add((address.written, address.line))
            yield from _written(address)
    yield from _twice(issue)


def _written(address: WrittenAddress) -> Iterator[Finding]:
    where, line, url = address.where, address.line, address.url
    if names := tracking_names(address.written):
        what = f"the address {short(url)} follows readers by {', '.join(names)}"
        fix = Fix(line, address.written, without_tracking(address.written))
        yield TRACKING.found(what, where, f"write {short(fix.new)}", line=line, fix=fix)
    if is_local(url):
        what = f"the link to {short(url)} leads to a machine that readers cannot reach"
        yield LOCAL.found(what, where, "write the address it has for everyone", line=line)
    elif url[:5].lower() == "http:" and not address.is_image:
        what = f"the link to {short(url)} is not encrypted"
        yield INSECURE.found(what, where, "use https:// where the site has it", line=line)
    if host_of(url).removeprefix("www.") in SHORTENERS:
        what = f"the link to {short(url)} hides where it leads, and spam filters mistrust it"
        yield SHORTENED.found(what, where, "write the address it leads to", line=line)


def _twice(issue: Inspected) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for where, line, item in issue.items():
        if item.url and item.url in seen:
            what = f"the same link stands at {seen[item.url]} already"
            yield TWICE.found(what, where, "remove one of the two, unless it is meant", line=line)
        seen.setdefault(item.url, where)
