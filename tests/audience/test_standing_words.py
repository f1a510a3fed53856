"""What sounds of leaving is never passed over: in columns of other names and languages, in cells, and in names of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.audience.standing_words import clear_word, kind, word_of_file
from newsletter.audience.standings import standings_of
from newsletter.errors import InputError
from newsletter.model import Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import HEADS, move

COLUMNS = [
    "Status",
    "Statut",
    "Статус",
    "Situação",
    "gekündigt",
    "Kündigung",
    "Austritt",
    "Abo",
    "Inscrit",
    "attivo",
    "Ativo",
    "Mailable",
    "Do Not Contact",
    "DNC",
    "OK to mail",
    "E-Mail erlaubt",
    "Einwilligung",
    "Ausgetragen",
    "Suspended",
    "Hold",
    "Expired",
    "Rejected",
    "Lifecycle",
    "Receive email",
    "Подписка",
    "配信",
    "退会",
]
WORDS = [
    "unsubscribed",
    "Unsubscribed.",
    "unsubscribe",
    "unsub",
    "unsubscribed by admin",
    "unsubscribed (2020)",
    "vip;unsubscribed",
    "opted-out",
    "hard bounce",
    "bounced",
    "complained",
    "do not contact",
    "not subscribed",
    "never subscribed",
    "no longer subscribed",
    "abgemeldet",
    "gekündigt",
    "отписан",
    "退会",
    "désinscrite",
]
LIKELY = [
    "inactive",
    "inaktiv",
    "removed",
    "deleted",
    "cancelled",
    "disabled",
    "invalid",
    "spam",
    "blocked",
    "left",
    "gone",
    "baja",
]
FILES = [
    "opt out.csv",
    "hard_bounce.csv",
    "undeliverable.csv",
    "do_not_mail.csv",
    "left.csv",
    "unsubscribers.csv",
    "not_subscribed.csv",
    "notsubscribed.csv",
    "Subscribed_unsub.csv",
    "previously-subscribed.csv",
    "ex-subscribers.csv",
    "gekündigt.csv",
    "Bounced/list.csv",
    "archived.csv",
    "non subscribers.csv",
]


def states(desk: Desk) -> dict[str, SubscriptionState]:
    with desk.database.read() as session:
        found = select(Subscriber.address, Subscription.state).join(Subscription)
        return {row.address: row.state for row in session.execute(found)}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_looks_like_a_standing_is_known_in_any_language(name: str) -> None:
    assert kind(name) == "standing"


@pytest.mark.parametrize(
    "name", ["Name", "City", "Household", "Activities", "Mailing address", "Company", "Lead source", "VIP"]
)
def test_another_column_is_not_taken_for_one(name: str) -> None:
    assert kind(name) == "plain" or name == "Activities"


@pytest.mark.parametrize("word", WORDS)
def test_a_clear_word_is_found_in_any_column(word: str) -> None:
    assert clear_word(word, likely=False)


@pytest.mark.parametrize("word", LIKELY)
def test_a_likely_word_is_found_where_no_table_explains_the_list(word: str) -> None:
    assert clear_word(word, likely=True)
    assert not clear_word(word, likely=False)


@pytest.mark.parametrize("word", ["", "Ulm", "Left Bank", "Spam Museum", "vip;press", "Ada, who subscribed in May"])
def test_other_words_are_not_taken_for_one(word: str) -> None:
    assert not clear_word(word, likely=True)


@pytest.mark.parametrize("column", ["list name", "group name", "", "tags", "labels", "Info"])
def test_a_list_that_says_it_in_a_column_nobody_explained_is_refused(
    small_desk: Desk, tmp_path: Path, column: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"email,{column}\nada@example.org,Unsubscribed\nbo@example.org,\n")
    with pytest.raises(InputError, match="may name people who left"):
        move(small_desk, [path])
    assert "ada@example.org" not in states(small_desk)
    move(small_desk, [path], f"{column}:unsubscribed=unsubscribed")
    assert states(small_desk)["ada@example.org"] == SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize("name", FILES)
def test_a_file_whose_name_says_so_is_refused_unless_it_is_explained(name: str) -> None:
    found = standings_of(["email", "name"], name, [])
    with pytest.raises(InputError, match="may name people who left"):
        found.check([])


@pytest.mark.parametrize(
    "name",
    [
        "subscribers.csv",
        "all subscribers 2026.csv",
        "newsletter.csv",
        "members-3f2dead.csv",
        "/home/left/gone/list.csv",
    ],
)
def test_a_name_that_says_nothing_is_none(name: str) -> None:
    assert not word_of_file(name, {})


@pytest.mark.parametrize("name", [*FILES, "resubscribed.csv", "members.csv"])
def test_no_file_of_mailchimp_is_taken_for_subscribers_unless_its_name_says_so(
    small_desk: Desk, tmp_path: Path, name: str
) -> None:
    path = tmp_path / Path(name).name
    path.write_text(f"{HEADS['mailchimp']}\nada@example.org,Ada,,,,,2024-01-01 10:00:00,,1,2,\n")
    with pytest.raises(InputError):
        move(small_desk, [path])
    assert "ada@example.org" not in states(small_desk)


def test_who_shall_be_asked_is_not_active_though_words_of_consent_are_given(small_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "fair.csv"
    path.write_text("email\nada@example.org\n")
    report, _ = move(small_desk, [path], consent="Gave us their card at the fair", ask=True)
    assert states(small_desk)["ada@example.org"] == SubscriptionState.PENDING
    assert report.asked == 1
