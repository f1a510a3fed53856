"""Publications: created, changed, listed, shown; a bad field is named and nothing is stored."""

from __future__ import annotations

from pathlib import Path

import PIL.Image
import pytest
from sqlalchemy import select

from newsletter.cli.kinds import Uncertain
from newsletter.model import Publication as PublicationRow
from newsletter.publications.creating import UNCERTAIN
from newsletter.store.database import Database
from tests.cli.conftest import Newsletter


def test_a_publication_is_created_listed_and_shown(daily: Newsletter) -> None:
    assert daily("publication", "list", "--json").json[0]["slug"] == "daily"
    shown = daily("publication", "show", "daily", "--json").json
    assert shown["list_id"] == "daily.daily.example"
    assert shown["archive"].endswith("/daily")
    assert "The Daily" in daily("publication", "show", "daily").out


def test_a_change_leaves_the_rest_as_it_is(daily: Newsletter) -> None:
    changed = daily("publication", "change", "daily", "--accent", "#00aa00", "--json").json
    assert (changed["accent"], changed["name"]) == ("#00aa00", "The Daily")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["Not A Slug", "--name", "X", "--from", "a@b.example"], "slug"),
        (["desk", "--name", "X", "--from", "a@b.example"], "slug"),
        (["x", "--name", "X", "--from", "nobody"], "address"),
        (["x", "--name", "X", "--from", "jörg@b.example"], "only some mail servers take"),
        (["x", "--name", "X\nBcc: y@z.example", "--from", "a@b.example"], "name"),
        (["x", "--name", "X", "--from", "a@b.example", "--accent", "blue"], "accent"),
        (["x", "--name", "X", "--from", "a@b.example", "--language", "German!"], "language"),
    ],
)
def test_a_field_that_will_not_do_is_named(daily: Newsletter, arguments: list[str], word: str) -> None:
    said = daily("publication", "create", *arguments)
    assert said.code == 2
    assert word in said.err
    assert len(daily("publication", "list", "--json").json) == 1


def test_a_slug_is_given_once(daily: Newsletter) -> None:
    assert daily("publication", "create", "daily", "--name", "X", "--from", "a@b.example").code == 4


def test_an_unknown_publication_is_answered_with_those_there_are(daily: Newsletter) -> None:
    said = daily("publication", "show", "weekly")
    assert said.code == 3
    assert "daily" in said.err


def test_what_happens_to_uncertain_deliveries_is_chosen_for_each_publication(daily: Newsletter) -> None:
    assert daily("publication", "show", "daily", "--json").json["uncertain"] == "setting"
    assert daily("publication", "change", "daily", "--uncertain", "resend", "--json").json["uncertain"] == "resend"
    assert daily("publication", "change", "daily", "--accent", "#00aa00", "--json").json["uncertain"] == "resend"
    assert daily("publication", "change", "daily", "--uncertain", "setting", "--json").json["uncertain"] == "setting"
    made = daily("publication", "create", "w", "--name", "W", "--from", "w@w.example", "--uncertain", "hold", "--json")
    assert made.json["uncertain"] == "hold"
    assert daily("publication", "change", "daily", "--uncertain", "perhaps").code == 2
    assert [choice.value for choice in Uncertain] == list(UNCERTAIN)


def test_whether_readers_are_welcomed_is_chosen_for_each_publication(daily: Newsletter) -> None:
    assert daily("publication", "show", "daily", "--json").json["welcomes"] is True
    assert daily("publication", "change", "daily", "--no-welcome", "--json").json["welcomes"] is False
    assert daily("publication", "change", "daily", "--accent", "#00aa00", "--json").json["welcomes"] is False
    assert "no" in daily("publication", "show", "daily").out.split("welcomes")[1].split("\n")[0]
    assert daily("publication", "change", "daily", "--welcome", "--json").json["welcomes"] is True
    made = daily("publication", "create", "w", "--name", "W", "--from", "w@w.example", "--no-welcome", "--json")
    assert made.json["welcomes"] is False


def test_a_publication_is_renamed_and_found_by_its_old_name(draft: Newsletter) -> None:
    said = draft("publication", "rename", "daily", "morning", "--json")
    assert (said.json["slug"], said.json["list_id"].partition(".")[0]) == ("morning", "daily")
    assert draft("issue", "list", "-p", "daily", "--json").json[0]["publication"] == "morning"
    assert draft("publication", "rename", "morning", "desk").code == 2
    assert draft("audit", "list", "--limit", "1", "--json").json[0]["action"] == "publication.rename"


def test_the_doctor_names_slugs_that_are_the_services_own_by_now(draft: Newsletter, folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'data' / 'newsletter.db'}")
    with database.write() as session:
        session.scalars(select(PublicationRow)).one().slug = "privacy"
    database.close()
    [found] = [result for result in draft("doctor", "--json").json if result["name"] == "names"]
    assert found["verdict"] == "doubtful" and "newsletter publication rename privacy NEW" in found["remedy"]


