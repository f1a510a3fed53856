"""A scripted server and a client for it."""

import pytest

from newsletter.transports.smtp import SmtpTransport
from tests.parts.scripted_smtp import ScriptedSmtp


@pytest.fixture
def start():
    """Start a scripted server and a client for it; both are stopped at the end."""
    parts = []

    def run(answer=None, *, url="tls=none", credentials="", connections=1, each=1000, timeouts=None, **server_options):
        server = ScriptedSmtp(answer, **server_options)
        client = SmtpTransport.from_url(
            server.url(url, credentials), connections=connections, messages_per_connection=each, timeouts=timeouts
        )
        parts.extend((client.close, server.stop))
        return server, client

    yield run
    for stop in parts:
        stop()
