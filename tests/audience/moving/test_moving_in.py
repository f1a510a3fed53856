"""Lists of other products become readers with the standing, proof, tags and fields they had there, and nobody who left is mailed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.audience import erasure, history
from newsletter.audience.import_report import ImportReport
from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms, Watching
from newsletter.audience.moving.opening import opened
from newsletter.audience.moving.products import PRODUCTS
from newsletter.audience.moving.recognising import SaidOfFiles, product_of, recognise
from newsletter.audience.standings import MEANINGS, standings_of
from newsletter.errors import InputError
from newsletter.model import ConsentRecord, FieldKind, FieldValue, ReaderField, Subscription, Suppression, Tag, Tagging
from newsletter.model.states import SubscriptionState
from newsletter.store.audience.staged import Standing
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR

ACTIVE, PENDING, UNSUBSCRIBED = SubscriptionState.ACTIVE, SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED
HEADS = {
    "mailchimp": "Email Address,First Name,Last Name,Address,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,TAGS",
    "substack": "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at",
    "ghost": "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels",
    "listmonk": "uuid,email,name,attributes,status,created_at,updated_at",
    "listmonk-lists": "email,name,status,subscription_status,optin_ip,subscription_created_at",
    "buttondown": "id,email,subscriber_type,creation_date,ip_address,subscription_date,unsubscription_date,tags,metadata",
    "kit": "Subscriber ID,First Name,Last Name,Email Address,State,Created At,Tags,Location",
    "beehiiv": "email,First Name,Last Name,status,tier,created_at,unsubscribed_at",
    "google-groups": "Email address,Nickname,Group status,Email status,Email preference",
    "substack-delivers": "post_id,email,active_subscription",
    "plain": "email,name,city",
}


def move(
    desk: Desk, paths: Sequence[Path | str], *states: str, **more: Any
) -> tuple[ImportReport, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    consent = more.pop("consent", "They agreed there")
    dry_run, ask = more.pop("dry_run", False), more.pop("ask", False)
    with opened([str(path) for path in paths]) as files:
        report = Importing(desk.database, desk.clock).move_in(
            recognise(files, SaidOfFiles(**more)).lists,
            ListTerms("a test", consent, states, confirmed=not ask, ask=ask),
            publication_id=desk.publication_id,
            by=OPERATOR,
            dry_run=dry_run,
            watching=Watching(row=told.append),
        )
    return report, told


def written(folder: Path, content: str | bytes, name: str = "readers.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def whole(desk: Desk) -> list[tuple[Any, ...]]:
    """Return all that an import may change."""
    rows: list[tuple[Any, ...]] = []
    with desk.database.read() as session:
        for table in (Subscription, ConsentRecord, Suppression, Tag, Tagging, ReaderField, FieldValue):
            rows += [
                tuple(row) for row in session.execute(select(*table.__table__.c).order_by(*table.__table__.primary_key))
            ]
    return rows


@pytest.mark.parametrize("word", [product.word for product in PRODUCTS if product.word != "mailman"])
def test_a_product_is_known_by_its_columns_in_any_order_and_case(word: str) -> None:
    columns = HEADS[word].split(",")
    source = "posts/1.delivers.csv" if word == "substack-delivers" else "list.csv"
    for seed in range(20):
        mixed = [random.Random(seed).choice([str.lower, str.upper, str.title])(name) for name in columns]
        random.Random(seed).shuffle(mixed)
        assert product_of(mixed, source).word == word


@pytest.mark.parametrize("product", PRODUCTS, ids=[product.word for product in PRODUCTS])
def test_every_word_of_a_table_means_something(product: Any) -> None:
    for words in [*product.words.values(), product.file_words, *product.clues.values()]:
        assert set(words.values()) <= set(MEANINGS)
        assert [word for word in words if word != word.lower()] == []


@given(
    st.sampled_from([p for p in PRODUCTS if p.words]), st.text(st.characters(codec="utf-8"), max_size=14), st.booleans()
)
@settings(max_examples=300)
def test_no_word_but_those_of_the_table_makes_active(product: Any, word: str, upper: bool) -> None:
    columns = [name.strip().lower() for name in HEADS[product.word].split(",")]
    standings = standings_of(columns, "list.csv", [], product)
    for column in standings.columns:
        known = [
            w for words in product.words.values() for w, meaning in words.items() if meaning in ("active", "ignored")
        ]
        row = dict.fromkeys(columns, "") | {column: word.upper() if upper else word}
        try:
            verdict = standings.read(row)
        except InputError:
            continue
        if verdict.standing is Standing.ACTIVE and not verdict.skipped:
            assert row[column].strip().lower() in known


def test_proof_of_consent_comes_with_its_moment_and_place(desk: Desk, tmp_path: Path) -> None:
    rows = (
        f"{HEADS['mailchimp']}\nada@example.org,Ada,Muster,1 Quay,2023-04-21 11:16:57,192.0.2.1,2023-04-21 11:18:02,192.0.2.9,1,a,"
        '"""Founding"",""A, B"""\n'
    )
    report, told = move(desk, [written(tmp_path, rows, "subscribed_members_export_1.csv")], consent="")
    assert (report.added, report.unproven) == (1, 0)
    assert told[0]["fields"] == {"address": "1 Quay"}
    with desk.database.read() as session:
        (record,) = session.scalars(select(ConsentRecord))
        subscription = session.get_one(Subscription, record.subscription_id)
        tags = session.scalars(select(Tag.name).join(Tagging, Tagging.tag_id == Tag.id).order_by(Tag.name)).all()
        values = session.execute(select(ReaderField.key, FieldValue.text).join(FieldValue)).all()
    assert (f"{record.at:%Y-%m-%d %H:%M:%S}", record.ip, record.action) == (
        "2023-04-21 11:18:02",
        "192.0.2.9",
        "imported",
    )
    assert "confirm_time" in record.wording
    assert record.place.startswith("Mailchimp: ")
    assert f"{subscription.created_at:%Y-%m-%d %H:%M:%S}" == "2023-04-21 11:16:57"
    assert list(tags) == ["A, B", "Founding"]
    assert [tuple(row) for row in values] == [("address", "1 Quay")]


def test_without_proof_or_words_of_consent_nobody_is_moved_in_but_a_dry_run_tells_it(
    small_desk: Desk, tmp_path: Path
) -> None:
    path = written(tmp_path, f"{HEADS['kit']}\n1,Ada,,ada@example.org,active,2023-01-15,,Ulm\n")
    with pytest.raises(InputError, match="1 readers have no proof of consent"):
        move(small_desk, [path], consent="")
    assert whole(small_desk) == []
    report, told = move(small_desk, [path], consent="", dry_run=True)
    assert (report.unproven, told[0]["state"]) == (1, "active")
    assert whole(small_desk) == []
    move(small_desk, [path], consent="", ask=True)
    assert small_desk.state("ada@example.org") is PENDING


def test_a_second_run_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    paths = [
        written(
            tmp_path,
            f"{HEADS['buttondown']}\n1,a@example.org,regular,2024-01-01,,2024-01-02,,x;y,\"{{'city': 'Ulm'}}\"\n2,b@example.org,complained,,,,,,\n",
            "b.csv",
        ),
        written(
            tmp_path, f'{HEADS["ghost"]}\n1,c@example.org,,,false,false,,2022-04-06T07:42:08.000Z,,"u,v"\n', "g.csv"
        ),
    ]
    move(desk, paths)
    before = whole(desk)
    assert len(before) > 8
    report, _ = move(desk, paths)
    assert (report.added, report.ended, report.confirmed) == (0, 0, 0)
    assert whole(desk) == before


def test_what_counts_of_a_person_is_the_row_with_the_worst_standing(desk: Desk, tmp_path: Path) -> None:
    head = "email,active_subscription,expiry,plan,email_disabled,created_at"
    rows = f"{head}\na@example.org,false,,other,false,2023-01-15T10:00:00Z\nA@example.org,false,,other,true,2024-01-15T10:00:00Z\n"
    _, told = move(desk, [written(tmp_path, rows)])
    assert desk.state("a@example.org") is UNSUBSCRIBED
    assert [row["state"] for row in told] == ["unsubscribed", "unsubscribed"]
    with desk.database.read() as session:
        assert [record.action for record in session.scalars(select(ConsentRecord))] == ["unsubscribed"]
    rows = f"{HEADS['buttondown']}\n1,b@example.org,regular,,,,,,\n2,B@example.org,undeliverable,,,,,,\n"
    move(desk, [written(tmp_path, rows)])
    assert desk.state("b@example.org") is None
    with desk.database.read() as session:
        (rule,) = session.scalars(select(Suppression))
    assert (rule.reason, rule.publication_id) == ("bounced there", None)


def test_what_several_rows_of_a_person_tell_is_put_together(desk: Desk, tmp_path: Path) -> None:
    rows = (
        '1,Ada,,ada@example.org,active,2023-01-15,one,Ulm\n2,Ada,,ADA@example.org,cancelled,2023-01-15,"two, One",Bonn\n'
        "3,,,bo@example.org,active,2023-01-15,,\n4,,,bo@example.org,active,2023-01-15,late,Rom\n"
    )
    move(desk, [written(tmp_path, f"{HEADS['kit']}\n{rows}")])
    (ada,) = history.show(desk.database, address="ada@example.org")["subscriptions"]
    (bo,) = history.show(desk.database, address="bo@example.org")["subscriptions"]
    assert (ada["state"], ada["tags"], ada["fields"]) == ("unsubscribed", ["one", "two"], {"location": "Bonn"})
    assert (bo["tags"], bo["fields"]) == (["late"], {"location": "Rom"})


def test_whom_a_post_was_sent_to_and_who_is_not_in_the_list_left(desk: Desk, tmp_path: Path) -> None:
    written(
        tmp_path,
        f"{HEADS['substack']}\nhere@example.org,false,,other,false,2023-01-15T10:00:00Z,\n",
        "email_list.weekly.csv",
    )
    written(
        tmp_path,
        "post_id,email,active_subscription\n1,here@example.org,false\n1,gone@example.org,false\n",
        "posts/1.delivers.csv",
    )
    written(tmp_path, "post_id,email,timestamp\n1,opened@example.org,x\n", "posts/1.opens.csv")
    written(tmp_path, "post_id,title\n1,x\n", "posts.csv")
    _, told = move(desk, [tmp_path])
    assert (desk.state("here@example.org"), desk.state("gone@example.org")) == (ACTIVE, UNSUBSCRIBED)
    assert desk.state("opened@example.org") is None
    assert {row["address"]: row["state"] for row in told} == {
        "here@example.org": "active",
        "gone@example.org": "unsubscribed",
    }


def test_who_left_here_stays_out_whatever_a_list_says(desk: Desk, tmp_path: Path) -> None:
    desk.join()
    desk.unsubscribe(desk.deliver())
    rows = f"{HEADS['mailchimp']}\nreader@example.org,,,,2033-04-21 11:16:57,,2033-04-21 11:18:02,,1,a,\n"
    move(desk, [written(tmp_path, rows.replace("reader@example.org", READER), "subscribed_members.csv")])
    assert desk.state() is UNSUBSCRIBED


def test_who_is_ruled_out_here_stays_so_though_the_list_rules_out_others(desk: Desk, tmp_path: Path) -> None:
    desk.suppressing.suppress("held@example.org", publication_id=desk.publication_id, by=OPERATOR)
    rows = f"{HEADS['buttondown']}\n1,held@example.org,regular,,,,,,\n2,dead@example.org,undeliverable,,,,,,\n"
    report, _ = move(desk, [written(tmp_path, rows)])
    assert (desk.state("held@example.org"), report.suppressed, report.added) == (None, 2, 0)


def test_what_is_known_of_a_reader_is_told_and_forgotten_with_them(desk: Desk, tmp_path: Path) -> None:
    move(desk, [written(tmp_path, f"{HEADS['kit']}\n1,Ada,,ada@example.org,active,2023-01-15,early,Ulm\n")])
    (told,) = history.show(desk.database, address="ada@example.org")["subscriptions"]
    assert (told["tags"], told["fields"]) == (["early"], {"location": "Ulm"})
    erasure.forget(desk.database, clock=desk.clock, address="ada@example.org", by=OPERATOR)
    with desk.database.read() as session:
        assert session.scalars(select(Tagging)).all() == []
        assert session.scalars(select(FieldValue)).all() == []
    move(desk, [written(tmp_path, f"{HEADS['kit']}\n1,Ada,,ada@example.org,active,2023-01-15,early,Ulm\n")])
    assert desk.state("ada@example.org") is None


def test_a_list_of_mailchimp_without_its_name_is_refused(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADS['mailchimp']}\na@example.org,,,,,,,,1,a,\n", "people.csv")
    with pytest.raises(InputError, match="in the name of the file") as caught:
        move(small_desk, [path])
    assert "--state" in caught.value.remedy
    move(small_desk, [path], "file name:=active")
    assert small_desk.state("a@example.org") is ACTIVE


def test_the_bare_file_of_listmonk_is_refused_with_the_ways_that_work(small_desk: Desk, tmp_path: Path) -> None:
    path = written(
        tmp_path, f"{HEADS['listmonk']}\n1,a@example.org,A,{{}},enabled,,\n2,b@example.org,B,{{}},blocklisted,,\n"
    )
    with pytest.raises(InputError, match="does not say who left") as caught:
        move(small_desk, [path])
    assert "subscription_status" in caught.value.remedy
    assert whole(small_desk) == []
    move(small_desk, [path], "status:enabled=active")
    assert small_desk.state("a@example.org") is ACTIVE


def test_an_answer_of_listmonks_api_asks_which_list(small_desk: Desk, tmp_path: Path) -> None:
    lists = '[{"id": 3, "name": "A", "subscription_status": "confirmed"}, {"id": 4, "name": "B", "subscription_status": "unsubscribed"}]'
    answer = f'{{"data": {{"results": [{{"email": "a@example.org", "status": "enabled", "attribs": {{"city": "Ulm"}}, "lists": {lists}}}]}}}}'
    path = written(tmp_path, answer, "page.json")
    with pytest.raises(InputError, match="several lists") as caught:
        move(small_desk, [path])
    assert "--list 3 (A), --list 4 (B)" in caught.value.remedy
    _, told = move(small_desk, [path], list_id="4")
    assert (told[0]["state"], told[0]["fields"]) == ("unsubscribed", {"city": "Ulm"})
    for broken in ('{"results": 3}', '{"results": [3]}', "[1, 2", '{"subscription_status": 1}'):
        with pytest.raises(InputError):
            move(small_desk, [written(tmp_path, broken, "broken.json")], list_id="3")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found_out_and_a_western_one_is_said(small_desk: Desk, tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "E-Mail;Vorname;Nachname\nb@example.org;Björn;Müller\n".encode(encoding))
    report, told = move(small_desk, [path])
    assert told[0]["name"] == "Björn Müller"
    assert report.lists[0].encoding == ("cp1252" if encoding == "cp1252" else "utf-8")


def test_lines_of_a_mailing_list_need_no_header(small_desk: Desk, tmp_path: Path) -> None:
    rows = 'Ada Muster <ada@example.org>\n\n"Muster, Carl" <carl@example.net>\nplain@example.net\nnonsense\n'
    report, told = move(small_desk, [written(tmp_path, rows, "members.txt")])
    assert [(row["address"], row["name"], row["state"]) for row in told] == [
        ("ada@example.org", "Ada Muster", "active"),
        ("carl@example.net", "Muster, Carl", "active"),
        ("plain@example.net", "", "active"),
        ("nonsense", "", "invalid"),
    ]
    assert report.invalid[0][0] == 5
    _, told = move(small_desk, [written(tmp_path, "bounced@example.org\n", "members-nomail-bybounces.txt")])
    assert told[0]["state"] == "suppressed"


def test_a_plain_list_is_not_taken_along_with_those_of_a_product(small_desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    written(folder, f"{HEADS['beehiiv']}\na@example.org,,,active,free,2023-03-24 10:23:10 UTC,\n", "subscribers.csv")
    written(folder, "email,what\nb@example.org,a customer\n", "customers.csv")
    with opened([str(folder)]) as files:
        found = recognise(files)
    assert [each.source for each in found.lists] == ["subscribers.csv"]
    assert found.others == [("customers.csv", "no list of a product; name it by itself")]


def test_known_fields_keep_their_kind_and_what_is_known_here_stays(desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,Shoe Size,City\na@example.org,42,Ulm\nb@example.org,large,Bonn\n")
    with desk.database.write() as session:
        session.add(
            ReaderField(
                publication_id=desk.publication_id,
                key="shoe_size",
                title="Shoe size",
                kind=FieldKind.NUMBER,
                created_at=desk.clock.now(),
            )
        )
    move(desk, [path])
    move(desk, [written(tmp_path, "email,City\na@example.org,Paris\n")])
    with desk.database.read() as session:
        found = session.execute(
            select(ReaderField.key, FieldValue.text, FieldValue.number)
            .join(FieldValue)
            .order_by(ReaderField.key, FieldValue.text)
        ).all()
    assert [tuple(row) for row in found] == [("city", "Bonn", None), ("city", "Ulm", None), ("shoe_size", "42", 42.0)]


STATES: Mapping[str, str] = {
    "active": "active",
    "inactive": "unsubscribed",
    "pending": "pending",
    "strange": "pending",
    "bounced": "suppressed",
}


_RUNS = count()


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(sorted(STATES))), min_size=1, max_size=8))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_rows_of_a_person_agree_with_what_is_stored(
    small_desk: Desk, tmp_path: Path, people: list[tuple[int, str]]
) -> None:
    run = next(_RUNS)  # other people each time, on one ledger
    rows = "".join(f"r{run}-{who}@example.org,,,{word},free,,\n" for who, word in people)
    _, told = move(small_desk, [written(tmp_path, f"{HEADS['beehiiv']}\n{rows}")])
    for row in told:
        state = small_desk.state(row["address"])
        assert row["state"] == (state.value if state else "suppressed")
    for who, word in people:
        if STATES[word] != "active":
            assert small_desk.state(f"r{run}-{who}@example.org") is not ACTIVE
