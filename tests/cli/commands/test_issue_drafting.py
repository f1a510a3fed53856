"""`newsletter issue propose` and `accept`, for people and for programs, with a model that answers, one that does not, and none."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.issues.preflight.drafted_marks import MARK
from tests.cli.conftest import ISSUE, Newsletter
from tests.parts.language_model import FakeModel, Said, completion, model

KEY = "sk-of-the-test-and-of-no-other"
GOOD = {"lead": "A paper is out [1]. Nobody says this.", "summaries": {}}


@pytest.fixture
def today(daily: Newsletter, folder: Path) -> Newsletter:
    """A draft `today` without a lead."""
    (folder / "today.md").write_text(
        ISSUE.format(slug="today").replace("A lead of one sentence.\n\n", ""), encoding="utf-8"
    )
    assert daily("issue", "import", "today.md").code == 0
    return daily


def switch_on(monkeypatch: pytest.MonkeyPatch, fake: FakeModel, folder: Path) -> None:
    (folder / "key").write_text(f"{KEY}\n", encoding="utf-8")
    monkeypatch.setenv("NEWSLETTER_DRAFTING_URL", fake.url)
    monkeypatch.setenv("NEWSLETTER_DRAFTING_MODEL", "tide-1")
    monkeypatch.setenv("NEWSLETTER_DRAFTING_KEY_FILE", str(folder / "key"))


def markdown(newsletter: Newsletter) -> str:
    return newsletter("issue", "preview", "today", "--as", "markdown").out


def test_words_are_proposed_refused_and_accepted(
    today: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model(completion(GOOD, 77)) as fake:
        switch_on(monkeypatch, fake, folder)
        said = today("issue", "propose", "today")
    assert said.code == 0 and "77 tokens; 1 sentences cited nothing and were dropped." in said.out
    assert "Revision 2 of today has a lead and 0 summaries, marked as drafted" in said.out
    assert fake.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    assert f"{MARK}\nA paper is out ([papers.example](<https://papers.example/1>))." in markdown(today)
    checked = today("issue", "check", "today", "--json", "--at", "2026-05-09T08:00Z")
    assert checked.code == 1 and "drafted" in {each["rule"] for each in checked.json}
    assert today("issue", "check", "today", "--fix").code == 1, "a script mends no reading"
    assert today("issue", "send", "today", "--despite", "other-date").code != 0
    assert today("issue", "accept", "today").out == "1 mark taken out of today.\n"
    assert MARK not in markdown(today)
    assert today("issue", "accept", "today", "--json").json == {"slug": "today", "publication": "daily", "accepted": 0}


def test_a_dry_run_shows_and_stores_nothing(today: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with model(completion(GOOD)) as fake:
        switch_on(monkeypatch, fake, folder)
        said = today("issue", "propose", "today", "--dry-run", "--json")
    assert said.code == 0
    assert (said.json["outcome"], said.json["stored"]) == ("proposed", {"lead": False, "summaries": 0})
    assert said.json["lead"] == ["A paper is out ([papers.example](<https://papers.example/1>))."]
    assert MARK not in markdown(today)


def test_off_it_says_how_to_switch_it_on(today: Newsletter) -> None:
    said = today("issue", "propose", "today")
    assert said.code == 6 and "NEWSLETTER_DRAFTING_URL" in said.out and "docs/drafting.md" in said.out
    assert today("issue", "propose", "today", "--json").json["outcome"] == "off"


@pytest.mark.parametrize(
    ("said", "outcome"), [(Said(b"", 503), "refused"), (Said(b"", 429), "limited"), (Said(b"{"), "nonsense")]
)
def test_down_it_says_so_and_everything_else_works(
    today: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch, said: Said, outcome: str
) -> None:
    with model(said) as fake:
        switch_on(monkeypatch, fake, folder)
        told = today("issue", "propose", "today", "--json")
        assert told.code == 6 and told.json["outcome"] == outcome and KEY not in told.out + told.err
        assert today("issue", "check", "today", "--at", "2026-05-09T08:00Z").code == 0
        monkeypatch.setenv("NEWSLETTER_DRAFTING_TOKENS_PER_DAY", "10")
        assert today("issue", "propose", "today", "--json").json["outcome"] == "spent"


def test_a_draft_that_is_none_is_told(today: Newsletter) -> None:
    assert today("issue", "propose", "tomorrow").code == 3
    assert today("issue", "accept", "tomorrow").code == 3