def test_a_second_person_is_asked_for_and_the_operator_alone_is_one(draft: Newsletter) -> None:
    assert draft("publication", "change", "daily", "--four-eyes", "on", "--json").json["four_eyes"] is True
    slug = draft("issue", "list", "--json").json[0]["slug"]
    refused = draft("issue", "send", slug)
    assert refused.code == 4 and "approval of a second person" in refused.err
    own = draft("issue", "approve", slug)
    assert own.code == 4 and "somebody else" in own.err, "whoever imported it wrote it"
    assert draft("publication", "change", "daily", "--four-eyes", "off", "--json").json["four_eyes"] is False


@pytest.mark.parametrize("command", [("rename", "", "other"), ("change", "", "--name", "Other"), ("clicks", "")])
def test_the_only_publication_is_not_changed_where_none_is_named(daily: Newsletter, command: tuple[str, ...]) -> None:
    """A script whose variable is empty must not change whatever there is."""
    before = daily("publication", "list", "--json").json
    assert daily("publication", *command).code == 3
    assert daily("publication", "list", "--json").json == before


def test_a_look_is_changed_shown_and_taken_back_field_by_field(daily: Newsletter) -> None:
    look = {
        "tagline": "Every weekday",
        "footer": "Written in [Town](https://example.org).",
        "font": "sans",
        "social": ["A=https://a.example/", "B=https://b.example/"],
        "sponsor_label": "Thanks to",
        "typographer": True,
    }
    options = [
        "--tagline",
        look["tagline"],
        "--footer",
        look["footer"],
        "--font",
        "sans",
        "--typographer",
        "on",
        "--sponsor-label",
        "Thanks to",
    ]
    changed = daily(
        "publication", "change", "daily", *options, *(f"--social={link}" for link in look["social"]), "--json"
    ).json
    assert {field: changed[field] for field in look} == look
    assert "A=https://a.example/, B=https://b.example/" in daily("publication", "show", "daily").out
    emptied = daily("publication", "change", "daily", "--tagline", "", "--social", "", "--json").json
    assert {field: emptied[field] for field in look} == {**look, "tagline": "", "social": []}
    entry = daily("audit", "list", "--limit", "1", "--json").json[0]
    assert (entry["action"], entry["old"]) == ("publication.change", "tagline: Every weekday; social: A, B")


def test_an_accent_is_shown_with_its_contrast_on_light_and_on_dark(daily: Newsletter) -> None:
    shown = daily("publication", "change", "daily", "--accent", "#ffcc00", "--json").json
    for where in ("accent_on_light", "accent_on_dark"):
        colour, _, ratio = shown[where].partition(" (")
        assert len(colour) == 7 and float(ratio.split()[0]) >= 4.5


def test_a_field_that_may_not_be_empty_is_not_emptied_by_accident(daily: Newsletter) -> None:
    refused = daily("publication", "change", "daily", "--name", "")
    assert refused.code == 2 and "name" in refused.err
    assert daily("publication", "show", "daily", "--json").json["name"] == "The Daily"


@pytest.mark.parametrize("kind", ["email", "text", "web"])
def test_a_publications_look_is_previewed_with_the_sample_issue(daily: Newsletter, folder: Path, kind: str) -> None:
    daily("publication", "change", "daily", "--accent", "#ffcc00")
    assert daily("publication", "preview", "daily", "--as", kind, "-o", "look.txt").code == 0
    shown = (folder / "look.txt").read_text()
    assert "FlashAttention" in shown and ("The Daily" in shown or kind == "web")


def test_a_publication_without_own_templates_lints_clean(daily: Newsletter) -> None:
    linted = daily("publication", "lint", "daily")
    assert (linted.code, linted.out.strip()) == (0, "0 findings.")


def test_a_logo_is_kept_as_an_image_shown_small_and_taken_away(daily: Newsletter, folder: Path) -> None:
    for name, colour in (("light.png", "navy"), ("dark.png", "white")):
        PIL.Image.new("RGB", (960, 96), colour).save(folder / name)
    changed = daily("publication", "change", "daily", "--logo", "light.png", "--logo-dark", "dark.png", "--json").json
    assert "/images/" in changed["logo"] and changed["logo"].startswith("http")
    daily("publication", "preview", "daily", "-o", "look.html")
    page = (folder / "look.html").read_text()
    assert f'src="{changed["logo"]}" width="240" height="24"' in page and page.count('class="on-dark"') == 1
    refused = daily("image", "remove", changed["logo"].rpartition("/")[2][:12])
    assert refused.code != 0 and "the logo of the publication" in refused.err
    assert daily("publication", "change", "daily", "--logo", "", "--json").json["logo"] == ""
    alone = daily("publication", "change", "daily", "--logo-dark", "dark.png")
    assert alone.code == 2 and "needs a light one" in alone.err
