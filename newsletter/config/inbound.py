"""Settings of the ways in: what comes back by mail, and where it is fetched."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from newsletter.networks import Network, read_networks


class InboundSettings(BaseSettings):
    """The listener, the mailbox and the addresses that take reports: part of `Settings`."""

    inbound_host: str = Field(
        "127.0.0.1", description="Address `newsletter inbound` listens on for bounces and goodbyes."
    )
    inbound_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8024,
        description="Port `newsletter inbound` listens on; an MTA relays the mail of the return path's domain there.",
    )
    inbound_protocol: Literal["smtp", "lmtp"] = Field(
        "smtp",
        description="What `newsletter inbound` speaks: SMTP, or LMTP (RFC 2033) when an MTA on this host delivers.",
    )
    inbound_relays: str = Field(
        "127.0.0.0/8 ::1",
        description="Addresses and networks of your own MTAs that relay to `newsletter inbound`, separated by spaces: their connections have places of their own, and the limit of one network is not theirs.",
    )
    inbound_connections: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100,
        description="Most connections at a time that `newsletter inbound` takes from strangers (10 a network), and as many from relays.",
    )
    inbound_day_megabytes: Annotated[int, Field(ge=32)] = Field(
        256,
        description="Most MiB a day to the addresses that are no secret (goodbyes, feedback loops); one network may send an eighth of it, to whomever, and 8 MiB go to one signed address.",
    )
    feedback_addresses: str = Field(
        "",
        description="Addresses that take complaints of feedback loops, separated by spaces, besides the signed ones.",
    )
    feedback_loops: str = Field(
        "",
        description="Feedback loops whose DKIM-signed reports are believed, separated by spaces: domains, or the address of one author where the domain signs its users' mail too.",
    )
    nameserver: str = Field(
        "",
        description="Name server that is asked for the keys of feedback loops, as `192.0.2.1:53`; empty means that of this machine.",
    )
    leave_address: str = Field(
        "",
        description="Address that takes unsubscribe wishes by mail, named in each mail's List-Unsubscribe beside the link; empty means the link alone.",
    )
    imap_url: str = Field(
        "",
        description="Mailbox to fetch reports from: `imaps://user:pass@host/FOLDER?done=seen|delete|FOLDER&ca=FILE`; empty means none.",
    )
    inbound_secret: SecretStr = Field(
        SecretStr(""),
        description="Bearer secret of `POST /hooks/mail`, which takes one raw message; empty means that there is no such door.",
    )

    @field_validator("inbound_relays")
    @classmethod
    def _relays_are_networks(cls, value: str) -> str:
        read_networks(value)
        return value

    @property
    def relays(self) -> tuple[Network, ...]:
        """The networks of our own MTAs."""
        return read_networks(self.inbound_relays)

    @property
    def trusted_loops(self) -> frozenset[str]:
        """The feedback loops that are believed, in lower case."""
        return frozenset(self.feedback_loops.lower().split())
