"""How long to wait, by phase (RFC 5321 section 4.5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. The defaults are the standard's, but for connecting, where it leaves the choice."""

    connect: float = 30.0  # the host's name, TCP to each of its addresses, the TLS handshake
    greeting: float = 300.0  # 4.5.3.2.1
    command: float = 300.0  # MAIL and RCPT: 4.5.3.2.2 and 4.5.3.2.3; EHLO, STARTTLS and AUTH alike
    data_command: float = 120.0  # 4.5.3.2.4
    data_block: float = 180.0  # 4.5.3.2.5: the server takes nothing of what is written
    final_dot: float = 600.0  # 4.5.3.2.6: giving up earlier sends the message twice
    idle: float = 30.0  # a connection nobody needs is closed politely
    cooling: float = 5.0  # after a connection was refused or broke at once, those there are must do
    restart: float = 0.5  # after it broke at once and none is left, before another is tried

    @property
    def tick(self) -> float:
        """How often deadlines are looked at."""
        return max(0.01, min(1.0, min(self.command, self.data_command, self.data_block, self.final_dot, self.idle) / 4))
