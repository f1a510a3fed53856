"""How often an issue is read on the web: an event without identity for each time that its page is asked for; no cookie, and nothing of who."""

from __future__ import annotations

from fastapi import Request

from newsletter.bootstrap import Parts
from newsletter.feedback.bot_detection import signs_of
from newsletter.feedback.event_journal import SeenEvent
from newsletter.model.feedback import EventKind
from newsletter.networks import network_of
from newsletter.web.parts import client_address


def note_read(request: Request, parts: Parts, edition_id: int) -> None:
    """Note that the page of an edition was asked for; what many of one network ask for is counted only."""
    signs = signs_of(request.method, dict(request.scope["headers"]), is_open=False)
    seen = SeenEvent(parts.clock.now(), EventKind.READ, edition_id, None, 0, signs)
    parts.events.add(seen, network_of(client_address(request)))
