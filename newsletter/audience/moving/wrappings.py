"""What lists put around an address (quotes, angle brackets, remarks, signs that nobody sees) and into a name. Pure."""

from __future__ import annotations

import re

from newsletter.audience.reader import MOST_NAME_CHARS, TURNING, is_unfit

_CLEAN = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_NAMED = re.compile(r"([^<>]{0,400}) ?<([^<>\s]{1,400})>")
_QUOTED = re.compile(r"\s*([\"'])(.{0,400})\1\s*", re.DOTALL)
_REMARKED = re.compile(r"([^\s()<>]{1,400}) \(([^()<>@]{0,200})\)")
_TWO = re.compile(r"[,;]")


def unwrapped(address: str, name: str) -> tuple[str, str]:
    """Take the address out of `Name <a@b>`, `<a@b>`, `a@b (Name)`, `"a@b"` and `mailto:a@b`; the name that stands there counts where there is none."""
    given = address.strip()
    if _CLEAN.fullmatch(given):
        return given, name
    given = given.strip(_UNSEEN + " \t\xa0").rstrip(",;").rstrip()
    found = _NAMED.fullmatch(given)
    if found:
        beside = _of_quotes(found[1].strip())
        is_two = "@" in beside and beside == found[1].strip() and bool(_TWO.search(beside))
        return (given if is_two else _without_scheme(found[2])), name or ("" if "@" in beside else beside)
    remarked = _REMARKED.fullmatch(given)
    if remarked:
        return remarked[1], name or remarked[2].strip()
    return _without_scheme(_of_quotes(given) if "@" in given else given), name


def fit_name(name: str) -> tuple[str, str]:
    """Return a name as a list tells it so that `read_name` takes it, and what was changed, in words; empty: nothing was.

    One over several lines that holds an address stays as it is: a quote that never ends has taken other rows for a name.
    """
    fit, told = name.strip(), []
    if not fit.isprintable() and any(map(is_unfit, fit)) and not ("@" in fit and len(fit.splitlines()) > 1):
        fit = " ".join("".join("" if c in TURNING else " " if is_unfit(c) else c for c in fit).split())
        told.append("the name was put on one line, without control characters")
    if len(fit) > MOST_NAME_CHARS:
        fit = fit[:MOST_NAME_CHARS].strip()
        told.append(f"the name was cut to {MOST_NAME_CHARS} characters")
    return fit, " and ".join(told)


def _of_quotes(text: str) -> str:
    """Return what stands in quotes, as RFC 5322 escapes it or a spreadsheet doubles it."""
    found = _QUOTED.fullmatch(text)
    if found is None:
        return text
    return found[2].replace('\\"', '"').replace('""', '"').strip()


def _without_scheme(address: str) -> str:
    return address[7:] if address[:7].lower() == "mailto:" else address
