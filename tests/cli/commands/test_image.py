"""Images by command, and issues that come with theirs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import ISSUE, Newsletter
from tests.imaging.test_files import packed
from tests.parts.pictures import moving_gif, png


def issue_with(line: str, slug: str = "today") -> str:
    return ISSUE.format(slug=slug).replace("A lead of one sentence.", f"A lead of one sentence.\n\n{line}")


def test_an_image_is_added_listed_shown_and_removed(daily: Newsletter, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png(2000, 1000))
    (folder / "night.png").write_bytes(png(2000, 1000, shade=60))
    added = daily("image", "add", "chart.png", "--alt", "Scores", "--caption", "May", "--dark", "night.png")
    assert (added.code, added.err) == (0, "")
    [chart] = [row for row in daily("image", "list", "--json").json if row["name"] == "chart.png"]
    assert added.out.strip() == chart["markdown"] == f'![Scores](/images/{chart["digest"]}.png "May")'
    assert (chart["width"], chart["height"], chart["publication"]) == (1184, 592, "daily")
    shown = daily("image", "show", "chart.png", "--json").json
    assert (shown["dark"]["name"], shown["shown_by"]) == ("night.png", [])
    assert shown["address"].endswith(f"/images/{chart['digest']}.png")
    assert "chart.png" in daily("image", "list").out and "chart.png" in daily("image", "show", chart["digest"][:8]).out
    assert daily("image", "remove", "night.png").code == 4
    assert daily("image", "remove", "chart.png").code == 0
    assert daily("image", "remove", "chart.png").code == 3


def test_a_list_is_turned_by_its_cursor(daily: Newsletter, folder: Path) -> None:
    for n in range(3):
        (folder / f"{n}.png").write_bytes(png(20 + n))
    assert daily("image", "add", "0.png", "1.png", "2.png").code == 0
    first = daily("image", "list", "--limit", "2", "--json").json
    rest = daily("image", "list", "--limit", "2", "--json", "--before", str(first[-1]["id"])).json
    assert [row["name"] for row in first + rest] == ["2.png", "1.png", "0.png"]
    assert f"--before {first[-1]['id']}" in daily("image", "list", "--limit", "2").err


def test_a_bad_file_stores_nothing_and_is_told(daily: Newsletter, folder: Path) -> None:
    (folder / "good.png").write_bytes(png())
    (folder / "bad.svg").write_text("<svg/>")
    said = daily("image", "add", "good.png", "bad.svg")
    assert said.code == 2
    assert "bad.svg" in said.err and "→" in said.err
    assert daily("image", "list", "--json").json == []
    assert daily("image", "add", "missing.png").code == 3
    assert daily("image", "add", "good.png", "good.png", "--alt", "x").code == 2


def test_an_issue_brings_its_images_from_beside_it(daily: Newsletter, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "chart.png").write_bytes(png())
    (folder / "in" / "m.gif").write_bytes(moving_gif(2, 1300))
    (folder / "in" / "today.md").write_text(issue_with('![Scores](chart.png "May")\n\n![m](m.gif)'))
    said = daily("issue", "import", "in/today.md")
    assert said.code == 0, said.err
    assert "with 2 images" in said.out
    assert "first frame" in said.err
    mail = daily("issue", "preview", "today", "--as", "email").out
    [digest] = [row["digest"] for row in daily("image", "list", "--json").json if row["name"] == "chart.png"]
    assert f"/images/{digest}.png" in mail and 'width="400" height="300"' in mail
    assert daily("image", "remove", "chart.png").code == 4


def test_an_archive_is_imported_and_a_climbing_one_refused(daily: Newsletter, folder: Path) -> None:
    text = issue_with("![a](chart.png)").encode()
    (folder / "good.zip").write_bytes(packed({"x/today.md": text, "x/chart.png": png()}))
    (folder / "bad.zip").write_bytes(packed({"today.md": text, "../chart.png": png()}))
    assert daily("issue", "import", "bad.zip").code == 2
    assert daily("image", "list", "--json").json == []
    assert "with 1 image:" in daily("issue", "import", "good.zip").out


def test_a_missing_image_is_told_with_its_line(daily: Newsletter, folder: Path) -> None:
    (folder / "today.md").write_text(issue_with("![a](chart.png)"))
    said = daily("issue", "import", "today.md")
    assert said.code == 2
    assert "today.md:11:1" in said.err and "chart.png" in said.err
    assert daily("issue", "list", "--json").json == []


def test_an_image_without_words_is_an_error_of_the_check_with_its_line(daily: Newsletter, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png())
    (folder / "today.md").write_text(issue_with("![](chart.png)"))
    assert daily("issue", "import", "today.md").code == 0
    said = daily("issue", "check", "today", "--despite", "other-date", "--json")
    assert said.code == 1
    [finding] = [row for row in said.json if row["severity"] == "stop"]
    line = (folder / "today.md").read_text().split("\n").index("![](chart.png)") + 1
    assert (finding["rule"], finding["line"]) == ("image-without-alt", line)
    assert daily("issue", "check", "today", "--despite", "other-date", "--despite", finding["rule"]).code == 0


def test_the_doctor_looks_at_the_image_store(daily: Newsletter, folder: Path) -> None:
    assert "images can be kept" in daily("doctor").out
    (folder / "data" / "images").rmdir()
    (folder / "data" / "images").write_text("no folder")
    assert "images cannot be kept" in daily("doctor").out


def test_an_image_of_the_service_is_the_picture_of_an_issue_and_of_an_item(daily: Newsletter, folder: Path) -> None:
    (folder / "chart.png").write_bytes(png(2000, 1000))
    (folder / "night.png").write_bytes(png(2000, 1000, shade=60))
    added = daily("image", "add", "chart.png", "--alt", "Scores", "--dark", "night.png").out.strip()
    address = added[added.index("(") + 1 : -1]
    text = ISSUE.format(slug="today").replace("date:", f"image: {address}\ndate:", 1)
    text = text.replace("(https://papers.example/1)", f"(https://papers.example/1) {{image={address}}}")
    (folder / "today.md").write_text(text, encoding="utf-8")
    said = daily("issue", "import", "today.md")
    assert said.code == 0, said.err
    assert not [row for row in daily("issue", "check", "today", "--json").json if "image" in row["rule"]]
    mail = daily("issue", "preview", "today", "--as", "email").out
    shown = [tag for tag in mail.split("<img ")[1:] if f"/images/{address[8:]}" in tag]
    assert len(shown) == 2 and all('width="592" height="296"' in tag and 'alt="Scores"' in tag for tag in shown)
    assert mail.count("on-dark") >= 2
    assert daily("image", "show", address).code == 0
    assert daily("image", "remove", address).code == 4
