"""SMTP, spoken by hand (RFC 5321): pipelined across messages, many connections on one loop, safe to kill.

    transport   send() from any thread; a background thread runs the loop
      feed        envelopes and outcomes of one send(), between the two threads
      pool        connections: opened as work waits, kept, closed when idle
        connection  a socket, its deadlines
          addresses   behind the host name, each tried
          handshake   greeting, EHLO, STARTTLS, AUTH      no I/O
          dialogue    MAIL RCPT DATA, content, QUIT       no I/O
            replies, capabilities, wire                   octets to values and back

`url`, `tls` and `timeouts` say how.
"""

from newsletter.transports.smtp.timeouts import Timeouts
from newsletter.transports.smtp.transport import SmtpTransport
from newsletter.transports.smtp.url import Route, Tls, parse_url

__all__ = ["Route", "SmtpTransport", "Timeouts", "Tls", "parse_url"]
