"""`newsletter audit`: what was done by command stands there, by login name and machine."""

from __future__ import annotations

import getpass
import platform
from pathlib import Path

from tests.cli.commands.test_alarm import raised
from tests.cli.conftest import Newsletter


def test_what_commands_did_is_listed_newest_first(draft: Newsletter) -> None:
    draft("publication", "change", "daily", "--name", "The Daily Bread")
    rows = draft("audit", "list", "--json").json
    assert {"publication.create", "issue.create"} <= {row["action"] for row in rows}
    assert rows == sorted(rows, key=lambda row: -row["id"])
    newest = rows[0]
    assert newest["action"] == "publication.change"
    assert (newest["actor"], newest["name"], newest["place"]) == ("operator", getpass.getuser(), platform.node())
    assert (newest["old"], newest["new"]) == ("name: The Daily", "name: The Daily Bread")
    assert (newest["publication"], newest["subject"], newest["subject_name"]) == ("daily", "publication", "daily")


def test_it_is_read_page_by_page_and_by_publication(draft: Newsletter) -> None:
    first, second, *_ = draft("audit", "list", "--json").json
    assert draft("audit", "list", "--before", str(first["id"]), "--limit", "1", "--json").json == [second]
    assert draft("audit", "list", "-p", "daily", "--json").json == draft("audit", "list", "--json").json
    assert draft("audit", "list", "-p", "weekly").code == 3


def test_people_read_a_table(draft: Newsletter) -> None:
    said = draft("audit", "list")
    assert said.out.splitlines()[0].split() == ["id", "when", "(UTC)", "who", "from", "what", "on", "change"]
    assert "issue.create" in said.out and "operator" in said.out


def test_each_command_that_changes_something_is_written_down_as_the_operators(draft: Newsletter, folder: Path) -> None:
    [slug] = [issue["slug"] for issue in draft("issue", "list", "--json").json]
    known = len(draft("audit", "list", "--json").json)
    meant = ("--despite", "other-date")
    done = {
        ("issue", "delete", slug): "issue.delete",
        ("issue", "restore", slug): "issue.restore",
        ("issue", "rename", slug, "renamed"): "issue.rename",
        ("issue", "schedule", "renamed", "--at", "2031-01-01T08:00Z", *meant): "issue.schedule",
        ("issue", "undo", "renamed"): "issue.take-back",
        ("issue", "test", "renamed", "--to", "me@daily.example"): "issue.test-mail",
        ("issue", "new", "-p", "daily"): "issue.create",
        ("publication", "clicks", "daily", "--count"): "publication.change",
        ("publication", "rename", "daily", "morning"): "publication.rename",
        ("domain", "records", "daily.example"): "domain.key",
        ("domain", "records", "daily.example", "--selector", "news2"): "domain.key",
        ("domain", "use", "daily.example", "news2", "--unchecked"): "domain.key",
        ("domain", "retire", "daily.example", "news1", "--unchecked"): "domain.key",
        ("alarm", "seen", str(raised(folder, "reports: unread"))): "alarm.seen",
    }
    for command, action in done.items():
        assert draft(*command).code == 0, command
        newest = draft("audit", "list", "--limit", "1", "--json").json[0]
        assert (newest["action"], newest["actor"], newest["name"]) == (action, "operator", getpass.getuser()), command
    assert len(draft("audit", "list", "--json").json) == known + len(done)
