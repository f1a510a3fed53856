"""The one mail that asks: what it says, that its links are good for a month, and that it is written for nobody who must not be asked."""

from __future__ import annotations

import pytest

from newsletter.audience import confirming, erasure
from newsletter.audience.invitation_mail import Inviting
from newsletter.errors import TokenError
from newsletter.model.states import SubscriptionState
from newsletter.rendering.renderer import NoticeRendering
from newsletter.store.delivery import notices
from tests.audience.conftest import READER, Desk
from tests.audience.waiting_list import BASE, WORDS, bring, every, invited, inviter, link, rounds, work
from tests.parts.actors import OPERATOR


def test_the_mail_says_why_it_comes_who_writes_and_how_to_answer(desk: Desk) -> None:
    bring(desk, READER, ask=True, consent=f"{WORDS}, and <b>more</b>")
    work(desk)
    (notice,) = desk.notices()
    assert notice.subject == "Do you want Harbour Notes by email?"
    text = " ".join(notice.text.split())
    for told in (
        f"“{WORDS}, and <b>more</b>”",
        f"on {desk.clock.now():%B %-d, %Y}",
        f"{BASE}/confirm/{link(desk)}/never",
        READER,
    ):
        assert told in text
    assert f'href="{BASE}/confirm/{link(desk)}"' in notice.html
    assert f'href="{BASE}/confirm/{link(desk)}/never"' in notice.html
    assert "<b>more</b>" not in notice.html
    assert "fair.csv" not in text + notice.html, "how the operator names files is nothing for readers"


def test_long_words_are_cut_in_the_mail_and_kept_in_the_record(small_desk: Desk) -> None:
    bring(small_desk, READER, ask=True, consent="word " * 500)
    work(small_desk)
    assert len(small_desk.notices()[0].text) < 1500


def test_one_press_confirms_and_the_record_says_what_was_asked(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    work(desk)
    assert desk.look_up(link(desk)).invited is True
    assert desk.confirm(link(desk)).already is False
    assert desk.state() is SubscriptionState.ACTIVE
    assert desk.actions() == ["imported", "invited", "confirmed"]


def test_the_link_is_good_for_a_month_and_no_longer(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    work(desk)
    desk.clock.advance(confirming.INVITED_SECONDS - 60)
    assert desk.look_up(link(desk)).already is False
    desk.clock.advance(120)
    with pytest.raises(TokenError, match="expired"):
        desk.confirm(link(desk))


def test_the_links_of_both_mails_count_for_whoever_asks_after_the_invitation(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    work(desk)
    desk.clock.advance(5)  # of one second both links would be the same
    desk.subscribe()
    for token in (link(desk), desk.token()):
        assert desk.look_up(token).already is False
    desk.clock.advance(confirming.CONFIRM_SECONDS + 60)
    with pytest.raises(TokenError, match="expired"):
        desk.confirm(desk.token())
    desk.confirm(link(desk))


def test_a_link_from_before_the_goodbye_does_not_subscribe_again(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    work(desk)
    desk.confirm(link(desk))
    desk.clock.advance(5)
    desk.unsubscribe(desk.deliver())
    with pytest.raises(TokenError, match="no longer counts"):
        desk.confirm(link(desk))


class Slow(Inviting):
    """Something happens while the mail is rendered, or the worker dies then."""

    happens = staticmethod(lambda: None)

    def _render(self, *given: object) -> NoticeRendering:
        mail = super()._render(*given)  # type: ignore[arg-type]
        self.happens()
        return mail


def slow(desk: Desk) -> Slow:
    made = inviter(desk)
    return Slow(*(getattr(made, name) for name in made.__dataclass_fields__))


def test_what_happens_while_the_mail_is_rendered_counts(desk: Desk) -> None:
    bring(desk, READER, "b@example.org", "c@example.org", ask=True)
    rounds(desk).tick()
    deeds = [
        lambda: desk.suppressing.suppress(READER, by=OPERATOR),
        lambda: erasure.forget(desk.database, clock=desk.clock, address="b@example.org", by=OPERATOR),
        lambda: bring(desk, "c@example.org", confirmed=True),
    ]
    for row, deed in zip(every(desk), deeds, strict=True):
        Slow.happens = staticmethod(deed)
        slow(desk).invite(row.id)
    assert (invited(desk), every(desk)) == ([], [])


def test_a_kill_leaves_record_and_notice_or_neither(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(desk, READER, ask=True)
    rounds(desk).tick()
    (row,) = every(desk)

    def die(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(notices, "add", die)
        with pytest.raises(KeyboardInterrupt):
            inviter(desk).invite(row.id)
    assert (invited(desk), desk.actions(), every(desk)[0].invited_at) == ([], ["imported"], None)
    inviter(desk).invite(row.id)
    inviter(desk).invite(row.id)
    assert invited(desk) == [READER]


def test_nobody_is_written_to_before_their_turn(small_desk: Desk) -> None:
    bring(small_desk, READER, ask=True)
    inviter(small_desk).invite(every(small_desk)[0].id)
    inviter(small_desk).invite(4_000)
    assert invited(small_desk) == []
