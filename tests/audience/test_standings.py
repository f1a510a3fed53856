"""A list that names people who left makes nobody active by a word that nobody explained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.audience.import_report import ImportReport
from newsletter.audience.list_file import read_csv
from newsletter.audience.standings import standings_of
from newsletter.errors import InputError
from newsletter.mail.address import address_hash
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import suppressions
from newsletter.store.audience.staged import Standing
from tests.audience.conftest import Desk

ACTIVE, PENDING, UNSUBSCRIBED = SubscriptionState.ACTIVE, SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED


def load(desk: Desk, folder: Path, content: str, *states: str, name: str = "people.csv") -> ImportReport:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return load_file(desk, path, states)


def load_file(desk: Desk, path: Path, states: Sequence[str]) -> ImportReport:
    with path.open("rb") as file:
        return desk.import_list(read_csv(file), consent="at the fair", confirmed=True, place=path.name, states=states)


def is_held(desk: Desk, address: str) -> bool:
    with desk.database.read() as session:
        return suppressions.is_suppressed(session, address_hash(address), desk.publication_id, desk.clock.now())


@pytest.mark.parametrize(
    "column",
    [
        *(
            "status",
            "Status",
            "State",
            "subscribed",
            "Unsubscribed",
            "unsubscribed_at",
            "email_disabled",
            "bounced",
            "cleaned",
        ),
        *("UNSUB_TIME", "CLEAN_TIME", "subscribed_to_emails", "subscriber_type", "Opt-Out", "opted out", "complaint"),
        *("État", "Estado", "Abonniert", "abgemeldet am", "Email preference", "active_subscription", "deleted_at"),
        *("accepts_marketing", "is_active", "Opt In", "confirmed", "hard_bounce", "do_not_email", "Désabonné"),
        *("unsubscription_date", "unsubscribedAt", "cancelled", "blocklisted", "enabled", "stato", "UNSUB_REASON"),
    ],
)
def test_a_column_that_looks_like_a_standing_refuses_the_list(small_desk: Desk, tmp_path: Path, column: str) -> None:
    with pytest.raises(InputError, match="may name people who left") as caught:
        load(small_desk, tmp_path, f"email,{column}\nada@example.org,no\n")
    assert "--state" in caught.value.remedy
    assert small_desk.state("ada@example.org") is None


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "city",
        "OPTIN_TIME",
        "CONFIRM_IP",
        "created_at",
        "subscribed_at",
        "Subscriber ID",
        "plan",
        "tags",
        "Consent date",
    ],
)
def test_other_columns_are_no_standing(small_desk: Desk, tmp_path: Path, column: str) -> None:
    load(small_desk, tmp_path, f"email,{column}\nada@example.org,2020\n")
    assert small_desk.state("ada@example.org") is ACTIVE


@pytest.mark.parametrize(
    "name",
    [
        "unsubscribed_members_export_3f.csv",
        "cleaned_members.csv",
        "nonsubscribed.csv",
        "my-bounces.csv",
        "opt-outs 2020.csv",
    ],
)
def test_a_file_name_that_looks_like_a_standing_refuses_the_list(small_desk: Desk, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="the file's name says"):
        load(small_desk, tmp_path, "email\nada@example.org\n", name=name)


def test_words_say_where_each_person_stands(desk: Desk, tmp_path: Path) -> None:
    words = ("live", "waits", "gone", "returned", "angry", "never", "fnord", "unsubscribed", "")
    rows = "".join(f"r{number}@example.org,{word}\n" for number, word in enumerate(words))
    said = (
        "live=active",
        "waits=pending",
        "gone=unsubscribed",
        "returned=bounced",
        "angry=complained",
        "never=left-out",
    )
    report = load(desk, tmp_path, f"email,status\n{rows}", *said)
    states = [desk.state(f"r{number}@example.org") for number in range(len(words))]
    assert states == [ACTIVE, PENDING, UNSUBSCRIBED, None, None, None, PENDING, UNSUBSCRIBED, PENDING]
    assert [is_held(desk, f"r{number}@example.org") for number in (0, 3, 4, 5)] == [False, True, True, False]
    assert report.unknown == {"status:fnord": 1, "status:unsubscribed": 1, "status:": 1}
    assert (report.added, report.suppressed, report.left_out) == (6, 2, 1)


def test_a_column_with_another_word_in_each_row_is_told_in_few(small_desk: Desk, tmp_path: Path) -> None:
    rows = "".join(f"r{number}@example.org,word {number}\n" for number in range(1100))
    report = load(small_desk, tmp_path, f"email,status\n{rows}", "fine=active")
    assert len(report.unknown) == 1001
    assert report.unknown["status:(others)"] == 100


def test_a_date_of_leaving_wins_over_every_word(small_desk: Desk, tmp_path: Path) -> None:
    content = "email,status,unsubscribed_at\na@example.org,active,2024-01-02 03:04:05 UTC\nb@example.org,active,\n"
    load(small_desk, tmp_path, content, "active=active")
    assert (small_desk.state("a@example.org"), small_desk.state("b@example.org")) == (UNSUBSCRIBED, ACTIVE)


def test_the_worst_of_several_rows_of_one_person_counts(desk: Desk, tmp_path: Path) -> None:
    content = "email,disabled\na@example.org,false\nA@Example.org,true\nb@example.org,true\nb@example.org,false\n"
    load(desk, tmp_path, content, "disabled:false=active", "disabled:true=unsubscribed")
    assert {desk.state("a@example.org"), desk.state("b@example.org")} == {UNSUBSCRIBED}


def test_a_clear_word_in_a_column_without_a_name_for_it_refuses_the_list(small_desk: Desk, tmp_path: Path) -> None:
    content = "email,info\na@example.org,hello\nb@example.org,Unsubscribed\n"
    with pytest.raises(InputError, match="'info' says 'Unsubscribed'"):
        load(small_desk, tmp_path, content)
    assert small_desk.state("a@example.org") is None
    load(small_desk, tmp_path, content, "info:*=ignored")
    assert small_desk.state("a@example.org") is ACTIVE


@pytest.mark.parametrize(
    "said", ["*=active", "status:*=active", "active", "x=nonsense", "true=active", "nowhere:x=active", "=active"]
)
def test_what_cannot_be_meant_is_refused(small_desk: Desk, tmp_path: Path, said: str) -> None:
    with pytest.raises(InputError):
        load(small_desk, tmp_path, "email,status\na@example.org,x\n", said)


def test_who_is_here_and_left_there_is_ended_unless_they_confirmed_since(desk: Desk, tmp_path: Path) -> None:
    load(desk, tmp_path, "email\nold@example.org\n")
    desk.clock.advance(86_400)
    desk.join("back@example.org")
    before = (desk.clock.now()).replace(microsecond=0)
    content = f"email,unsubscribed_at\nold@example.org,{before.isoformat()}\nback@example.org,2020-01-01\n"
    report = load(desk, tmp_path, content, "unsubscribed_at:=active")
    assert (desk.state("old@example.org"), desk.state("back@example.org")) == (UNSUBSCRIBED, ACTIVE)
    assert (report.ended, report.known) == (1, 1)


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)


@given(_WORDS, st.sampled_from(["status", "State", "subscribed"]))
@settings(max_examples=200)
def test_no_word_but_the_explained_one_makes_active(word: str, column: str) -> None:
    standings = standings_of(["email", column.lower()], "list.csv", ["member=active"])
    verdict = standings.read({"email": "a@example.org", column.lower(): word})
    assert (verdict.standing is Standing.ACTIVE) == (word.strip().lower() == "member")


def test_what_is_said_counts_more_than_the_table_of_a_product(small_desk: Desk, tmp_path: Path) -> None:
    content = "email,subscribed_to_emails,complimentary_plan\na@example.org,true,false\nb@example.org,false,false\n"
    load(small_desk, tmp_path, content, "subscribed_to_emails:true=pending")
    assert (small_desk.state("a@example.org"), small_desk.state("b@example.org")) == (PENDING, UNSUBSCRIBED)


def test_a_column_of_a_known_product_that_its_table_does_not_know_refuses_the_list(
    small_desk: Desk, tmp_path: Path
) -> None:
    content = "email,subscribed_to_emails,complimentary_plan,email_blocked\na@example.org,true,false,yes\n"
    with pytest.raises(InputError, match="'email_blocked' looks like one"):
        load(small_desk, tmp_path, content)
    assert small_desk.state("a@example.org") is None


def test_a_word_or_a_column_with_a_colon_is_explained(small_desk: Desk, tmp_path: Path) -> None:
    content = (
        "email,status,note: status\na@example.org,bounced: mailbox full,\nb@example.org,on: since: 2020,\n"
        "c@example.org,on: since: 2020,left: 2021\n"
    )
    said = [
        "status:bounced: mailbox full=bounced",
        "Status:on: since: 2020=active",
        "note: status:left: 2021=unsubscribed",
    ]
    load(small_desk, tmp_path, content, *said, "note: status:=ignored")
    assert is_held(small_desk, "a@example.org")
    assert (small_desk.state("b@example.org"), small_desk.state("c@example.org")) == (ACTIVE, UNSUBSCRIBED)
