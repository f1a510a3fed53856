"""Large receivers of mail, and tables about them as they stand in the settings: `name=value name=value`."""

from __future__ import annotations

import math

OTHER = "other"
"""The group of every domain that is in no other."""
GROUP_DOMAINS = (
    "gmail=gmail.com,googlemail.com microsoft=outlook.*,hotmail.*,live.*,msn.* "
    "yahoo=yahoo.*,ymail.com,rocketmail.com,aol.com apple=icloud.com,me.com,mac.com"
)
"""Large receivers, by the name of their group: each limits what it takes from one sender as a whole."""
_TAKEN = ("asked", "day")  # parts of a brake in the ledger


def pairs(table: str) -> list[tuple[str, str]]:
    """Read a table; a name is short, since it stands in the ledger. Raises ValueError."""
    read = [entry.partition("=") for entry in table.split()]
    for name, sign, value in read:
        if not (name and sign and value and len(name) <= 40):
            raise ValueError(f"{name}{sign}{value}: entries are written name=value, with spaces between")
    return [(name, value) for name, _, value in read]


def rate_of_group(table: str) -> dict[str, float]:
    """Return messages a second by group. Raises ValueError."""
    rates = {}
    for group, rate in pairs(table):
        try:
            rates[group] = float(rate)
        except ValueError:
            rates[group] = 0.0
        if not 0 < rates[group] < math.inf:
            raise ValueError(f"{group}={rate}: a rate is a number above 0")
    return rates


def domains_of_group(table: str) -> dict[str, list[str]]:
    """Return domains, or `name.*`, by group. Raises ValueError."""
    groups = {}
    for group, domains in pairs(table):
        groups[group] = domains.lower().split(",")
        if not all(groups[group]) or "@" in domains:
            raise ValueError(f"{group}={domains}: after = stand domains, with commas between")
        if group in _TAKEN:
            raise ValueError(f"{group}: cannot be the name of a group")
    return groups
