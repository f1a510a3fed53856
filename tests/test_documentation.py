"""What is written is true: every command and setting is documented, links lead somewhere, and the project speaks of itself alone."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import typer
import yaml

from newsletter.cli import document
from newsletter.cli.main import app
from newsletter.cli.settings_table import settings
from newsletter.config import Settings
from tests.test_floors import ROOT, modules

FOR_OTHERS = ("PGPASSWORD", "POSTGRES_PASSWORD", "WORKER_SIGNING_KEYS", "INBOUND_SIGNING_KEYS")
"""What docker-compose.yml names that is no setting of ours."""
OF_OTHERS = ("data/",)
"""Files and folders that pages name and the checkout does not hold."""
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
COMMANDS = dict(document.commands(typer.main.get_command(app), "newsletter"))

# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        [
            r"py" + r"pi\.org",
            r"python" + r"hosted\.",
            r"npm" + r"js\.",
            r"--(?:extra-)?index" + r"-url",
            r"--find" + r"-links",
            r"(?<![\w.~-])/(?:wo" + r"rk|op" + r"t|ro" + r"ot)/",
        ]
    )
)
"""Hosts of package registries, and folders of somebody's machine."""
BINARY = {".png", ".ico", ".woff2", ".jpg", ".gif", ".zip", ".gz"}


def tracked_files() -> list[Path]:
    """Return the files of the checkout; in an unpacked archive without git, all but what tools leave behind."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    hidden = {".venv", "data", "__pycache__", ".git"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not hidden & set(p.relative_to(ROOT).parts)]


def foreign_words(text: str) -> list[str]:
    """Return the registry hosts and machine paths in a text; the option of `make lock` that keeps them out is fine."""
    return [found.group() for found in FOREIGN.finditer(text.replace("--no-emit-index" + "-url", ""))]


@pytest.mark.parametrize(("name", "page"), [("commands", document.commands_page), ("settings", document.settings_page)])
def test_a_generated_page_is_what_the_code_says(name: str, page) -> None:
    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [path for path in COMMANDS if f"# {path}\n" not in text] == []
    assert [path for path, command in COMMANDS.items() if not (command.help or "").strip()] == []


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{path} {parameter.name}"
        for path, command in COMMANDS.items()
        for parameter in command.params
        if not (getattr(parameter, "help", None) or "").strip()
    ]
    assert silent == []


def test_every_setting_is_documented_in_a_sentence() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = list(settings())
    assert len(rows) == len(Settings.model_fields)
    assert [row.name for row in rows if f"| `{row.name}` | {row.type} |" not in text] == []
    assert [row.name for row in rows if not row.meaning.endswith(".")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    broken = [
        t for t in targets if t and "://" not in t and not t.startswith("mailto:") and not (page.parent / t).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_files_that_pages_name_are_there(page: Path) -> None:
    named = re.findall(r"`((?:[\w*-]+/)*[\w*-]+\.(?:py|j2|js|json|toml|po|yml))`", page.read_text(encoding="utf-8"))
    files = [f"/{path.relative_to(ROOT)}" for path in tracked_files()]
    missing = [name for name in named if not any(fnmatch(file, f"*/{name}") for file in files)]
    assert [name for name in missing if not re.search("[A-Z]{4}", name) and name not in OF_OTHERS] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_folders_that_pages_name_are_there(page: Path) -> None:
    named = re.findall(r"`([a-z][\w-]+(?:/[\w-]+)*/)`", page.read_text(encoding="utf-8"))
    files = [f"/{path.relative_to(ROOT)}" for path in tracked_files()]
    assert [name for name in named if name not in OF_OTHERS and not any(f"/{name}" in file for file in files)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_pages_name_exist(page: Path) -> None:
    named = re.findall(r"(?:^|[`/ ])newsletter ((?:[a-z][a-z-]* ?)+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    shown = [words.split() for words in named if f"newsletter {words.split()[0]}" in COMMANDS]
    unknown = [
        words for words in shown if len(words) > 1 and hasattr(COMMANDS[f"newsletter {words[0]}"], "commands")
        and f"newsletter {words[0]} {words[1]}" not in COMMANDS
    ]  # fmt: skip
    assert unknown == []


def test_make_targets_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        t
        for page in PAGES
        for t in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"run", "test"} <= named <= targets


def test_the_readme_names_the_two_commands_and_the_way_to_production() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make run") < text.index("make test") < text.index("docker-compose.yml")


def test_the_drawing_names_every_folder_and_every_file_beside_them() -> None:
    drawing = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")[1]
    house = ROOT / "newsletter"
    folders = {p.name for p in house.iterdir() if (p / "__init__.py").exists()}
    files = {p.name for p in house.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert set(re.findall(r"\b[a-z_]+\.py\b", drawing)) == files
    assert [folder for folder in sorted(folders) if not re.search(rf"\b{folder}\b(?!\.py)", drawing)] == []


def test_every_word_of_the_glossary_says_what_to_avoid() -> None:
    entries = re.findall(r"^- \*\*.+$", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(entries) > 30
    assert [entry for entry in entries if "*Avoid:*" not in entry] == []


def test_the_code_does_not_use_words_to_avoid() -> None:
    avoided = re.compile(r"campaign|blacklist|whitelist|\bblast|hard_bounce|soft_bounce", re.IGNORECASE)
    # what other programs call theirs may be read, not spoken
    read = (
        "newsletter.mail.",
        "newsletter.feedback.",
        "newsletter.transports.providers",
        "newsletter.audience.standing",  # and the words that it reads
        "newsletter.audience.moving.products.",
        "newsletter.issues.moving.products.",
    )
    found = [
        f"{module}: {hit.group()}"
        for module, source in modules()
        if not module.startswith(read)
        for hit in avoided.finditer(source)
    ]
    assert found == []


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_compose_file_names_commands_and_settings_that_exist() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"postgres", "valkey", "migrate", "web", "scheduler", "worker", "inbound"}
    ours = {name: service for name, service in services.items() if service.get("image") == "newsletter"}
    assert [name for name, service in ours.items() if f"newsletter {service['command'][0]}" not in COMMANDS] == []
    known = {row.name for row in settings()}
    assert [
        name for service in ours.values() for name in service["environment"] if name not in {*known, *FOR_OTHERS}
    ] == []
    waited = {after for service in ours.values() for after in service["depends_on"]}
    assert waited <= set(services)


def test_the_project_names_no_registry_and_no_machine() -> None:
    found = {}
    for path in tracked_files():
        if path.suffix not in BINARY:
            words = foreign_words(path.read_text(encoding="utf-8", errors="replace"))
            if words:
                found[str(path.relative_to(ROOT))] = words[:3]
    assert found == {}


@pytest.mark.parametrize("text", ["https://" + "py" + "pi.org/simple", "cd /wo" + "rk/main", "--find" + "-links x"])
def test_a_registry_or_a_machine_is_found(text: str) -> None:
    assert foreign_words(text)


def test_every_locked_requirement_has_a_hash() -> None:
    for page in (ROOT / "requirements").glob("*.txt"):
        pins = re.split(r"\n(?=\S)", page.read_text(encoding="utf-8").strip())
        assert len(pins) > 20
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin or "==" not in pin] == []
