"""People of an imported list who never confirmed, and what becomes of those who are asked."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from newsletter import queue as queues
from newsletter.audience import declining, inviting
from newsletter.audience.import_report import ImportReport
from newsletter.audience.invitation_mail import Inviting
from newsletter.audience.invitation_rounds import InvitationRounds
from newsletter.audience.said import Said
from newsletter.audience.wording import never_again
from newsletter.model import Invitation, Notice, Publication
from newsletter.model.actor import reader
from newsletter.queue import Queue
from newsletter.rendering.language import ENGLISH
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR

BASE = "https://harbour.example"
WORDS = "Gave us their card at the fair"


def bring(desk: Desk, *addresses: str, **changes: Any) -> ImportReport:
    """Import a list whose people stay pending."""
    given: dict[str, Any] = {"consent": WORDS, "place": "import fair.csv"}
    rows = [{"email": address} for address in addresses]
    return desk.import_list(**({"rows": rows} | given | changes))


def line_up(desk: Desk, publication: str = "harbour", most: int | None = None) -> int:
    return inviting.line_up(
        desk.database, clock=desk.clock, publication_id=desk.id_of(publication), by=OPERATOR, most=most
    )


def rounds(desk: Desk, per_hour: int = 500, queue: Queue | None = None) -> InvitationRounds:
    return InvitationRounds(desk.database, desk.clock, queue or desk.queue, per_hour)


def inviter(desk: Desk) -> Inviting:
    return Inviting(desk.database, desk.clock, desk.queue, desk.signer, desk.renderer, BASE)


def work(desk: Desk, *, times: int = 1, seconds: float = 61, per_hour: int = 500) -> None:
    """Let time pass, the scheduler deal turns, and a worker write what it was rung for."""
    for _ in range(times):
        desk.clock.advance(seconds)
        rounds(desk, per_hour).tick()
        write(desk)


def write(desk: Desk) -> None:
    """Let a worker write to everybody whose turn it is."""
    for row in every(desk):
        if row.turn_at and not row.invited_at:
            inviter(desk).invite(row.id)


def send(desk: Desk) -> None:
    """Let every invitation that was written reach its reader."""
    with desk.database.write() as session:
        for notice in session.scalars(select(Notice).where(Notice.kind == "invite")):
            notice.state = "submitted"


def every(desk: Desk) -> list[Invitation]:
    with desk.database.read() as session:
        return list(session.scalars(select(Invitation).order_by(Invitation.id)))


def invited(desk: Desk) -> list[str]:
    """To whom an invitation was written, in order."""
    return [notice.to_address for notice in desk.notices() if notice.kind == "invite"]


def link(desk: Desk) -> str:
    """The token of the newest invitation, as its reader finds it."""
    mail = [notice for notice in desk.notices() if notice.kind == "invite"][-1]
    found = re.search(r"/confirm/([\w-]+)\n", mail.text)
    assert found is not None
    return found[1]


def decline(desk: Desk, token: str) -> declining.Declined:
    room = declining.Declining(desk.database, desk.clock, desk.signer)
    said = Said("invitation page", "192.0.2.4", never_again(ENGLISH))
    return room.decline(token, said, by=reader(room.look_up(token).subscription_id))


def second_publication(desk: Desk) -> None:
    with desk.database.write() as session:
        session.add(
            Publication(
                slug="tide",
                name="Tide Tables",
                from_name="Tide Tables",
                from_address="tide@harbour.example",
                list_id="tide.harbour.example",
                created_at=desk.clock.now(),
            )
        )


def fresh_queue() -> Queue:
    return queues.connect("")
