"""`newsletter issue delete`, `restore` and `list --deleted`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import ISSUE, Newsletter


def test_a_deleted_draft_is_listed_in_the_bin_and_nowhere_else(draft: Newsletter) -> None:
    said = draft("issue", "delete", "today")
    assert said.code == 0
    assert "`newsletter issue restore today -p daily` brings it back" in said.out
    assert draft("issue", "list", "--json").json == []
    assert "No issue yet" in draft("issue", "list").out
    [gone] = draft("issue", "list", "--deleted", "--json").json
    assert (gone["slug"], gone["publication"], gone["title"]) == ("today", "daily", "The Daily")
    assert gone["deleted_at"] < gone["restorable_until"]
    assert "today" in draft("issue", "list", "--deleted", "--publication", "daily").out


def test_every_command_about_a_deleted_draft_says_where_it_is(draft: Newsletter) -> None:
    assert draft("issue", "delete", "today").code == 0
    verbs = ["status", "deliveries", "check", "preview", "pause", "resume", "undo", "send", "delete", "report", "links"]
    commands = [[verb, "today"] for verb in verbs]
    commands += [["schedule", "today", "--at", "2199-01-01T08:00Z"], ["test", "today", "--to", "me@example.org"]]
    commands += [["cancel", "today", "--yes"], ["resend", "today", "--yes"], ["send", "today", "--wait"]]
    for command in commands:
        for more in ([], ["-p", "daily"]):
            said = draft("issue", *command, *more)
            assert (said.code, "--deleted" in said.err) == (3, True), (command, said.err)


def test_what_was_deleted_is_restored_and_sent(draft: Newsletter) -> None:
    assert draft("issue", "delete", "today", "--json").json["slug"] == "today"
    restored = draft("issue", "restore", "today", "--json")
    assert (restored.code, restored.json["state"], restored.json["revision"]) == (0, "draft", 1)
    assert draft("issue", "list", "--deleted").out == "The bin is empty.\n"
    assert (
        draft("issue", "send", "today", "--despite", "other-date", "--wait", "--json").json["counts"]["submitted"] == 2
    )
    said = draft("issue", "delete", "today")
    assert said.code == 4
    assert "only a draft" in said.err


def test_a_taken_slug_is_told_with_a_way_out(draft: Newsletter) -> None:
    assert draft("issue", "delete", "today").code == 0
    assert draft("issue", "import", "today.md").code == 0
    refused = draft("issue", "restore", "today")
    assert refused.code == 4
    assert "another issue has the slug 'today'" in refused.err
    assert "--as" in refused.err
    assert draft("issue", "restore", "today", "--as", "Yesterday!").code == 2
    restored = draft("issue", "restore", "today", "--as", "yesterday")
    assert (restored.code, restored.out) == (0, "yesterday is a draft again: The Daily\n")
    assert {row["slug"] for row in draft("issue", "list", "--json").json} == {"today", "yesterday"}


def test_of_several_that_had_one_slug_one_must_be_named(draft: Newsletter, folder: Path) -> None:
    assert draft("issue", "delete", "today").code == 0
    other = ISSUE.format(slug="today").replace("title: The Daily", "title: The other")
    (folder / "other.md").write_text(other, encoding="utf-8")
    assert draft("issue", "import", "other.md").code == 0
    assert draft("issue", "delete", "today").code == 0
    unclear = draft("issue", "restore", "today")
    assert unclear.code == 2
    [last, first] = draft("issue", "list", "--deleted", "--json").json
    assert all(f"--id {each['id']}" in unclear.err for each in (last, first))
    assert draft("issue", "restore", "today", "--id", str(first["id"]), "--json").json["title"] == "The Daily"
    assert draft("issue", "restore", "today", "--json").code == 4


def test_what_is_not_in_the_bin_is_not_found(draft: Newsletter) -> None:
    said = draft("issue", "restore", "today")
    assert said.code == 3
    assert "list --deleted" in said.err


def test_an_issue_that_moved_in_is_deleted_after_a_question(draft: Newsletter, folder: Path) -> None:
    (folder / "old.md").write_text("---\ntitle: Of old\nslug: of-old\ndate: 2021-05-06\n---\nDry flats.\n")
    assert draft("move-in", "old.md", "-p", "daily", "--issues").code == 0
    assert draft("issue", "delete", "of-old").code != 0  # nobody is there to answer
    assert draft("issue", "list", "--deleted", "--json").json == []
    assert draft("issue", "delete", "of-old", "--yes").code == 0
    assert draft("issue", "restore", "of-old").out == "of-old is in the archive again: Of old\n"
