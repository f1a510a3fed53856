"""Write docs/commands.md and docs/settings.md from the code: `python -m newsletter.cli.document docs`.

A test fails when the files differ from what this writes, so a command or a setting cannot stay undocumented.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from newsletter.cli.main import app
from newsletter.cli.settings_table import settings
from newsletter.config import PREFIX, SECRETS

_MADE = "<!-- Written by `make docs` from the code; edit the code instead. -->"


def commands_page() -> str:
    """Return docs/commands.md."""
    root = typer.main.get_command(app)
    parts = ["# Commands", _MADE, "Every command answers `--help`; those with `--json` can be read by programs."]
    parts += [_section(path, command) for path, command in commands(root, "newsletter")]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Return docs/settings.md."""
    *files, last = (f"`{PREFIX}{name.upper()}_FILE`" for name in SECRETS)
    intro = (
        "Settings come from the environment, from a `.env` file in the working folder, or from the TOML file that "
        "`NEWSLETTER_CONFIG` names (there in lower case, without the prefix); the first of these that has one wins. A secret "
        f"may instead lie in a file: {', '.join(files)} and {last} name it.\n\n`newsletter doctor --settings` shows what is in force and where it comes from."
    )
    rows = [
        f"| `{s.name}` | {s.type} | {f'`{s.default}`' if s.default else 'empty'} | {s.meaning.replace('|', chr(92) + '|')} |"
        for s in settings()
    ]
    head = ["| Setting | Type | Default | Meaning |", "|---|---|---|---|"]
    return "\n\n".join(["# Settings", _MADE, intro, "\n".join(head + rows)]) + "\n"


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (full name, command) of a command and of everything below it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


def _section(path: str, command: Any) -> str:
    level = "##" if path.count(" ") < 2 else "###"
    context = command.make_context(path, [], resilient_parsing=True)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"{level} {path}", f"```\n{usage}\n```", _prose(command.help or "")]
    records = [p.get_help_record(context) for p in command.params if p.name not in ("help", "_version")]
    options = [f"- `{names}`: {meaning}" for names, meaning in filter(None, records)]
    return "\n\n".join([*lines, "\n".join(options)] if options else lines)


def _prose(text: str) -> str:
    """Turn help text into Markdown: what stands after a backspace character is shown as written."""
    blocks = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> str:
    if not block.startswith("\b"):
        return " ".join(block.split())
    return "```\n" + inspect.cleandoc(block.removeprefix("\b\n")) + "\n```"


def write(folder: Path) -> None:
    """Write both pages into `folder`."""
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
