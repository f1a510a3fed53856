"""What a server says it can do (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.transports.smtp.replies import Reply


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The extensions this client uses; all absent after HELO."""

    pipelining: bool = False  # RFC 2920
    eight_bit: bool = False  # RFC 6152
    smtputf8: bool = False  # RFC 6531
    starttls: bool = False  # RFC 3207
    size: int = 0  # RFC 1870: largest message in octets; 0: no limit is named
    takes_size: bool = False  # whether MAIL may carry SIZE=
    auth: frozenset[str] = frozenset()  # RFC 4954: mechanisms in lower case


def read_capabilities(reply: Reply) -> Capabilities:
    """Return what an EHLO reply offers; its first line is only a greeting."""
    offered: dict[str, list[str]] = {}
    for line in reply.lines[1:]:
        # Some servers still write AUTH=LOGIN, as a draft of RFC 2554 had it.
        keyword, *parameters = line.decode("ascii", "replace").replace("AUTH=", "AUTH ").split() or [""]
        offered.setdefault(keyword.upper(), []).extend(parameters)
    size = offered.get("SIZE", [])
    return Capabilities(
        pipelining="PIPELINING" in offered,
        eight_bit="8BITMIME" in offered,
        smtputf8="SMTPUTF8" in offered,
        starttls="STARTTLS" in offered,
        size=int(size[0]) if size and size[0].isdecimal() and len(size[0]) <= 20 else 0,
        takes_size="SIZE" in offered,
        auth=frozenset(mechanism.lower() for mechanism in offered.get("AUTH", [])),
    )
